"""Text to moments."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from formats.snapshot.as_of import FileName, moment, moments
from mappings.model import INSTANT

NEW_YORK = ZoneInfo("America/New_York")


at = partial(datetime, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-08-08 00:00:00", at(2014, 8, 8, 4)),
        ("2014-08-08T00:00:00", at(2014, 8, 8, 4)),
        ("2014-01-08T00:00", at(2014, 1, 8, 5)),
        ("2014-08-08", at(2014, 8, 8, 4)),
        ("20140808", at(2014, 8, 8, 4)),
        ("20140808T101112", at(2014, 8, 8, 14, 11, 12)),
        ("2014-08-08T10:11:12.25", at(2014, 8, 8, 14, 11, 12, 250_000)),
        ("2014-08-08T10:11:12.123456789", at(2014, 8, 8, 14, 11, 12, 123_456)),
        ("2014-08-08T00:00:00Z", at(2014, 8, 8)),
        ("2014-08-08 00:00Z", at(2014, 8, 8)),
        ("2014-08-08T00:00:00+02:00", at(2014, 8, 7, 22)),
        ("2014-08-08 00:00:00 -0500", at(2014, 8, 8, 5)),
        ("2014-08-08T00:00:00.5+02", at(2014, 8, 7, 22, 0, 0, 500_000)),
        ("  2014-08-08\u00a0", at(2014, 8, 8, 4)),
    ],
)
def test_iso_8601_is_understood(text: str, expected: datetime) -> None:
    assert moment(text, form=None, timezone=NEW_YORK) == expected


@pytest.mark.parametrize(
    "text", ["", "x", "8/8/2014", "01-02-20", "2014-02-30", "2014-8-8", "2014-08-08T25:00", "2014-08-08Z", "1407456000"]
)
def test_anything_else_is_not(text: str) -> None:
    assert moment(text, form=None, timezone=NEW_YORK) is None


def test_an_hour_that_a_clock_change_repeats_is_taken_the_first_time() -> None:
    assert moment("2014-11-02 01:30", form=None, timezone=NEW_YORK) == at(2014, 11, 2, 5, 30)


def test_an_hour_that_a_clock_change_leaves_out_is_no_moment() -> None:
    assert moment("2014-03-09 02:30", form=None, timezone=NEW_YORK) is None


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%m/%d/%Y", "8/1/2014", at(2014, 8, 1, 4)),
        ("%d.%m.%Y %H:%M", "01.08.2014 10:00", at(2014, 8, 1, 14)),
        ("%Y-%m-%dT%H:%M:%S%z", "2014-08-01T00:00:00+0200", at(2014, 7, 31, 22)),
        ("%s", "1407456000", at(2014, 8, 8)),
        ("%Y%m%d%H%M", "201408010203", at(2014, 8, 1, 6, 3)),
    ],
)
def test_other_forms_are_named(form: str, text: str, expected: datetime) -> None:
    assert moment(text, form=form, timezone=NEW_YORK) == expected


@settings(max_examples=200, deadline=None)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1), timezones=st.timezones()))
def test_every_moment_that_python_writes_is_read_back(written: datetime) -> None:
    offset = written.utcoffset()
    if offset is not None and offset.seconds % 60:
        return  # an offset with seconds is no ISO 8601
    assert moment(written.isoformat(), form=None, timezone=NEW_YORK) == written.astimezone(UTC)


def test_a_column_of_moments_is_utc_to_the_microsecond() -> None:
    read = pl.DataFrame({"t": ["2014-08-08", None]}).select(moments("t", form=None, timezone=NEW_YORK).alias("t"))
    assert (read["t"].to_list(), read["t"].dtype) == ([at(2014, 8, 8, 4), None], INSTANT)


def test_a_pattern_finds_its_group_in_the_name() -> None:
    pattern = FileName(file_name=r"stock_(\d{8})")
    assert (pattern.text("acme_stock_20140808.csv"), pattern.text("acme.csv")) == ("20140808", None)


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(", "is not a regular expression: missing ), unterminated subpattern at position 0"),
        ("(a)(b)", "needs one group, in parentheses, around what the name tells"),
    ],
)
def test_a_pattern_must_be_one(pattern: str, complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FileName(file_name=pattern)
    assert caught.value.errors()[0]["msg"] == f"Value error, {complaint}"
