"""How a trading partner writes the 846 that is read as a snapshot."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from formats.settings import Settings
from formats.snapshot.archive import Member
from formats.snapshot.bad_rows import MaxBadRows, tolerated
from formats.x12.interchange import Qualifier
from formats.x12.segments import known_encoding

Code = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")]
Pattern = Literal["auto", "none", "header", "header-ref", "lin", "item-ref", "item-name", "sdq", "loop", "sln", "qty"]

#: The qualifiers of LIN that may hold the SKU, the likeliest first.
_SKU = ("SK", "VN", "VP", "BP", "IN", "PI", "VC", "MG", "UP", "EN", "UK", "UI")
_AVAILABLE, _ON_HAND = ("33", "V2"), ("17",)
#: One piece each.
_PIECES = {"EA": 1, "PC": 1, "UN": 1}
_PLACES: dict[str, tuple[str, ...]] = {"N1": ("WH", "SF"), "REF": ("WS", "LU", "IO"), "LIN": ("DV",), "SLN": ("DV",)}


class Edi846Settings(Settings):
    """What the segments of an 846 mean, where the standard leaves a choice."""

    content: Literal["complete", "changes"] = Field(
        default="complete", description="Whether a snapshot says everything, or only what changed."
    )
    strict: bool = Field(
        default=False, description="Whether a file that breaks the standard is refused even where it is clear."
    )
    sku: tuple[Qualifier, ...] | None = Field(
        default=None,
        min_length=1,
        description="Which qualifiers of LIN may hold the SKU, in order. Default: of SK, VN, VP, BP, IN, PI, VC, MG, "
        "UP, EN, UK and UI the first that the first line has.",
    )
    quantity: Literal["available", "on_hand"] = Field(
        default="available", description="`available`: QTY 33 or V2. `on_hand`: QTY 17, all that lies there is sold."
    )
    qty: tuple[Qualifier, ...] | None = Field(
        default=None, min_length=1, description="Which qualifiers of QTY count instead, in order."
    )
    units: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default={}, description="How many pieces a unit is, as in `{ CA = 12 }`; EA, PC and UN are one."
    )
    location: Pattern = Field(
        default="auto",
        description="Where the warehouse stands: `header` (N1, a transaction set per warehouse), `header-ref`, `lin`, "
        "`item-ref`, `item-name` (a line per warehouse), `sdq`, `loop` (LS, REF, LE), `sln`, `qty` (QTY04), or `none`. "
        "`auto`: any of these but `qty`, the closest to the quantity first.",
    )
    location_codes: tuple[Code, ...] | None = Field(
        default=None,
        min_length=1,
        description="Which qualifiers name a warehouse, in order. Default: WH, SF of N1; WS, LU, IO of REF; DV of LIN "
        "and SLN.",
    )
    as_of: Code = Field(default="184", description="The DTM of the heading that holds the moment; else BIA does.")
    duplicates: Literal["sum", "refuse", "last"] | None = Field(
        default=None,
        description="Lines for the same SKU and warehouse: sum them, refuse the SKU if they differ, or let the last "
        "one count. Default: `sum` where lines have lots (LIN LT), else `refuse`.",
    )
    max_bad_rows: MaxBadRows = Field(
        default="1%", description="More bad lines than this, a share or a number, refuse the whole file."
    )
    encoding: str | None = Field(default=None, description="As in `cp1252`; default: UTF-8.")

    member: Member = None

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        return known_encoding(encoding)

    @property
    def sku_qualifiers(self) -> tuple[str, ...]:
        """The qualifiers of LIN that may hold the SKU, in order."""
        return self.sku or _SKU

    @property
    def product_qualifiers(self) -> tuple[str, ...]:
        """The qualifiers under which an id is that of a product."""
        return *_SKU, *(self.sku or ())

    @property
    def quantity_qualifiers(self) -> tuple[str, ...]:
        """The qualifiers of QTY that count, in order."""
        return self.qty or (_ON_HAND if self.quantity == "on_hand" else _AVAILABLE)

    @property
    def other_quantities(self) -> tuple[str, ...]:
        """The qualifiers of QTY that speak of the same stock in another sense."""
        return tuple(code for code in (*_AVAILABLE, *_ON_HAND) if code not in self.quantity_qualifiers)

    @property
    def pieces(self) -> dict[str, int]:
        """How many pieces each known unit is."""
        return _PIECES | self.units

    def looks_at(self, pattern: Pattern) -> bool:
        """Whether warehouses may be told in this way."""
        return self.location == pattern or (self.location == "auto" and pattern not in {"qty", "none"})

    def place_codes(self, segment: Literal["N1", "REF", "LIN", "SLN"]) -> tuple[str, ...]:
        """The qualifiers of a segment that name a warehouse, in order."""
        return self.location_codes or _PLACES[segment]

    def tolerated(self, lines: int) -> int:
        """How many bad lines a file of so many lines may have."""
        return tolerated(self.max_bad_rows, lines)
