"""The tables of an EDI 846 profile: each dialect of the partners has its named place, and writes its own segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, StringConstraints, field_validator

from formats import template
from formats.feed_errors import FeedError
from formats.settings import Settings
from formats.template import FEED_FACTS, LINE_COLUMNS, WAREHOUSE_FACTS, Piece, Values
from formats.writable import Check
from formats.x12 import Qualifier
from formats.x12_syntax import Syntax
from mappings.model import DETAIL_PREFIX, Warehouse, warehouse_column

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,3}$")]

#: Facts of a transaction set, with examples.
SET_FACTS: Values = {**FEED_FACTS, "control_number": 1, "group_number": 1, "part": 1}

_IDS: Values = {name: LINE_COLUMNS[name] for name in ("code", "sku")}
_LONGEST_DESCRIPTION = 80  # PID05
_LONGEST_NAME = 60  # N102


class Beginning(Settings):
    """``[format.bia]``: what kind of report a transaction set is."""

    full: Qualifier = Field("00", description="BIA01 of a full feed: 00 original, 05 replace.")
    delta: Qualifier = Field("25", description="BIA01 of a delta: 25 incremental, 04 change.")
    report: Qualifier = Field("SI", description="BIA02: SI seller inventory report, DD distributor inventory report.")
    reference: str = Field(
        "{control_number:09d}-{part:04d}", description="BIA03, unique per transaction set; {part} counts them."
    )
    time_digits: Literal[0, 4, 6, 8] = Field(4, description="Digits of the time in BIA05; 0 leaves it out.")

    @field_validator("reference")
    @classmethod
    def _known(cls, reference: str) -> str:
        template.check(reference, SET_FACTS)
        return reference


class HeaderSegment(Settings):
    """``[[format.header]]``: one segment between BIA and the lines, such as REF, DTM or N1."""

    elements: tuple[str, ...] = Field(description='Segment id and elements, such as ["REF", "VR", "12345"].')

    @field_validator("elements")
    @classmethod
    def _known(cls, elements: tuple[str, ...]) -> tuple[str, ...]:
        if len(elements) < 2 or elements[0] not in ("CUR", "DTM", "REF", "PER", "MEA", "N1", "N2", "N3", "N4"):
            raise ValueError("a header segment is CUR, DTM, REF, PER, MEA, N1, N2, N3 or N4 with its elements")
        for element in elements:
            template.check(element, {**SET_FACTS, **WAREHOUSE_FACTS})
        return elements


class NoLocation(Settings):
    """``[format.location]`` pattern "none": one total per line."""

    pattern: Literal["none"] = "none"


class SdqLocation(Settings):
    """``[format.location]`` pattern "sdq": destination quantities under each line."""

    pattern: Literal["sdq"]
    unit: Qualifier = Field("EA", description="SDQ01.")
    qualifier: Code = Field("92", description="SDQ02, who assigned the codes: 92 buyer, 91 seller, 54 warehouse.")
    pairs: int = Field(10, ge=1, le=10, description="Warehouses per SDQ segment.")

    def check(self, warehouse: Warehouse, syntax: Syntax) -> None:
        """Refuse a warehouse that SDQ cannot name (FeedError)."""
        _require_code(warehouse, syntax, "SDQ03")

    def segments(self, warehouses: Sequence[Warehouse], syntax: Syntax) -> Iterator[Piece]:
        """As many SDQ as the warehouses need."""
        for start in range(0, len(warehouses), self.pairs):
            pairs: list[Piece] = []
            for warehouse in warehouses[start : start + self.pairs]:
                pairs += [syntax.constant(warehouse.partner_code), pl.col(warehouse_column(warehouse.code))]
            yield from syntax.segment("SDQ", self.unit, self.qualifier, *pairs)


class HeaderLocation(Settings):
    """``[format.location]`` pattern "header": one transaction set per warehouse, which its header names."""

    pattern: Literal["header"]
    entity: Code = Field("WH", description="N101: WH warehouse, SF ship from.")
    qualifier: Code = Field("92", description="N103, who assigned the code: 92 buyer, 91 seller.")
    name: bool = Field(True, description="Whether N102 holds the name of the warehouse.")

    def check(self, warehouse: Warehouse, syntax: Syntax) -> None:
        """Refuse a warehouse that N1 cannot name (FeedError)."""
        _require_code(warehouse, syntax, "N104")
        if self.name and len(syntax.constant(warehouse.name)) > _LONGEST_NAME:
            raise FeedError(f"its name is longer than the {_LONGEST_NAME} characters of N102")

    def segment(self, facts: Values, syntax: Syntax) -> tuple[str, ...]:
        """The N1 of the warehouse that a transaction set is about."""
        name = syntax.constant(facts["warehouse_name"]) if self.name else ""
        return "N1", self.entity, name, self.qualifier, syntax.constant(facts["warehouse"])


Location = Annotated[NoLocation | SdqLocation | HeaderLocation, Field(discriminator="pattern")]


class Split(Settings):
    """``[format.split]``: where a new transaction set begins."""

    lines: int = Field(10_000, ge=1, le=10_000, description="Lines per transaction set; the standard ends at 10 000.")


class ItemId(Settings):
    """``[[format.lin]]``: one id of the product, as a pair of qualifier and value in LIN."""

    qualifier: Qualifier = Field(description="SK for a SKU, VN vendor's item number, UP for a 12-digit UPC.")
    value: str = Field(description='Such as "{code}" or "{detail:upc}".')
    required: bool = Field(True, description="Whether a product without it is held back; else the pair is left out.")
    max_length: int = Field(48, ge=1, le=48, description="The most characters that the partner takes.")

    @field_validator("value")
    @classmethod
    def _known(cls, value: str) -> str:
        template.check(value, {**FEED_FACTS, **_IDS})
        if not template.text_columns(template.names(value)):
            raise ValueError('names no product; use "{code}" or "{detail:NAME}"')
        return value

    @property
    def columns(self) -> list[str]:
        """The columns that the value is made of."""
        return template.text_columns(template.names(self.value))

    def elements(self, values: Values, syntax: Syntax) -> list[Piece]:
        """Qualifier and value with a separator before each; nothing where an optional value is missing."""
        pair = syntax.elements("", self.qualifier, template.concat(self._value(values, syntax)))
        if self.required:
            return pair
        missing = pl.any_horizontal(values[column] == "" for column in self.columns)
        return [pl.when(missing).then(pl.lit("")).otherwise(template.concat(pair))]

    def checks(self, values: Values, syntax: Syntax) -> Iterator[Check]:
        """What its columns must obey."""
        for column in self.columns:
            yield from _sendable(column, values[column], syntax)
            if self.required:
                yield Check(column, values[column] == "", f"is missing, and LIN {self.qualifier} requires it")
        sent = template.concat(self._value(values, syntax))
        yield _longer_than(self.max_length, self.columns[0], sent, f"LIN {self.qualifier}")
        blank = "begins or ends with a blank, which X12 does not keep"
        yield Check(self.columns[0], sent != sent.str.strip_chars(), blank)

    def _value(self, values: Values, syntax: Syntax) -> list[Piece]:
        pieces = template.fill(self.value, values)
        return [syntax.constant(piece) if isinstance(piece, str) else piece for piece in pieces]


class Description(Settings):
    """``[format.description]``: a product detail as PID, left out where it is not known."""

    detail: str = Field(description="Name of the detail.")
    characteristic: str = Field("08", description="PID02: 08 product; empty for none.", pattern=r"^[A-Z0-9]{0,3}$")
    cut: bool = Field(False, description="Whether a text longer than 80 characters is cut; else its line is held.")

    def segment(self, syntax: Syntax) -> pl.Expr:
        """PID with free-form text, or nothing."""
        text = self._text(syntax)
        segment = template.concat(syntax.segment("PID", "F", self.characteristic, "", "", text))
        return pl.when(text == "").then(pl.lit("")).otherwise(segment)

    def checks(self, syntax: Syntax) -> Iterator[Check]:
        """What the detail must obey."""
        column, text = DETAIL_PREFIX + self.detail, self._text(syntax)
        yield from _sendable(column, text, syntax)
        yield _longer_than(_LONGEST_DESCRIPTION, column, text, "PID05")

    def _text(self, syntax: Syntax) -> pl.Expr:
        text = syntax.column(pl.col(DETAIL_PREFIX + self.detail)).str.strip_chars()
        return text.str.slice(0, _LONGEST_DESCRIPTION).str.strip_chars_end() if self.cut else text


class ItemQuantity(Settings):
    """``[[format.qty]]``: the quantity of a line under one qualifier."""

    qualifier: Qualifier = Field("33", description="QTY01: 33 available for sale, 17 on hand.")
    unit: Qualifier | None = Field("EA", description="QTY03; none leaves it out.")

    def segment(self, quantity: pl.Expr, syntax: Syntax) -> list[Piece]:
        """One QTY."""
        return syntax.segment("QTY", self.qualifier, quantity, self.unit or "")


class Totals(Settings):
    """``[format.totals]``: what the summary repeats."""

    ctt: Literal["none", "count", "hash"] = Field(
        "count",
        description='"count": CTT01 counts the lines; "hash": and CTT02 sums every QTY02, of which the standard keeps '
        'the last ten digits; "none": no CTT.',
    )


def _sendable(column: str, sent: pl.Expr, syntax: Syntax) -> Iterator[Check]:
    """The rule that a column holds no separator and nothing outside the charset."""
    found = syntax.unsendable(sent)
    reason = pl.format('holds "{}", which cannot be sent; see [format.charset] replace', found)
    yield Check(column, found.is_not_null(), reason)


def _require_code(warehouse: Warehouse, syntax: Syntax, element: str) -> None:
    code = syntax.constant(warehouse.partner_code)
    if not 2 <= len(code) <= 80:
        raise FeedError(f"{element} takes a code of 2 to 80 characters, not {code!r}; set it in warehouse_codes")


def _longer_than(limit: int, column: str, sent: pl.Expr, element: str) -> Check:
    """The rule that an element holds at most so many characters."""
    return Check(column, sent.str.len_chars() > limit, f"is longer than the {limit} characters of {element}")
