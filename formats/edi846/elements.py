"""What a text must be like to be an element of a segment: by the data element dictionary of the release."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from formats.feed.errors import FeedError
from formats.feed.writable import Check
from formats.x12.releases import Element
from formats.x12.syntax import Syntax


def constant(segment: str, position: int, text: str, syntax: Syntax) -> str:
    """The constant value of an element as it is sent.

    Raises:
        FeedError: it cannot be sent, or the standard does not allow it there.
    """
    rule, sent = rule_of(segment, position, syntax), syntax.constant(text)
    if sent and not rule.fits(sent):
        no_day = ", which is no day of the calendar" if rule.kind == "DT" and sent.isdecimal() else ""
        raise FeedError(f"{segment}{position:02d} takes {rule}, not {sent!r}{no_day}")
    return sent


def sendable(column: str, sent: pl.Expr, syntax: Syntax) -> Check:
    """The rule that a column holds no separator and nothing outside the charset."""
    found = syntax.unsendable(sent)
    reason = pl.format('holds "{}", which cannot be sent; see [format.charset] replace', found)
    return Check(column, found.is_not_null(), reason)


def rule_of(segment: str, position: int, syntax: Syntax) -> Element:
    """What the release says about an element (FeedError where it has none)."""
    rule = syntax.release.element(segment, position)
    if rule is None:
        raise FeedError(f"{segment}{position:02d} is not in the standard")
    return rule


def misfits(rule: Element, sent: pl.Expr, name: str) -> Iterator[tuple[pl.Expr, str]]:
    """What makes a text unfit for an element, and why; an empty text is none."""
    there = sent != ""
    if rule.kind in ("AN", "ID"):
        length = sent.str.len_chars()
        yield length > rule.longest, f"is longer than the {rule.longest} characters of {name}"
        yield there & (length < rule.shortest), f"is shorter than the {rule.shortest} characters of {name}"
        yield there & ~sent.str.contains(rule.pattern), f"has a blank where {name} may not have one"
        return
    length = sent.str.replace_all("[-.]", "").str.len_chars()
    fits = sent.str.contains(rule.pattern) & length.is_between(rule.shortest, rule.longest)
    digits = sent.str.contains("^[0-9]+$") & length.is_between(rule.shortest, rule.longest)
    if rule.kind == "DT":
        fits &= sent.str.to_date(rule.day, strict=False).is_not_null()
    impossible = {"DT": f"is no day of the calendar, as {name} must be", "TM": f"is no time of day, as {name} must be"}
    if rule.kind in impossible:
        yield digits & ~fits, impossible[rule.kind]
        fits |= digits
    yield there & ~fits, f"is no value for {name}, which takes {rule}"


def no_period(sent: pl.Expr, form: str) -> pl.Expr:
    """Whether a text in the form D8 (a day) or RD8 (from one day to another) names what no calendar has."""
    days = sent.str.split("-").list.eval(pl.element().str.to_date("%Y%m%d", strict=False).is_not_null())
    shape = {"D8": "^[0-9]{8}$", "RD8": "^[0-9]{8}-[0-9]{8}$"}[form]
    return (sent != "") & ~(sent.str.contains(shape) & days.list.all())
