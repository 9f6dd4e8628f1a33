"""Codes that a spreadsheet or a converter has taken for numbers: what they may have been, and what is made of that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from mappings.model import empty

col = pl.col

Policy = Literal["report", "repair"]

DOUBTS_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
    "place": pl.String(),
}

_NUMBER = r"^[0-9]+(?:\.[0-9]+)?$"
_E_NOTATION = r"^[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+$"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE = (
    rf"^(?:[0-9]{{1,2}}-{_MONTH}(?:-[0-9]{{2,4}})?|{_MONTH}-[0-9]{{2,4}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T00:00:00)$"
)
_ADDED_POINT = r"^[0-9]+\.0+$"

#: Lengths of GTINs, where a known code of that length is expected to have a right check digit: UPC, EAN, GTIN-14.
_GTINS = (12, 13, 14)
_GTIN = "^(?:[0-9]{12}|[0-9]{13}|[0-9]{14})$"


def nothing_known() -> pl.Series:
    """The codes that are known before the first file."""
    return pl.Series("sku", [], pl.String)


@dataclass(frozen=True, slots=True)
class Codes:
    """What was found out about the SKUs of a file.

    Attributes:
        reasons: for each that looks damaged, what is wrong with it, as the end of a sentence that begins with it.
        repaired: for each that is read as another, that other.
    """

    reasons: dict[str, str] = field(default_factory=dict)
    repaired: dict[str, str] = field(default_factory=dict)

    def mend(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with a column ``sku``, in which the repaired codes stand for those that were read."""
        return frame.with_columns(col("sku").replace(self.repaired)) if self.repaired else frame

    def notes(self) -> Iterator[str]:
        """How many there are, with the first of them."""
        left = [sku for sku in self.reasons if sku not in self.repaired]
        pairs = [f"{old} read as {new}" for old, new in self.repaired.items()]
        for found, what in ((left, "SKUs that a spreadsheet may have changed"), (pairs, "SKUs repaired")):
            if found:
                yield f"{what}: {len(found)} ({', '.join(found[:5])}{', …' if len(found) > 5 else ''})"


def looked_at(skus: pl.Series, known: Callable[[], pl.Series], policy: Policy) -> Codes:
    """Looks at the SKUs of a file.

    Args:
        skus: all of them, unique.
        known: gives the codes known before, of levels and products; called only if a SKU looks like a number.
        policy: ``repair``: a SKU is read as the one known code that it can have been, unless that is in the file too.
            One of 12 to 14 digits must have a right check digit.
    """
    shaped = skus.filter(skus.str.contains(f"{_NUMBER}|{_E_NOTATION}|{_DATE}"))
    if shaped.is_empty():
        return Codes()
    before = known().unique()
    unknown = shaped.filter(~shaped.is_in(before.implode())).sort()
    reasons, meant = _by_shape(skus, unknown), _meant(unknown, before)
    present = set(skus.filter(skus.is_in([code for codes in meant.values() for code in codes])))
    wanted = [code for codes in meant.values() for code in codes]
    repaired: dict[str, str] = {}
    for sku, codes in meant.items():
        first = codes[0]
        if len(codes) > 1:
            reasons[sku] = f"may have been {' or '.join(codes[:3])}, which are known; correct it where it comes from"
        elif first in present or wanted.count(first) > 1:
            reasons[sku] = f"may have been {first}, which the file has too; correct it where it comes from"
        elif len(first) in _GTINS and first.isdigit() and not has_check_digit(first):
            reasons[sku] = f"may have been {first}, which has a wrong check digit; correct it where it comes from"
        elif policy == "repair":
            repaired[sku] = first
            reasons[sku] = f"was read as {first}, the only known code that it can have been"
        else:
            reasons[sku] = f'may have been {first}, which is known; codes = "repair" would read it so'
    return Codes(reasons, repaired)


def doubts(rows: pl.LazyFrame, codes: Codes, *, header: str, place: pl.Expr, most: int = 100_000) -> pl.DataFrame:
    """The rows with such codes, in order (``DOUBTS_SCHEMA``).

    Args:
        rows: numbered, with the code in ``sku``.
        codes: what was found out.
        header: of the column.
        place: see :meth:`formats.table.Table.place`.
        most: rows that are told.
    """
    if not codes.reasons:
        return empty(DOUBTS_SCHEMA)
    found = rows.filter(col("sku").is_in(list(codes.reasons))).head(most)
    reason = col("sku").replace_strict(codes.reasons, return_dtype=pl.String)
    return found.select("row", column=pl.lit(header), value="sku", reason=reason, place=place).collect().sort("row")


def has_check_digit(code: str) -> bool:
    """Whether the last digit of a GTIN is right: all digits, times 3 and 1 in turn from the right, end in 0."""
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(code))) % 10 == 0


def check_digit(code: str) -> str:
    """The check digit that belongs behind these digits."""
    return next(digit for digit in "0123456789" if has_check_digit(code + digit))


def _by_shape(skus: pl.Series, unknown: pl.Series) -> dict[str, str]:
    """What unknown SKUs look like by themselves."""
    reasons = dict.fromkeys(unknown.filter(unknown.str.contains(_E_NOTATION)), "looks like a number that was shortened")
    reasons |= dict.fromkeys(unknown.filter(unknown.str.contains(_DATE)), "looks like a code taken for a date")
    if not skus.str.contains(r"\.[0-9]*[1-9]").any():
        reasons |= dict.fromkeys(unknown.filter(unknown.str.contains(_ADDED_POINT)), "has a point that a code lacks")
    gtins = skus.filter(skus.str.contains(_GTIN))
    if gtins.len() < 3 or gtins.filter(_have_check_digit(gtins)).len() < 0.7 * gtins.len():
        return reasons
    wrong = unknown.filter(unknown.str.contains(_GTIN) & ~_have_check_digit(unknown))
    reasons |= dict.fromkeys(wrong, "has a wrong check digit, unlike the others")
    short = unknown.filter(unknown.str.contains("^[0-9]{9,11}$") & _have_check_digit(unknown))
    return reasons | {code: f"has lost zeros: as UPC it would be {code.zfill(12)}" for code in short}


def _have_check_digit(codes: pl.Series) -> pl.Series:
    """Of which codes the last digit is right; null for those that aren't digits."""
    code = col("code").str.zfill(14)
    weighted = (code.str.slice(at, 1).cast(pl.Int32, strict=False) * (1 if at % 2 else 3) for at in range(14))
    return pl.DataFrame({"code": codes}).select(right=pl.sum_horizontal(*weighted, ignore_nulls=False) % 10 == 0)[
        "right"
    ]


def _meant(unknown: pl.Series, known: pl.Series) -> dict[str, list[str]]:
    """The known codes that each unknown SKU can have been."""
    found: dict[str, list[str]] = defaultdict(list)
    numbers = known.filter(known.str.contains(_NUMBER))
    plain = pl.DataFrame({"sku": unknown.filter(unknown.str.contains(_NUMBER))}).with_columns(value=_value("sku"))
    codes = pl.DataFrame({"code": numbers}).with_columns(value=_value("code"))
    by_value = plain.join(codes, on="value").filter(col("sku") != col("code"))
    for sku, code in by_value.select("sku", "code").sort("sku", "code").iter_rows():
        found[sku].append(code)
    digits = set(numbers.filter(numbers.str.contains(_GTIN)))
    for sku in plain.filter(col("sku").str.contains("^[0-9]{11,13}$"))["sku"]:
        if (whole := sku + check_digit(sku)) in digits and whole not in found[sku]:
            found[sku].append(whole)
    for sku, several in _expanded(unknown.filter(unknown.str.contains(_E_NOTATION)), numbers):
        found[sku] += several
    return {sku: several for sku, several in found.items() if several}


def _value(name: str) -> pl.Expr:
    """A number without the zeros that don't count."""
    return col(name).str.replace(r"(\.[0-9]*?)0+$", "$1").str.strip_suffix(".").str.strip_chars_start("0")


def _expanded(shortened: pl.Series, numbers: pl.Series) -> Iterator[tuple[str, Sequence[str]]]:
    """The known numbers that are written so when they are shortened."""
    whole = numbers.filter(numbers.str.contains("^[0-9]+$")) if shortened.len() else numbers.clear()
    for code in shortened:
        mantissa, _, exponent = code.upper().replace(",", ".").partition("E")
        places = len(mantissa.partition(".")[2])
        same_size = whole.filter(whole.str.strip_chars_start("0").str.len_chars() == int(exponent) + 1)
        wanted = f"{mantissa}E+{int(exponent):02d}"
        yield code, sorted(number for number in same_size if f"{int(number):.{places}E}" == wanted)
