"""The tables of ``tallyfeed.toml`` and ``merchants/*.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from batch.durations import Duration
from batch.pickups import AnyPickup
from formats.edi846_reading.snapshot import Edi846Snapshot
from formats.orders.csv_orders import CsvOrders
from formats.orders.edi850 import Edi850Orders
from formats.snapshot.csv_snapshot import CsvSnapshot
from formats.snapshot.fixed_snapshot import FixedSnapshot
from formats.snapshot.guessed_csv import GuessedCsv
from formats.snapshot.json_snapshot import JsonSnapshot
from formats.snapshot.parquet_snapshot import ParquetSnapshot
from formats.snapshot.xlsx_snapshot import XlsxSnapshot
from formats.snapshot.xml_snapshot import XmlSnapshot
from formats.snapshots import csv_by_default
from formats.x12.interchange import TradingPair
from mappings.rules import Limits
from transports import AnyTransport


class Table(BaseModel):
    """A table of a configuration file: unknown keys are refused."""

    # an error must not show the whole table: a secret may have been written into it by mistake
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def known_zone(name: str) -> str:
    """The name, if there is such a time zone (ValueError)."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'{name!r} is not a time zone; write one such as "America/New_York" or "UTC"') from None
    return name


def _cron(text: str) -> str:
    from datetime import datetime

    from cronsim import CronSim, CronSimError

    try:
        CronSim(text, datetime(2026, 1, 1))
    except CronSimError as error:
        raise ValueError(f'{text!r} is not a schedule of five fields such as "15 * * * *": {error}') from None
    return text


def _percent(text: str) -> str:
    if not (text.endswith("%") and text[:-1].isdigit() and int(text[:-1]) <= 100):
        raise ValueError(f'{text!r} is not a percentage; write "30%"')
    return text


def percent(text: str) -> int:
    """The number of a percentage such as "30%"."""
    return int(text.removesuffix("%"))


Schedule = Annotated[str, AfterValidator(_cron)]
Percent = Annotated[str, AfterValidator(_percent)]


class State(Table):
    """Where the workspace remembers."""

    url: str = Field(
        default="sqlite:///state/tallyfeed.db", description="The database; a path is relative to the workspace."
    )
    files: Path = Field(default=Path("state"), description="Snapshots, baselines, outbox and archive: a folder.")
    keep: Duration = Field(
        default="400d",
        validate_default=True,
        description="Files that were sent are kept this long, to be sent again or looked into.",
    )


class Settings(Table):
    """``tallyfeed.toml``."""

    state: State = Field(default=State(), description="Where the workspace remembers.")


class WarehouseSettings(Table):
    """A warehouse of the merchant; its key is the code as the snapshot writes it."""

    name: str | None = Field(default=None, description="For people and for files that carry names; default: the code.")
    enabled: bool = Field(default=True, description="false: left out when warehouses are combined.")


class SnapshotGuards(Table):
    """What holds a complete snapshot before it is loaded, judged by the snapshots of this source loaded before."""

    median_of: int = Field(default=7, ge=1, description="Fallen and risen is against the median of so many snapshots.")
    smallest: int = Field(
        default=20, ge=1, description="A source, or a warehouse of it, with fewer SKUs is not judged by shares."
    )
    min_skus: int = Field(default=0, ge=0, description="Hold a snapshot of fewer SKUs, also the first one.")
    missing_warehouse: Literal["hold", "load"] = Field(
        default="hold", description="If it says nothing of an enabled warehouse that the last one spoke of."
    )
    max_rows_fallen: Percent = Field(default="30%", description="Hold if it has fewer rows than usual by more.")
    max_skus_fallen: Percent = Field(
        default="30%", description="Hold if it has fewer SKUs than usual, or leaves out known ones, by more."
    )
    max_units_fallen: Percent = Field(default="60%", description="Hold if it has fewer units than usual by more.")
    max_warehouse_skus_fallen: Percent = Field(default="50%", description="The same for the SKUs of each warehouse.")
    max_warehouse_units_fallen: Percent = Field(default="80%", description="The same for the units of each warehouse.")
    max_rows_rise: float = Field(
        default=1.7, ge=1, description="Hold if it has more rows than so many times the usual."
    )
    max_units_rise: float = Field(
        default=4, ge=1, description="Hold if it has more units than so many times the usual."
    )
    max_warehouse_units_rise: float = Field(default=6, ge=1, description="The same for the units of each warehouse.")
    frozen_runs: int = Field(
        default=3,
        ge=0,
        description="Hold if it says the same as so many before it, although as many orders came in; 0: never.",
    )
    frozen_for: Duration = Field(
        default="72h", validate_default=True, description="Orders may take so long until a snapshot reflects them."
    )


class SourceSettings(Table):
    """Where levels come from, whatever their format."""

    pickup: AnyPickup = Field(alias="from", description="Where the snapshots lie.")
    profile: str | None = Field(
        default=None,
        description="A profile whose files are read: what its table `snapshot` says holds where this one says nothing.",
    )
    content: Literal["complete", "changes"] = Field(
        default="complete", description="Whether a snapshot says everything, or only what changed."
    )
    mode: Literal["warehouse", "sales_channel"] = Field(
        default="warehouse", description="Whether the source splits its stock by warehouse or by sales channel."
    )
    max_age: Duration = Field(
        default="48h", validate_default=True, description="Older levels hold the feeds that need them."
    )
    absent_after: int = Field(default=1, ge=1, description="After how many complete snapshots without it a SKU is 0.")
    schedule: Schedule | None = Field(
        default=None, description="When `run` looks into the inbox; without: always. `ingest` always does."
    )
    guards: SnapshotGuards = Field(
        default=SnapshotGuards(), description="What holds a snapshot that looks wrong; for complete snapshots."
    )

    @model_validator(mode="after")
    def _guards_judge_whole_snapshots(self) -> Self:
        if self.content == "changes" and "guards" in self.model_fields_set:
            raise ValueError(
                'guards compare whole snapshots, which this source doesn\'t send (content = "changes"); '
                "max_zeroed and max_rise of the order sources judge what it leads to"
            )
        return self


class CsvSource(SourceSettings, CsvSnapshot):
    """A source that drops CSV files."""


class GuessedSource(SourceSettings, GuessedCsv):
    """A source that drops CSV files and says nothing of them.

    It needs no `format`. The columns are known by their headers, if these are beyond doubt, and the run notes what each
    was taken for.
    """


class XmlSource(SourceSettings, XmlSnapshot):
    """A source that drops XML files."""


class JsonSource(SourceSettings, JsonSnapshot):
    """A source that drops JSON or NDJSON files."""


class XlsxSource(SourceSettings, XlsxSnapshot):
    """A source that drops Excel workbooks."""


class ParquetSource(SourceSettings, ParquetSnapshot):
    """A source that drops Parquet files."""


class FixedSource(SourceSettings, FixedSnapshot):
    """A source that drops text in columns of fixed width."""


class Acknowledge(Table):
    """How a source's files are answered."""

    edi: TradingPair = Field(description="Who answers whom: we are the sender of the 997.")
    deliver: AnyTransport = Field(description="Where the 997s go.")


class Edi846Source(SourceSettings, Edi846Snapshot):
    """A source that drops X12 846 files."""

    acknowledge: Acknowledge | None = Field(default=None, description="Each file is answered with a 997.")


def _guessed_without_columns(settings: object) -> object:
    """A source that says nothing of its files is read by their headers; any further key is one of CSV."""
    known = GuessedSource.model_fields.keys() - {"pickup"} | {"from"}
    if isinstance(settings, dict) and settings.get("format") in (None, "csv") and settings.keys() <= known:
        return {**settings, "format": "guessed"}
    return csv_by_default(settings)


#: A source in any format; a new one is a class and its name in this list.
AnySource = Annotated[
    Annotated[
        CsvSource | GuessedSource | FixedSource | XmlSource | JsonSource | XlsxSource | ParquetSource | Edi846Source,
        Field(discriminator="format"),
    ],
    BeforeValidator(_guessed_without_columns),
]


class TableFile(Table):
    """A CSV file that the merchant keeps."""

    path: str = Field(description="The file, relative to the workspace.")


class OrderFiles(Table):
    """Where orders come from, whatever their format."""

    pickup: AnyPickup | None = Field(default=None, alias="from", description="Where order files are dropped.")
    order_source: str | None = Field(
        default=None, description="Whose orders these are, where the files don't say; one of `[order_sources]`."
    )
    alias: str | None = Field(
        default=None,
        description="By which alias the files call products, or `sku`. Default: `sku`; EDI: that of the order source.",
    )
    keep: Duration = Field(
        default="30d",
        validate_default=True,
        description="For how long after the order its lines are kept once they have ended.",
    )


class CsvOrderFiles(OrderFiles, CsvOrders):
    """Order files as CSV."""

    path: str | None = Field(
        default=None,
        description="Instead of `from`: files that stay where they are, as in `tables/orders*.csv`, and are read at "
        "every run; the merchant keeps them up to date.",
    )

    @model_validator(mode="after")
    def _kept_or_dropped(self) -> Self:
        if (self.path is None) == (self.pickup is None):
            raise ValueError("needs either from, where files are dropped, or path, where they are kept")
        if self.path and self.model_fields_set - {"path", "format"}:
            raise ValueError("with path, rows say everything themselves; other settings need from")
        return self


class Edi850OrderFiles(OrderFiles, Edi850Orders):
    """Order files as X12 850."""

    pickup: AnyPickup = Field(alias="from", description="Where order files are dropped.")
    acknowledge: Acknowledge | None = Field(default=None, description="Each file is answered with a 997.")


#: Order files in any format; a new one is a class and its name in this list.
AnyOrderFiles = Annotated[
    Annotated[CsvOrderFiles | Edi850OrderFiles, Field(discriminator="format")],
    BeforeValidator(csv_by_default),
]


def _named(orders: object) -> object:
    """One table of order files is called by the name of its key."""
    is_one = isinstance(orders, dict) and ("from" in orders or not all(isinstance(v, dict) for v in orders.values()))
    return {"orders": orders} if is_one else orders


class Answers(Table):
    """Where an order source leaves its answers: functional acknowledgements."""

    place: AnyTransport = Field(alias="from", description="The folder, here or on a server, that it leaves them in.")
    pattern: str = Field(default="*", description="Which files, as in `*.997`; they are removed once they are read.")
    within: Duration | None = Field(
        default=None, description="An answer that takes longer is overdue; default: what the profile says."
    )


class Rise(Table):
    """How far a quantity may rise between two feeds before it looks like a slip; both must be exceeded."""

    times: int = Field(default=10, ge=1, description="So many times what was told last.")
    units: int = Field(default=10_000, ge=0, description="So many units more.")


class OrderSource(Limits):
    """Who receives feeds: a marketplace, retailer, web shop or trading partner."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    profile: str = Field(description="What its guide demands: a built-in profile, or `profiles/<name>.toml`.")
    enabled: bool = Field(default=True, description="false: nothing is built or sent.")
    warehouses: Literal["all"] | tuple[str, ...] = Field(
        default="all", description="Every enabled warehouse, or the codes of those whose stock it may sell, in order."
    )
    sales_channel: str | None = Field(
        default=None, description="The channel that is its own, of a source in that mode."
    )
    warehouse_codes: dict[str, str] = Field(default={}, description="What it calls our warehouses; default: our code.")
    values: dict[str, str] = Field(
        default={}, description='What its profile asks for by name: `vendor = "4711"` is the text of `{value:vendor}`.'
    )
    feed: Literal["full", "delta"] | None = Field(default=None, description="Default: what the profile demands.")
    include: tuple[str, ...] | None = Field(default=None, description="Only these SKUs are sent.")
    exclude: tuple[str, ...] = Field(default=(), description="These SKUs are not sent.")
    at_least_every: Duration | None = Field(
        default=None, description="A full feed is sent this often even if nothing changed."
    )
    max_zeroed: Percent = Field(
        default="30%", description="Hold a feed that would zero more of the sellable SKUs that it was told last."
    )
    max_zeroed_per_warehouse: Percent = Field(
        default="50%", description="The same for each warehouse of the breakdown from which 20 or more were sellable."
    )
    max_rise: Rise = Field(default=Rise(), description="Hold a feed in which a quantity rises by more than both.")
    hold: Literal["everything", "increases_and_mass_drops"] = Field(
        default="everything",
        description="While a feed is held, nothing is told, or what dropped to 0 is; the second needs deltas.",
    )
    min_lines: int = Field(default=0, ge=0, description="Hold a feed if fewer products than this are offered.")
    schedule: Schedule | None = Field(default=None, description="When it is due; without: whenever something changed.")
    edi: TradingPair | None = Field(default=None, description="Who sends to whom, for EDI profiles.")
    deliver: AnyTransport = Field(description="Where its files go.")
    answers: Answers | None = Field(default=None, description="Where its acknowledgements (997, 999, TA1) are read.")


class Merchant(Table):
    """``merchants/<key>.toml``: an owner of products and warehouses."""

    name: str = Field(description="For people and for files that carry names.")
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(
        default="UTC", description="Of times without an offset in its files, and of its schedules."
    )
    warehouses: dict[str, WarehouseSettings] = Field(
        default={}, description="Its warehouses in listed order, by the code that the snapshot writes."
    )
    new_warehouses: Literal["exclude", "include"] = Field(
        default="exclude", description="What happens to a warehouse that a snapshot names and no table lists."
    )
    sources: dict[str, AnySource] = Field(min_length=1, description="Where its levels come from.")
    products: TableFile | None = Field(default=None, description="sku, details, and a column alias:NAME per alias.")
    bundles: TableFile | None = Field(default=None, description="bundle_sku, component_sku, quantity.")
    orders: Annotated[
        dict[str, AnyOrderFiles],
        BeforeValidator(_named, json_schema_input_type=dict[str, AnyOrderFiles] | AnyOrderFiles),
    ] = Field(default={}, description="Where orders come from: one table, or one for each kind of file.")
    rules: TableFile | None = Field(
        default=None, description="sku, order_source?, share, buffer, cap, minimum, fixed, discontinued."
    )
    order_sources: dict[str, OrderSource] = Field(default={}, description="Who is told.")

    @property
    def inboxes(self) -> dict[str, AnyPickup]:
        """Where files are picked up, by the key of their source or of their table below ``[orders]``."""
        orders = {key: files.pickup for key, files in self.orders.items() if files.pickup}
        return {key: source.pickup for key, source in self.sources.items()} | orders
