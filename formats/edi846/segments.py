"""Segments as a profile writes them down: a segment id and its elements, with placeholders.

The elements obey the data element dictionary of the release: a constant is checked when the profile is loaded, a fact
of the feed before it is written, and a column of the lines where it holds a line back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from formats.edi846.elements import constant, misfits, no_period, rule_of, sendable
from formats.edi846.standard import BELOW
from formats.edi846.tables import PAIR_FACTS, SET_FACTS
from formats.feed import template
from formats.feed.template import FEED_FACTS, LINE_COLUMNS, WAREHOUSE_FACTS, WAREHOUSE_VALUES, Piece, Values
from formats.feed.writable import Check
from formats.settings import Settings
from formats.x12.lines import Part, where
from formats.x12.syntax import Syntax

Status = Literal["active", "discontinued", "gone"]


class HeaderSegment(Settings):
    """``[[format.header]]``: one segment between BIA and the lines, such as REF, DTM, N1 or LM."""

    elements: tuple[str, ...] = Field(
        min_length=2, description='Segment id and elements, such as ["REF", "VR", "{value:vendor}"].'
    )

    @field_validator("elements")
    @classmethod
    def _known(cls, elements: tuple[str, ...]) -> tuple[str, ...]:
        for element in elements[1:]:
            template.check(element, {**SET_FACTS, **PAIR_FACTS, **WAREHOUSE_FACTS})
        return elements

    @property
    def id(self) -> str:
        """The segment id."""
        return self.elements[0]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in it."""
        return template.names(*self.elements[1:])

    def check_constants(self, syntax: Syntax) -> None:
        """Refuse constant elements that the standard does not allow (FeedError)."""
        for position, text in enumerate(self.elements[1:], 1):
            if template.names(text):
                syntax.constant("".join(literal for literal, _, _ in template.parts(text)))
                rule_of(self.id, position, syntax)
            else:
                constant(self.id, position, template.fill_facts(text, {}), syntax)

    def filled(self, facts: Values, syntax: Syntax) -> tuple[str, ...]:
        """Its elements with facts for placeholders (FeedError where one cannot be sent here)."""
        texts = (template.fill_facts(text, facts) for text in self.elements[1:])
        return self.id, *(constant(self.id, position, text, syntax) for position, text in enumerate(texts, 1))


class ItemSegment(HeaderSegment):
    """One segment of a line, such as PID, DTM, CTP, SAC or REF, from details of the product.

    It is left out where a detail that it names is not known.
    """

    elements: tuple[str, ...] = Field(
        min_length=2, description='Segment id and elements, such as ["CTP", "", "WHL", "{detail:cost}"].'
    )
    required: bool = Field(False, description="Whether a line without a detail that it names is held back.")
    only: tuple[Status, ...] = Field((), description="Only lines with one of these statuses have it; none: all have.")
    cut: bool = Field(False, description="Whether texts that are too long are cut; else their line is held back.")
    missing: str = Field(
        "", description="What stands for details that are not known; empty: they leave the segment out."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.required and self.missing:
            raise ValueError("either a segment is required to have its details, or something stands for missing ones")
        return self

    @field_validator("elements")
    @classmethod
    def _known(cls, elements: tuple[str, ...]) -> tuple[str, ...]:
        for element in elements[1:]:
            template.check(element, {**FEED_FACTS, **PAIR_FACTS, **LINE_COLUMNS, **WAREHOUSE_VALUES})
        return elements

    def check_constants(self, syntax: Syntax) -> None:
        """Refuse constants that the standard does not allow, or that cannot be sent (FeedError)."""
        super().check_constants(syntax)
        syntax.constant(self.missing)

    @property
    def ids(self) -> list[str]:
        """The columns that it sends as ids of a product."""
        return template.text_columns(template.names(*self.elements[10::2])) if self.id == "SLN" else []

    def present(self, values: Values) -> pl.Expr | None:
        """Whether a line has the segment; None: every line has."""
        texts = [values[name] != "" for name in _texts(self.names) if not self.missing]
        return _both(self._due, pl.all_horizontal(texts) if texts else None)

    @property
    def _due(self) -> pl.Expr | None:
        """Whether a line has the segment if the details are known."""
        return pl.col("status").is_in(self.only) if self.only else None

    def pieces(self, values: Values, syntax: Syntax) -> list[Part]:
        """The segment, empty where a line does not have it."""
        return where(self.present(values), syntax.segment(self.id, *self.contents(values, syntax)))

    def contents(self, values: Values, syntax: Syntax) -> Iterator[Piece]:
        """Its elements."""
        for position, text in enumerate(self.elements[1:], 1):
            pieces = self._filled(position, text, values, syntax)
            yield "".join(map(str, pieces)) if all(isinstance(piece, str) for piece in pieces) else one(pieces)

    def checks(self, values: Values, syntax: Syntax, among: pl.Expr | None = None) -> Iterator[Check]:
        """What the lines that have it must obey (FeedError where a constant does not).

        Args:
            values: the columns of the lines as they are sent, and facts.
            syntax: of the file.
            among: the lines that have what it stands below; None: all.
        """
        due, present = _both(among, self._due), _both(among, self.present(values))
        for position, text in enumerate(self.elements[1:], 1):
            pieces, name = self._filled(position, text, values, syntax), f"{self.id}{position:02d}"
            columns = _texts(template.names(text))
            for column in columns:
                if self.required:
                    yield Check(column, _among(due, values[column] == ""), f"is missing, and {name} requires it")
                yield sendable(column, values[column], syntax)
            for wrong, reason in self._misfits(position, one(pieces), syntax) if columns else ():
                yield Check(columns[0], _among(present, wrong), reason)

    def _misfits(self, position: int, sent: pl.Expr, syntax: Syntax) -> Iterator[tuple[pl.Expr, str]]:
        """What makes the text of an element unfit, and why."""
        name, form = f"{self.id}{position:02d}", self._form(position)
        yield from misfits(rule_of(self.id, position, syntax), sent, name)
        if form in ("D8", "RD8"):
            yield no_period(sent, form), f"is nothing that the calendar has in the form {form}, as {name} must be"

    def _form(self, position: int) -> str | None:
        """In which form DTM holds a date or a period here, by the element before."""
        return self.elements[position - 1] if self.id == "DTM" else None

    def cuts(self, values: Values, syntax: Syntax) -> Iterator[tuple[str, pl.Expr, pl.Expr]]:
        """The column, the text and what is sent of it, of each element that may be cut."""
        for position, text in enumerate(self.elements[1:], 1):
            if self.cut and (columns := _texts(template.names(text))):
                whole = one(template.fill(text, values))
                yield columns[0], whole, one(self._filled(position, text, values, syntax))

    def _filled(self, position: int, text: str, values: Values, syntax: Syntax) -> list[Piece]:
        """The pieces of one element as they are sent."""
        rule = rule_of(self.id, position, syntax)
        filled = template.fill(text, self._known_or_missing(text, values, syntax))
        if all(isinstance(piece, str) for piece in filled):
            return [constant(self.id, position, "".join(map(str, filled)), syntax)]
        pieces: list[Piece] = [syntax.constant(piece) if isinstance(piece, str) else piece for piece in filled]
        if rule.kind == "DT" or self._form(position) == "D8":
            return [one(pieces).str.replace_all("-", "", literal=True)]
        if self.cut and rule.kind == "AN" and _texts(template.names(text)):
            return [one(pieces).str.slice(0, rule.longest).str.strip_chars_end()]
        return pieces

    def _known_or_missing(self, text: str, values: Values, syntax: Syntax) -> Values:
        """The values, with what stands for those of a text that are not known."""
        columns = _texts(template.names(text)) if self.missing else []
        other = pl.lit(syntax.constant(self.missing))
        return {**values, **{name: pl.when(values[name] == "").then(other).otherwise(values[name]) for name in columns}}


class ItemLoop(ItemSegment):
    """One segment of a line, such as PID, DTM, CTP, SAC or REF, from details of the product.

    It is left out where a detail that it names is not known, with all that stands below it.
    """

    segments: tuple[ItemSegment, ...] = Field(
        (),
        description="Segments below LM (LQ), SLN (PID, MEA, PKG), SCH (MEA), or N1 of a line (N2, N3, N4, REF, PER).",
    )

    @property
    def all_segments(self) -> tuple[ItemSegment, ...]:
        """The segment itself and those below it."""
        return self, *self.segments

    def present(self, values: Values) -> pl.Expr | None:
        """Whether a line has it; a loop that needs a segment only with one."""
        own, below = super().present(values), [segment.present(values) for segment in self.segments]
        some = [line for line in below if line is not None]
        needs_one = self.segments and BELOW[self.id].needs and len(some) == len(below)
        return _both(own, pl.any_horizontal(some)) if needs_one else own

    def pieces(self, values: Values, syntax: Syntax) -> list[Part]:
        """The segment and those below it, in the order of the standard."""
        pieces = syntax.segment(self.id, *self.contents(values, syntax))
        for segment in sorted(self.segments, key=lambda segment: BELOW[self.id].rank(segment.id)):
            pieces += segment.pieces(values, syntax)
        return where(self.present(values), pieces)

    def checks(self, values: Values, syntax: Syntax, among: pl.Expr | None = None) -> Iterator[Check]:
        """What the lines that have it, or something below it, must obey."""
        yield from super().checks(values, syntax, among)
        present = _both(among, super().present(values))
        for segment in self.segments:
            yield from segment.checks(values, syntax, present)


def one(pieces: list[Piece]) -> pl.Expr:
    """Several pieces as one expression."""
    return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], pl.Expr) else template.concat(pieces)


def _both(first: pl.Expr | None, second: pl.Expr | None) -> pl.Expr | None:
    """The lines for which both hold; None holds for all."""
    return first if second is None else _among(first, second)


def _among(lines: pl.Expr | None, holds: pl.Expr) -> pl.Expr:
    """Whether something holds for a line that is among these; None: all are."""
    return holds if lines is None else lines & holds


def _texts(names: frozenset[str]) -> list[str]:
    """The columns among these placeholders that hold text."""
    return [*template.text_columns(names), *(["status"] if "status" in names else [])]
