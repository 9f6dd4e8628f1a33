"""How a source writes its snapshots: which column means what, and how quantities and moments are spelled."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from formats.cells import BLANKS
from formats.settings import Settings
from formats.snapshot.as_of import FileName
from formats.snapshot.bad_rows import MaxBadRows, tolerated
from formats.snapshot.codes import Policy
from formats.snapshot.quantities import DecimalMark, Quantities, ThousandsMark
from mappings.model import MAX_QUANTITY, warehouse_column

#: The warehouse of a file that names none.
DEFAULT_WAREHOUSE = "default"


#: What stands for a warehouse's code, and for a number or none, in a header.
WAREHOUSE, NUMBER = "{warehouse}", "{n}"


Part = Literal["sku", "warehouse", "lot", "bin", "available", "on_hand", "allocated", "as_of"]
Headers = Annotated[tuple[str, ...], Field(min_length=1)]
Texts = Annotated[tuple[str, ...], Field(min_length=1)]


class Columns(Settings):
    """The header, in the file, of each column that is read."""

    sku: str = Field(description="The product's code.")
    warehouse: str | None = Field(
        None,
        description="The warehouse's code; without: all stock is in one place. Of columns that repeat in a row, here "
        "and in the quantity's header, `{n}` stands for their number: `code_{n}`, or `code{n}` where they have none.",
    )
    lot: str | None = Field(None, description="Lots of one SKU and warehouse are summed.")
    bin: str | None = Field(None, description="Bins, shelves and licence plates of one SKU and warehouse are summed.")
    available: str | None = Field(None, description="What can be sold.")
    on_hand: str | None = Field(None, description="What lies there.")
    allocated: str | None = Field(None, description="How much of what lies there is promised already.")
    as_of: str | None = Field(None, description="The moment for which the row is true.")


class SnapshotSettings(Settings):
    """What the cells of a snapshot mean, in any format that is a table of text."""

    columns: Columns = Field(description="The header of each column that is read.")
    warehouse_columns: dict[str, str] | Annotated[str, Field(pattern=r"^[^{}]*\{warehouse\}[^{}]*$")] = Field(
        default={},
        description="Instead of a warehouse column: for each warehouse, the header of its own column; or what these "
        "headers look like, as in `Qty {warehouse}`.",
    )
    no_warehouses: tuple[str, ...] = Field(
        default=(), description="Headers that are no warehouse's, although they look like `warehouse_columns`."
    )
    warehouse_list: str | None = Field(
        default=None,
        description="Instead of a warehouse column: the header of a column that lists warehouses with their "
        "quantities, as in `NYC=1, Atlanta=3`.",
    )
    warehouse: Annotated[str, Field(min_length=1)] | FileName | None = Field(
        default=None,
        description="Instead of a warehouse column: the warehouse of all files, or where the name of a file holds it; "
        "then each file speaks of its warehouse alone.",
    )
    fallback: dict[Part, Headers] = Field(
        default={},
        description='Further headers of a column, as in `{ available = ["On hand"] }`: of quantities and moments the '
        "first that is filled in a row counts, of codes the first that the file has.",
    )
    only: dict[str, Texts] = Field(
        default={},
        description='Rows are read only if their column holds one of these texts, as in `{ Status = ["Good"] }`.',
    )
    skip: dict[str, Texts] = Field(
        default={}, description='Rows are left out if their column holds one of these, as in `{ SKU = ["", "-"] }`.'
    )
    quantity: Literal["available", "on_hand"] = Field(
        default="available",
        description="`available`: that column, else on hand less allocated. `on_hand`: all that lies there is sold.",
    )
    decimal: DecimalMark = Field(default=".", description="The mark before the fraction of a quantity.")
    thousands: ThousandsMark = Field(default="", description="The mark between the thousands of a quantity.")
    words: dict[str, Annotated[int, Field(ge=0, le=MAX_QUANTITY)]] = Field(
        default={}, description='Texts that stand for a quantity, as in `{ "In Stock" = 5 }`.'
    )
    duplicates: Literal["sum", "refuse", "last"] | None = Field(
        default=None,
        description="Rows for the same SKU, warehouse, lot and bin: sum them, refuse the SKU if they differ, or let "
        "the last one count. Default: `sum` where lots or bins are read, else `refuse`.",
    )
    codes: Policy = Field(
        default="report",
        description="What becomes of a SKU that lost zeros or digits in a spreadsheet: `report` it, or also `repair` "
        "it where it can have been but one known code (of 12 to 14 digits: with a right check digit).",
    )
    max_bad_rows: MaxBadRows = Field(
        default="1%", description="More bad rows than this, a share or a number, refuse the whole file."
    )
    as_of: Literal["file_time"] | FileName = Field(
        default="file_time", description="Where the moment comes from if no column holds it."
    )
    as_of_format: str | None = Field(
        default=None, description="How moments are written, as in `%m/%d/%Y %H:%M`; default: ISO 8601."
    )

    @model_validator(mode="after")
    def _one_meaning_per_quantity(self) -> Self:
        columns = self.columns
        if self.warehouse_columns and self.warehouse_list:
            raise ValueError("warehouse_columns and warehouse_list exclude each other")
        if self.warehouse_columns or self.warehouse_list:
            if columns.warehouse or columns.available or columns.on_hand or columns.allocated:
                instead = "warehouse_columns" if self.warehouse_columns else "warehouse_list"
                raise ValueError(f"{instead} takes the place of the columns warehouse, available and on_hand")
        elif self.quantity == "on_hand" and not columns.on_hand:
            raise ValueError('quantity = "on_hand" needs columns.on_hand')
        elif self.quantity == "available" and not columns.available and not (columns.on_hand and columns.allocated):
            raise ValueError(
                "needs columns.available, or columns.on_hand with columns.allocated; "
                'if all that lies there may be sold, set quantity = "on_hand"'
            )
        if self.warehouse and (columns.warehouse or self.warehouse_columns or self.warehouse_list):
            raise ValueError("warehouse is said twice: once for the file, and once for its columns")
        if unknown := [part for part in self.fallback if getattr(columns, part) is None]:
            raise ValueError(f"fallback.{unknown[0]} needs columns.{unknown[0]}, the header that is looked for first")
        if any(NUMBER in header for header in columns.model_dump(exclude_none=True).values()) and not self.repeats:
            raise ValueError("{n} belongs into the headers of the warehouse and of one quantity, and into no other")
        if self.decimal == self.thousands:
            raise ValueError(f'decimal and thousands are both "{self.decimal}"')
        return self

    @property
    def dated_by_file(self) -> bool:
        """Whether all levels are as old as their file: neither a column nor a name tells another moment, or a part."""
        return self.columns.as_of is None and self.as_of == "file_time" and self.warehouse is None

    @property
    def quantities(self) -> Quantities:
        """How quantities are written."""
        return Quantities(
            self.decimal, self.thousands, {word.strip(BLANKS): units for word, units in self.words.items()}
        )

    @property
    def quantity_parts(self) -> tuple[str, ...]:
        """The columns that hold quantities: one per warehouse, or one, or on hand and what is to be subtracted."""
        if self.warehouse_list or isinstance(self.warehouse_columns, str):
            return ()
        if self.warehouse_columns:
            return tuple(warehouse_column(code) for code in self.warehouse_columns)
        if self.quantity == "on_hand":
            return ("on_hand",)
        return ("available",) if self.columns.available else ("on_hand", "allocated")

    @property
    def repeats(self) -> tuple[str, str] | None:
        """The headers of warehouse and quantity, if a row repeats them, numbered or all alike."""
        headers = {part for part, header in self.headers().items() if NUMBER in header}
        quantity = "on_hand" if self.quantity == "on_hand" else "available"
        if headers != {"warehouse", quantity}:
            return None
        return self.headers()["warehouse"], self.headers()[quantity]

    @property
    def place(self) -> str:
        """The warehouse of rows that name none."""
        return self.warehouse if isinstance(self.warehouse, str) else DEFAULT_WAREHOUSE

    @property
    def policy(self) -> Literal["sum", "refuse", "last"]:
        """What becomes of rows for the same SKU, warehouse, lot and bin."""
        return self.duplicates or ("sum" if self.columns.lot or self.columns.bin else "refuse")

    def headers(self) -> dict[str, str]:
        """The columns that are read: for each part that a column plays, its header in the file."""
        headers = self.columns.model_dump(exclude_none=True)
        if isinstance(self.warehouse_columns, dict):
            headers |= {warehouse_column(code): header for code, header in self.warehouse_columns.items()}
        if self.warehouse_list:
            headers["warehouse_list"] = self.warehouse_list
        unread = {"available", "on_hand", "allocated"}.difference(self.quantity_parts)
        return {part: header for part, header in headers.items() if part not in unread}

    def choices(self) -> dict[str, tuple[str, ...]]:
        """For each part that a column plays, the headers that it may have in the file, the first one first."""
        more = {str(part): headers for part, headers in self.fallback.items()}
        return {part: (header, *more.get(part, ())) for part, header in self.headers().items()}

    def wanted(self) -> list[str]:
        """Every header that is looked for."""
        read = [header for headers in self.choices().values() for header in headers]
        return list(dict.fromkeys([*read, *self.only, *self.skip]))

    def tolerated(self, rows: int) -> int:
        """How many bad rows a file of so many rows may have."""
        return tolerated(self.max_bad_rows, rows)
