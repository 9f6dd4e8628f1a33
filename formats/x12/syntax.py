"""The syntax of X12: separators, the characters of data, and segments on their way into a file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal, Self

import polars as pl
from pydantic import Field, StringConstraints, field_validator, model_validator

from formats.feed.errors import FeedError
from formats.feed.template import Piece, merged
from formats.settings import Settings
from formats.x12.lines import Part
from formats.x12.releases import Release

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BASIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()*+,-./:;?="
#: Where something else is to be written among the lines; no charset has it.
MARK = b"\0"
_EXTENDED = "".join(map(chr, range(0x20, 0x7F)))


class Separators(Settings):
    """``[format.separators]``: the characters that cut a file into segments and elements; none occurs in data."""

    element: str = Field("*", description="Between two elements.")
    component: str = Field(
        ">", description="Between the components of an element (ISA16); may be that of elements where none has any."
    )
    segment: str = Field("~", description="After every segment.")
    repetition: str = Field("^", description="Between repeated elements (ISA11), from release 005010.")
    line_break: Literal["", "\n", "\r\n"] = Field("\n", description="What follows every segment, for the eye.")
    last_line_break: bool = Field(True, description="Whether it follows the last segment of the file too.")

    @property
    def all(self) -> str:
        """All four of them."""
        return self.element + self.component + self.segment + self.repetition

    @field_validator("element", "component", "segment", "repetition")
    @classmethod
    def _one_character(cls, separator: str) -> str:
        if len(separator) != 1 or not separator.isascii() or separator.isalnum() or separator == " ":
            raise ValueError(f"{separator!r} is not one ASCII character other than a letter, a digit or a blank")
        return separator

    @model_validator(mode="after")
    def _all_different(self) -> Self:
        without_component = self.element + self.segment + self.repetition
        if len(set(without_component)) < 3 or self.component in self.segment + self.repetition:
            raise ValueError(f"the separators must differ from each other, not be {self.all!r}")
        if self.segment in "\r\n" and self.line_break:
            raise ValueError('a line break that ends segments needs no other after it: line_break = ""')
        return self


class Charset(Settings):
    """``[format.charset]``: the characters that the receiver takes, and what becomes of others."""

    characters: Literal["basic", "extended"] = Field(
        "extended", description='"basic": upper case, digits and some punctuation; "extended": all printable ASCII.'
    )
    upper_case: bool = Field(False, description="Whether small letters become capital letters.")
    replace: dict[Annotated[str, StringConstraints(min_length=1, max_length=1)], str] = Field(
        {}, description="Character -> what is written instead. Others that cannot be sent hold their line back."
    )
    others_in_texts: str | None = Field(
        None,
        max_length=1,
        description="What stands for every other character that cannot be sent, in details that are no id of the "
        "product; without it, their lines are held back too.",
    )


class Syntax:
    """How text becomes data and data becomes segments. X12 has no escape character: what cannot be sent is refused."""

    def __init__(self, separators: Separators, charset: Charset, release: Release) -> None:
        reserved = separators.all if release.repeats else separators.all.replace(separators.repetition, "")
        allowed = set(_BASIC if charset.characters == "basic" else _EXTENDED) - set(reserved)
        self._charset = charset
        self._not_allowed = "[^" + "".join(f"\\x{ord(character):02x}" for character in sorted(allowed)) + "]"
        self.release = release
        self.separators = separators
        self.element = separators.element
        self.end = separators.segment + separators.line_break

    @property
    def alters(self) -> bool:
        """Whether ids may be sent otherwise than they came, so that two may become one."""
        return self._charset.upper_case or bool(self._charset.replace)

    def ids(self, text: pl.Expr) -> pl.Expr:
        """A column of ids as it is sent; null is empty."""
        text = text.fill_null("")
        return self._in_capitals(text.str.replace_many(self._charset.replace) if self._charset.replace else text)

    def words(self, text: pl.Expr) -> pl.Expr:
        """A column of other texts as it is sent, without blanks around them; null is empty."""
        text, other = self.ids(text), self._charset.others_in_texts
        return (text if other is None else text.str.replace_all(self._not_allowed, other)).str.strip_chars()

    def as_it_came(self, text: pl.Expr) -> pl.Expr:
        """A column without anything replaced, to be compared with what is sent; case and outer blanks don't count."""
        return self._in_capitals(text.fill_null("")).str.strip_chars()

    def _in_capitals(self, text: pl.Expr) -> pl.Expr:
        return text.str.to_uppercase() if self._charset.upper_case else text

    def unsendable(self, sent: pl.Expr) -> pl.Expr:
        """The first character of a column that cannot be sent; null where all can."""
        return sent.str.extract(f"({self._not_allowed})")

    def constant(self, text: str) -> str:
        """A constant as it is sent.

        Raises:
            FeedError: it holds a character that cannot be sent.
        """
        text = "".join(self._charset.replace.get(character, character) for character in text)
        text = text.upper() if self._charset.upper_case else text
        if found := re.search(self._not_allowed, text):
            raise FeedError(f"{text!r} holds {found[0]!r}, which cannot be sent; see [format.charset] replace")
        return text

    def elements(self, *elements: Piece) -> list[Part]:
        """Elements with separators between them; empty ones at the end are dropped."""
        filled = list(elements)
        while filled and isinstance(filled[-1], str) and not filled[-1]:
            filled.pop()
        parts: list[Part] = [part for element in filled for part in (self.element, element)]
        return merged(parts[1:])

    def segment(self, *elements: Piece) -> list[Part]:
        """A whole segment; empty elements at its end are dropped."""
        return [*self.elements(*elements), self.end]


class SegmentFile(io.BufferedIOBase):
    """Writes segments.

    Attributes:
        between: does one step of its own wherever a mark stands in what is written; the mark is left out.
    """

    def __init__(self, file: io.BufferedIOBase, syntax: Syntax) -> None:
        self._file = file
        self._syntax = syntax
        self.between: Iterator[None] = iter(())

    def writable(self) -> bool:
        """Yes: it is for writing alone."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes that hold whole or partial segments, and marks."""
        text, start = bytes(data), 0
        while (end := text.find(MARK, start)) >= 0:
            self._file.write(memoryview(text)[start:end])
            next(self.between)
            start = end + 1
        self._file.write(memoryview(text)[start:])
        return len(text)

    def segments(self, segments: Iterable[tuple[str, ...]]) -> None:
        """Write segments of constant elements."""
        for elements in segments:
            self.write(self._text(elements).encode())

    def last(self, elements: tuple[str, ...]) -> None:
        """Write the segment that ends the file."""
        marks = self._syntax.separators
        text = self._text(elements)
        self.write((text if marks.last_line_break else text.removesuffix(marks.line_break)).encode())

    def _text(self, elements: tuple[str, ...]) -> str:
        return "".join(map(str, self._syntax.segment(*elements)))
