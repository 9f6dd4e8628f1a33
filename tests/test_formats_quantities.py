"""Text to whole quantities."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.snapshot.quantities import DecimalMark, Quantities, ThousandsMark, plain_quantity
from mappings.model import MAX_QUANTITY

MARKS: list[tuple[DecimalMark, ThousandsMark]] = [
    (".", ""),
    (",", ""),
    (".", ","),
    (",", "."),
    (",", " "),
    (".", "'"),
]


def values(quantities: Quantities, *texts: str | None, round_up: bool = False) -> list[int | None]:
    rows = pl.LazyFrame({"q": texts}, schema={"q": pl.String})
    return quantities.read(rows, "q", round_up=round_up).collect()["q"].to_list()


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "units"),
    [
        (".", "", "12", 12),
        (".", "", "12.7", 12),
        (".", "", "-12.7", -13),
        (".", "", "-0.2", -1),
        (".", "", "12.000", 12),
        (".", "", "1,234", None),
        (".", ",", "1,234", 1_234),
        (".", ",", "1,234,567.8", 1_234_567),
        (".", ",", "1234", 1_234),
        (".", ",", "1,23", None),
        (".", ",", "1,2345", None),
        (".", ",", ",123", None),
        (",", ".", "1.234", 1_234),
        (",", ".", "1.234,9", 1_234),
        (",", ".", "1,5", 1),
        (",", "", "1.5", None),
        (",", " ", "1 234,5", 1_234),
        (",", " ", "1\u00a0234", 1_234),
        (",", " ", "1\u202f234", 1_234),
        (".", "'", "1'234", 1_234),
        (".", "'", "1\u2019234", 1_234),
    ],
)
def test_marks_mean_what_the_settings_say(
    decimal: DecimalMark, thousands: ThousandsMark, text: str, units: int | None
) -> None:
    assert values(Quantities(decimal, thousands), text) == [units]


def test_what_will_be_subtracted_rounds_up() -> None:
    assert values(Quantities(), "1.2", "-1.2", "1.0", "3", round_up=True) == [2, -1, 1, 3]


def test_a_fraction_is_marked_unless_it_is_zero() -> None:
    rows = pl.LazyFrame({"q": ["1.5", "1.0", "1", "x", None, ".5"]})
    found = Quantities().read(rows, "q").collect()["q:rounded"].to_list()
    assert found == [True, False, False, False, False, True]


def test_words_come_before_digits() -> None:
    assert values(Quantities(words={"999": 5, "": 0, "Out": 0}), "999", None, " Out ", "out", "7") == [5, 0, 0, None, 7]


def test_leading_zeros_are_no_digits_too_many() -> None:
    assert values(Quantities(), "0" * 30 + "7") == [7]


def naive(text: str, decimal: str, thousands: str) -> int | None:
    """One character at a time, after the marks have been brought to a common form."""
    text = text.strip(" \t\u00a0")
    sign, text = (text[0], text[1:]) if text[:1] in {"+", "-"} else ("", text)
    whole, mark, fraction = text.partition(decimal)
    if thousands:
        whole = whole.replace("\u00a0", " ") if thousands == " " else whole
        groups = whole.split(thousands)
        if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
            return None
        whole = "".join(groups)
    if not (whole or (mark and fraction)) or not re.fullmatch("[0-9]*", whole + fraction):
        return None
    value = Fraction(int(whole or "0")) + Fraction(int(fraction or "0"), 10 ** len(fraction))
    return math.floor(-value if sign == "-" else value)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(MARKS),
    st.lists(st.text(st.sampled_from(list("0123456789.,-+' e\u00a0１")), max_size=8), min_size=1, max_size=30),
)
def test_any_text_is_read_as_a_naive_reader_reads_it_and_a_reason_is_given_where_it_is_not(
    marks: tuple[DecimalMark, ThousandsMark], texts: list[str]
) -> None:
    quantities = Quantities(*marks)
    assert values(quantities, *texts) == [naive(text, *marks) for text in texts]
    assert [quantities.why_not(text) is None for text in texts] == [naive(text, *marks) is not None for text in texts]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from(list("0123456789.,-+ eE_xN１")), max_size=15), min_size=1, max_size=30))
def test_the_quick_reading_never_differs_from_the_careful_one(texts: list[str]) -> None:
    quick = pl.DataFrame({"q": texts}).select(plain_quantity("q"))["q"].to_list()
    careful = values(Quantities(), *texts)
    assert [(text, q) for text, q, c in zip(texts, quick, careful, strict=True) if q is not None and q != c] == []


def test_the_largest_quantity_is_the_limit_of_both_readings() -> None:
    texts = [str(MAX_QUANTITY), str(-MAX_QUANTITY), str(MAX_QUANTITY + 1), str(-MAX_QUANTITY - 1)]
    expected = [MAX_QUANTITY, -MAX_QUANTITY, None, None]
    assert values(Quantities(), *texts) == expected
    assert pl.DataFrame({"q": texts}).select(plain_quantity("q"))["q"].to_list() == expected
