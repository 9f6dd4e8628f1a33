"""Snapshots as Excel workbooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from formats.cells import BLANKS
from formats.errors import FileRefused
from formats.snapshot.archive import check_workbook
from formats.snapshot.gathered import Gathered
from formats.snapshot.table_snapshot import TableSnapshot
from formats.table import Table

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

#: From here on a spreadsheet has rounded whole numbers.
_ROUNDED = 10**15


class XlsxSnapshot(TableSnapshot):
    """A source that writes its snapshots as Excel workbooks.

    A code that a cell holds as a number is the number without leading zeros, and noted. Formulas count with the result
    that was saved.
    """

    format: Literal["xlsx"] = Field(default="xlsx", description="An Excel workbook.")
    sheet: Annotated[str, Field(min_length=1)] | Annotated[int, Field(ge=1)] = Field(
        default=1, description="The name of the sheet, or its number, counted from 1."
    )
    header_row: int = Field(default=1, ge=1, description="The row that holds the headers; the rows above are not read.")

    @contextmanager
    def opened(self, path: Path) -> Iterator[Table]:
        """Opens a file as a table.

        Raises:
            FileRefused: it is no workbook, is damaged, or has no such sheet or row.
        """
        from python_calamine import CalamineError, CalamineWorkbook

        check_workbook(path)
        with TemporaryDirectory(prefix="tallyfeed-") as folder:
            try:
                with CalamineWorkbook.from_path(path) as workbook:
                    rows, remarks = self._rows(
                        path, workbook.get_sheet_by_name(self._name(path, workbook)), Path(folder)
                    )
            except CalamineError as error:
                raise FileRefused(path, f"it is no Excel workbook, or damaged: {error}") from None
            yield rows.table(remarks)

    def _name(self, path: Path, workbook: Any) -> str:
        names: list[str] = workbook.sheet_names
        if isinstance(self.sheet, int) and self.sheet <= len(names):
            return names[self.sheet - 1]
        if self.sheet in names:
            return str(self.sheet)
        raise FileRefused(path, f"it has no sheet {self.sheet!r}; it has: {', '.join(names)}")

    def _rows(self, path: Path, sheet: CalamineSheet, folder: Path) -> tuple[Gathered, list[str]]:
        sheet_rows = enumerate(sheet.iter_rows(), 1) if sheet.start else iter(())
        header = next((row for number, row in sheet_rows if number == self.header_row), None)
        if header is None or not any(map(_text, header)):
            raise FileRefused(path, f"sheet {sheet.name!r} has no headers in row {self.header_row}; set header_row")
        rows = Gathered(path, folder, [_text(cell).strip(BLANKS) for cell in header])
        codes = self._codes(rows.header)
        numbers = dict.fromkeys(codes.values(), 0)
        for number, row in sheet_rows:
            texts = [_text(cell) for cell in row]
            if any(texts):
                rows.add(f"row {number}", texts)
            for index, name in codes.items():
                numbers[name] += isinstance(row[index], float)
        found = ((name, count) for name, count in numbers.items() if count)
        return rows, [
            f'column "{name}": codes that are numbers in the sheet, without leading zeros: {n}' for name, n in found
        ]

    def _codes(self, header: Sequence[str]) -> dict[int, str]:
        """The columns that hold codes."""
        headers = self.choices()
        names = {name for part in ("sku", "warehouse") for name in headers.get(part, ())}
        return {index: name for index, name in enumerate(header) if name in names}


def _text(cell: Any) -> str:
    """A cell as it would be written: whole numbers without a point, dates by ISO 8601."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _ROUNDED:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell)
