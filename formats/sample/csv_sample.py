"""The layout of a delimited sample."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from formats.delimited.text import DELIMITERS
from formats.errors import FileRefused
from formats.sample.draft import Draft, shown, toml
from formats.sample.meaning import CODE, QUANTITY, STATUS, TOTAL, WAREHOUSE, is_whole, meaning, plain, status_words

_ROWS = 5000
_IN_PLACE = {TOTAL: QUANTITY, STATUS: "{warehouse_status}"}
_PACKED = re.compile(r"([^=:,;|]+)([=:])(\d+)(?:([,;|] ?)[^=:,;|]+\2\d+(?:\4[^=:,;|]+\2\d+)*)?")


@dataclass(frozen=True, slots=True)
class CsvSample:
    """A delimited file, taken apart.

    Attributes:
        encoding: of the file.
        before: the text before the header.
        delimiter: between cells.
        line_ending: after rows.
        quote: ``all`` or ``minimal``.
        header: the texts above the columns; None where the first row is a product already.
        columns: the cells below, column by column.
    """

    encoding: str
    before: str
    delimiter: str
    line_ending: str
    quote: str
    header: tuple[str, ...] | None
    columns: list[list[str]]

    @property
    def names(self) -> list[str]:
        """What the columns are called; by their number where they have no header."""
        return list(self.header) if self.header else [f"column {n}" for n in range(1, len(self.columns) + 1)]


def read_csv_sample(path: Path) -> CsvSample:
    """Takes a delimited file apart.

    Raises:
        FileRefused: no row of it has two cells.
    """
    encoding, text = decoded(path.read_bytes())
    line_ending = "\r\n" if "\r\n" in text else "\n"
    delimiter = max(DELIMITERS, key=lambda mark: _regular(text, mark))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[:_ROWS]
    width = max(
        Counter(len(row) for row in rows if row).items(), key=lambda found: (found[1], found[0]), default=(0, 0)
    )[0]
    before = list(takewhile(lambda row: len(row) != width, rows))
    table = [row for row in rows[len(before) :] if len(row) == width]
    if width < 2:
        raise FileRefused(path, "no delimiter was found in it: a sample needs two columns at least")
    head = any(cell and not is_whole(cell) for cell in table[0]) and not any(map(is_whole, table[0]))
    body = table[1:] if head else table
    first_lines = text.splitlines(keepends=True)[: len(before)]
    return CsvSample(
        encoding=encoding,
        before="".join(first_lines),
        delimiter=delimiter,
        line_ending=line_ending,
        quote="all" if _all_quoted(text.splitlines()[len(before)], delimiter) else "minimal",
        header=tuple(table[0]) if head else None,
        columns=[list(cells) for cells in zip(*body, strict=True)] if body else [[] for _ in range(width)],
    )


def draft_csv(sample: CsvSample) -> Draft:
    """The layout that would write a sample."""
    names, columns = sample.names, sample.columns
    texts = [meaning(name, values) for name, values in zip(names, columns, strict=True)]
    texts = _with_code_and_quantity([_once(text, texts[:n]) for n, text in enumerate(texts)], columns)
    shape, seen = "total", []
    lines: list[str] = []
    packed = packed_column(sample)
    group = None if packed is not None or WAREHOUSE in texts else warehouse_columns(names, columns, texts)
    if packed is not None:
        shape, texts[packed] = "packed", "{warehouses}"
        found = next(match for value in columns[packed] if (match := _PACKED.fullmatch(value)) and match[4])
        lines.append(f"packed = {toml({'text': WAREHOUSE + found[2] + QUANTITY, 'between': found[4]})}")
        seen.append(f'all warehouses are packed into "{names[packed]}"')
    elif WAREHOUSE in texts:
        shape, texts = "rows", [_IN_PLACE.get(text, text) for text in texts]
        seen.append(f'a row per product and warehouse: "{names[texts.index(WAREHOUSE)]}" names the warehouse')
    elif group:
        shape = "columns"
        seen.append(f"a column per warehouse: {', '.join(names[n] for n in group.places)}")
    cells = [
        f"    {toml({'header': name, 'value': text})},{shown(values)}"
        for n, (name, text, values) in enumerate(zip(names, texts, columns, strict=True))
        if not group or n not in group.places
    ]
    if group:
        cells.insert(group.places[0], f"    {toml({'header': group.header, 'value': QUANTITY})},")
    return Draft(".csv", [*_settings(sample, shape), *lines, "columns = [", *cells, "]", *_status(sample, texts)], seen)


@dataclass(frozen=True, slots=True)
class WarehouseColumns:
    """Columns that hold the quantity of one warehouse each: where they are, and how they are called."""

    places: list[int]
    header: str


def warehouse_columns(names: list[str], columns: list[list[str]], texts: list[str]) -> WarehouseColumns | None:
    """Neighbouring columns of quantities whose headers differ in one part, or which add up to the total."""
    whole = [n for n, values in enumerate(columns) if values and all(is_whole(value) for value in values if value)]
    others = [n for n in whole if texts[n] != CODE and plain(names[n]) not in ("upc", "ean", "gtin")]
    runs = [others[start:end] for start in range(len(others)) for end in range(start + 2, len(others) + 1)]
    for places in sorted(filter(_adjacent, runs), key=len, reverse=True):
        headers = [names[n] for n in places]
        prefix = _common(headers)
        suffix = _common([header[len(prefix) :][::-1] for header in headers])[::-1]
        if prefix or suffix:
            return WarehouseColumns(places, prefix + WAREHOUSE + suffix)
        if TOTAL in texts and texts.index(TOTAL) not in places and _adds_up(columns, texts.index(TOTAL), places):
            return WarehouseColumns(places, WAREHOUSE)
    return None


def _common(texts: list[str]) -> str:
    """What all texts begin with, up to a mark or a blank."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return re.sub(r"[0-9A-Za-z]*$", "", "".join(letters[0] for letters in same))


def _adjacent(places: list[int]) -> bool:
    return places == list(range(places[0], places[0] + len(places)))


def _adds_up(columns: list[list[str]], total: int, places: list[int]) -> bool:
    return all(
        int(columns[total][row] or 0) == sum(int(columns[n][row] or 0) for n in places)
        for row in range(len(columns[total]))
    )


def _with_code_and_quantity(texts: list[str], columns: list[list[str]]) -> list[str]:
    """Where no name tells: the first column whose texts are all there is the code, the last of numbers the quantity."""
    found = list(texts)
    if CODE not in found:
        unknown = [n for n, text in enumerate(found) if text.startswith("{detail:") and all(columns[n])]
        found[unknown[0] if unknown else 0] = CODE
    whole = [n for n, values in enumerate(columns) if found[n].startswith("{detail:") and all(map(is_whole, values))]
    if TOTAL not in found and whole:
        found[whole[-1]] = TOTAL
    return found


def _once(text: str, before: list[str]) -> str:
    """A second column of the same meaning is a guess too many."""
    return "" if text in (CODE, TOTAL, WAREHOUSE, STATUS) and text in before else text


def packed_column(sample: CsvSample) -> int | None:
    """The column whose cells list warehouses with their quantities."""
    return next((n for n, values in enumerate(sample.columns) if _is_packed(values)), None)


def _is_packed(values: list[str]) -> bool:
    found = [_PACKED.fullmatch(value) for value in values if value]
    return bool(found) and all(found) and any(match and match[4] for match in found)


def _settings(sample: CsvSample, shape: str) -> list[str]:
    lines = ['type = "csv"', f"warehouses = {toml(shape)}"]
    told = {
        "before": (sample.before, ""),
        "header": (sample.header is not None, True),
        "delimiter": (sample.delimiter, ","),
        "quote": (sample.quote, "minimal"),
        "line_ending": (sample.line_ending, "\n"),
        "encoding": (sample.encoding, "utf-8"),
    }
    return lines + [f"{key} = {toml(value)}" for key, (value, default) in told.items() if value != default]


def _status(sample: CsvSample, texts: list[str]) -> list[str]:
    place = next((n for n, text in enumerate(texts) if text in (STATUS, _IN_PLACE[STATUS])), None)
    if place is None:
        return []
    quantity = next((n for n, text in enumerate(texts) if text in (TOTAL, QUANTITY)), None)
    said = sample.columns[place]
    words = (
        status_words(said, sample.columns[quantity]) if quantity is not None else {"active": said[0] if said else ""}
    )
    return [f"status = {toml(words)}   # add discontinued and gone, if it has words for them"]


def decoded(data: bytes) -> tuple[str, str]:
    """The encoding of a text, and the text."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return encoding, data.decode(encoding)
    try:
        return "utf-8", data.decode()
    except UnicodeDecodeError:
        return "cp1252", data.decode("cp1252", "replace")


def _regular(text: str, delimiter: str) -> tuple[int, int]:
    """How many of the first rows have the same number of cells, above one, and how many cells."""
    rows = list(csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=delimiter))
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    return times, width


def _all_quoted(line: str, delimiter: str) -> bool:
    return all(cell.startswith('"') for cell in line.split(f"{delimiter}")) if '"' in line else False
