"""The tables of the state: what is small and must be transactional. Levels and baselines are Parquet files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC; databases without time zones keep it as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """What the database keeps."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the program sees."""
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None


metadata = MetaData()

#: Every snapshot that was ever picked up, and what became of it.
snapshots = Table(
    "snapshot",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("merchant", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("status", String(16), nullable=False),  # loaded, duplicate, older, refused, held, superseded
    Column("as_of", Instant),
    Column("loaded_at", Instant, nullable=False),
    Column("rows", Integer),
    Column("skus", Integer),
    Column("units", Integer),
    Column("rejected", Integer),
    Column("message", Text),
    Column("warehouses", JSON),  # SKUs and units that it has in each warehouse
    Column("unchanged_runs", Integer),  # how many in a row, up to this one, said the same as the one before
    Column("unchanged_since", Instant),
    Column("held_since", Instant),  # when the first of the snapshots in a row was held
    Column("approved_at", Instant),  # by a person; what came before is no measure any more
    Column("kept_as", Text),  # where the file lies now, relative to the state's files
    Column("answer_number", Integer),  # control number of the 997 that answers it
    Column("answered_as", Text),  # name of the 997
    Index("snapshot_of_source", "merchant", "source", "id"),
)

#: The levels of each source now: a Parquet file and the moments they are true for.
source_levels = Table(
    "source_levels",
    metadata,
    Column("merchant", String(64), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("snapshot_id", ForeignKey("snapshot.id"), nullable=False),
    Column("levels", String(64), nullable=False),
    Column("as_of", JSON, nullable=False),
    Column("as_of_exceptions", String(64)),
)

#: Every order file that was ever picked up, and what became of it.
order_files = Table(
    "order_file",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("merchant", String(64), nullable=False),
    Column("source", String(64), nullable=False),  # its key below [orders]
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("status", String(16), nullable=False),  # loaded, duplicate, refused
    Column("loaded_at", Instant, nullable=False),
    Column("orders", Integer),
    Column("rejected", Integer),  # orders that were set aside
    Column("message", Text),
    Column("kept_as", Text),  # where the file lies now, relative to the state's files
    Column("answer_number", Integer),  # control number of the 997 that answers it
    Column("answered_as", Text),  # name of the 997
    Index("order_file_of_source", "merchant", "source", "id"),
)

#: The lines of each order as the last file that spoke of it has them.
order_lines = Table(
    "order_line",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("merchant", String(64), nullable=False),
    Column("order_source", String(64), nullable=False),  # empty: the file did not say
    Column("order_id", Text, nullable=False),
    Column("file_id", ForeignKey("order_file.id"), nullable=False),
    Column("line", Text),
    Column("code", Text),  # what the file calls the product; none: of a cancelled order
    Column("quantity", BigInteger, nullable=False),
    Column("ordered_at", Instant, nullable=False),
    Column("warehouse", Text),
    Column("status", Text),
    Column("received_at", Instant, nullable=False),  # when a file first spoke of the order
    Index("order_line_of_order", "merchant", "order_id"),
    Index("order_line_by_moment", "merchant", "ordered_at"),
)

#: Files of servers that lie in our work folder and are not put aside there yet, and those that stay there.
fetches = Table(
    "fetch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("merchant", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger),
    Column("modified", BigInteger),  # seconds
    Column("sha256", String(64), nullable=False),
    Column("aside", Text),  # its name once it is put aside
    Column("kept", Boolean, nullable=False),  # it stays there and is not fetched again
    Index("fetch_of_source", "merchant", "source"),
)

#: What each order source has received last, and who may write now.
channels = Table(
    "channel",
    metadata,
    Column("merchant", String(64), primary_key=True),
    Column("order_source", String(64), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("owner", Text),
    Column("baseline", String(64)),
    Column("baseline_settings", String(64)),
    Column("baseline_at", Instant),
    Column("full_at", Instant),
    Column("held", Text),
    Column("held_since", Instant),  # by a person or a guard
)

#: One attempt to bring one order source up to date.
runs = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("merchant", String(64), nullable=False),
    Column("order_source", String(64), nullable=False),
    Column("slot", String(100), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("status", String(16), nullable=False),  # running, success, nothing, held, failed, superseded
    Column("kind", String(8)),
    Column("inputs", String(64)),
    Column("lines", Integer),
    Column("message", Text),
    Column("counts", JSON),
    UniqueConstraint("merchant", "order_source", "slot"),
)

#: One file on its way.
deliveries = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("run.id"), nullable=False),
    Column("merchant", String(64), nullable=False),
    Column("order_source", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("replace", Boolean, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("pair", String(100)),  # of trading partners, where the file is an interchange
    Column("control_number", Integer),
    Column("told", String(64), nullable=False),  # the lines of the file
    Column("baseline", String(64), nullable=False),
    Column("settings", String(64)),  # none: the order source needs a full feed afterwards
    Column("predecessor", ForeignKey("delivery.id")),
    Column("destination", Text, nullable=False),
    Column("temp_name", Text),
    Column("marker", Text),  # name of the file that follows this one, where one does
    Column("marker_text", Text),
    Column("attempt", Integer, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("built_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("error_class", String(32)),
    Column("error", Text),
    Column("answer", String(24)),  # awaited, accepted, accepted with errors, partly accepted, rejected
    Column("answer_due", Instant),
    Index("delivery_of_pair", "pair", "control_number"),
    Index("delivery_of_channel", "merchant", "order_source", "id"),
)

#: What order sources answered to our files.
answers = Table(
    "answer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("merchant", String(64), nullable=False),
    Column("order_source", String(64), nullable=False),
    Column("delivery_id", ForeignKey("delivery.id")),  # none: it answers nothing that we have sent
    Column("file_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("read_at", Instant, nullable=False),
    Column("kind", String(8), nullable=False),  # 997, 999, TA1
    Column("state", String(24), nullable=False),
    Column("message", Text),
    Column("kept_as", Text),
    Index("answer_of_channel", "merchant", "order_source", "id"),
    Index("answer_by_content", "sha256"),
)

#: What exactly was rejected, down to the SKU and the value.
rejections = Table(
    "rejection",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("answer_id", ForeignKey("answer.id"), nullable=False),
    Column("delivery_id", ForeignKey("delivery.id"), nullable=False),
    Column("set_control_number", String(16), nullable=False),
    Column("line", Integer),
    Column("sku", Text),
    Column("code", Text),
    Column("where", String(16)),
    Column("value", Text),
    Column("reason", Text, nullable=False),
    Index("rejection_of_delivery", "delivery_id"),
)

#: The last interchange control number of each pair of trading partners.
control_numbers = Table(
    "control_number",
    metadata,
    Column("pair", String(100), primary_key=True),
    Column("last", Integer, nullable=False),
)

#: What each server was found to be able to do when `check --connect` last tried.
servers = Table(
    "server",
    metadata,
    Column("destination", String(300), primary_key=True),
    Column("probed_at", Instant, nullable=False),
    Column("abilities", JSON, nullable=False),
)

#: What happened, in order; only ever added to.
events = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("merchant", String(64), nullable=False),
    Column("order_source", String(64), nullable=False),
    Column("run_id", Integer),
    Column("delivery_id", Integer),
    Column("what", String(16), nullable=False),
    Column("detail", Text),
    Index("event_of_channel", "merchant", "order_source", "id"),
)
