"""The bytes of a CSV file: what the frame engine would make of them without a word, and what we do."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook
from snapshot_reading import levels, problems, read, refused

from formats.delimited.careful import proven
from formats.delimited.text import CsvText, opened
from formats.errors import FileRefused

ROWS = "Item,Loc,Avail\nA,E,1\n"


def alone(content: bytes) -> list[tuple[str | None, ...]]:
    """What the frame engine alone reads."""
    return pl.read_csv(content, infer_schema=False).rows()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"") == "stock.csv: the file is empty; it should have a header line and rows"


def test_an_archive_is_refused_where_none_is_unpacked(tmp_path: Path) -> None:
    content = gzip.compress(ROWS.encode())
    (tmp_path / "stock.csv").write_bytes(content)
    assert alone(content) == [("A", "E", "1")]

    with pytest.raises(FileRefused) as caught, opened(tmp_path / "stock.csv", expected=()):
        pass

    assert str(caught.value) == "stock.csv: it is a gzip archive, whatever its name says; have it sent as CSV"


def test_a_workbook_is_refused(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "made.xlsx")

    expected = "stock.csv: it is a ZIP archive or an Excel workbook, whatever its name says; have it sent as CSV"
    assert refused(tmp_path, (tmp_path / "made.xlsx").read_bytes()) == expected


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert pl.read_csv(b"Item,Loc,Avail\n").height == 0
    assert refused(tmp_path, "Item,Loc,Avail\n") == "stock.csv: there is no row below the header"


def test_a_header_with_blank_lines_below_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "Item,Loc,Avail\n\n,,\n  \n") == "stock.csv: there is no row below the header"


def test_a_blank_first_line_is_refused(tmp_path: Path) -> None:
    expected = "stock.csv: its first line is no header; that line should name the columns"
    assert refused(tmp_path, "\n" + ROWS) == expected


def test_a_missing_column_is_refused_with_what_there_is(tmp_path: Path) -> None:
    expected = 'stock.csv: column "Avail" not found; the file has: Item, Loc, QOH'
    assert refused(tmp_path, "Item,Loc,QOH\nA,E,1\n") == expected


def test_a_header_that_occurs_twice_is_refused_if_it_is_read(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,Avail\nA,E,1,2\n"
    assert pl.read_csv(content.encode()).columns == ["Item", "Loc", "Avail", "Avail_duplicated_0"]
    assert refused(tmp_path, content) == 'stock.csv: 2 columns are called "Avail"; rename all but one'


def test_headers_that_occur_twice_do_not_matter_if_they_are_not_read(tmp_path: Path) -> None:
    assert levels(read(tmp_path, "Item,Loc,Avail,,\nA,E,1,x,\n")) == {("A", "E"): 1}


def test_blanks_around_headers_do_not_matter(tmp_path: Path) -> None:
    assert levels(read(tmp_path, " Item ,Loc,\tAvail\nA,E,1\n")) == {("A", "E"): 1}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_headers(tmp_path: Path, delimiter: str) -> None:
    content = ROWS.replace(",", delimiter).replace("Loc", '"Loc"')
    assert levels(read(tmp_path, content)) == {("A", "E"): 1}


def test_the_delimiter_is_the_one_that_finds_the_headers_and_not_the_most_frequent_one(tmp_path: Path) -> None:
    content = "Item;Loc;Avail;a,b,c,d,e\nA;E;1;x\n"
    assert levels(read(tmp_path, content)) == {("A", "E"): 1}


def test_another_delimiter_must_be_named(tmp_path: Path) -> None:
    content = ROWS.replace(",", "~")
    assert alone(content.encode()) == [("A~E~1",)]
    expected = (
        'stock.csv: column "Item" not found; with "," as delimiter the file has one column only: "Item~Loc~Avail"'
    )
    assert refused(tmp_path, content) == expected
    assert levels(read(tmp_path, content, delimiter="~")) == {("A", "E"): 1}


def test_the_wrong_delimiter_is_refused(tmp_path: Path) -> None:
    expected = (
        'stock.csv: column "Item" not found; with ";" as delimiter the file has one column only: "Item,Loc,Avail"'
    )
    assert refused(tmp_path, ROWS, delimiter=";") == expected


@pytest.mark.parametrize(
    ("encoding", "found"), [("utf-8", ()), ("utf-8-sig", ()), ("utf-16", ("encoding utf-16",))], ids=str
)
def test_utf_8_and_marked_utf_16_are_recognised(tmp_path: Path, encoding: str, found: tuple[str, ...]) -> None:
    said = read(tmp_path, "Item,Loc,Avail\nÄ,Köln,1\n".encode(encoding))
    assert (levels(said), said.notes) == ({("Ä", "Köln"): 1}, found)


def test_big_endian_utf_16_is_recognised(tmp_path: Path) -> None:
    assert levels(read(tmp_path, codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be"))) == {("A", "E"): 1}


def test_a_mark_and_quotes_go_together(tmp_path: Path) -> None:
    assert levels(read(tmp_path, '"Item","Loc","Avail"\n"A","E","1"\n'.encode("utf-8-sig"))) == {("A", "E"): 1}


def test_utf_16_is_not_read_as_garbage(tmp_path: Path) -> None:
    content = ROWS.encode("utf-16-le")
    assert pl.read_csv(content, infer_schema=False, encoding="utf8-lossy").columns[0] == "I\0t\0e\0m\0"
    said = read(tmp_path, content)
    assert (levels(said), said.notes) == ({("A", "E"): 1}, ("encoding utf-16-le, found without a byte order mark",))
    assert levels(read(tmp_path, content, encoding="utf-16-le")) == {("A", "E"): 1}


def test_another_encoding_must_be_named(tmp_path: Path) -> None:
    content = "Item,Loc,Avail\nA,E,1\nÄ,E,2\n".encode("cp1252")
    assert pl.read_csv(content, infer_schema=False, encoding="utf8-lossy")["Item"].to_list() == ["A", "\ufffd"]
    expected = (
        'stock.csv: row 3, column "Item": "Ä" is not UTF-8, and read as cp1252 only by guess; '
        'set encoding = "cp1252" or encoding = "iso-8859-1" or encoding = "shift_jis"'
    )
    assert refused(tmp_path, content) == expected
    assert levels(read(tmp_path, content, encoding="cp1252")) == {("A", "E"): 1, ("Ä", "E"): 2}


@pytest.mark.parametrize(
    ("encoding", "note", "taken"),
    [
        ("cp1252", "\u201eÜ\u201c", "cp1252"),
        ("iso-8859-1", "Größe", "cp1252 (iso-8859-1 would fit too)"),
        ("iso-8859-1", "\x8d ", "iso-8859-1"),
        ("shift_jis", "在庫のマグ", "shift_jis"),
    ],
)
def test_an_encoding_is_guessed_where_nothing_that_is_read_depends_on_it(
    tmp_path: Path, encoding: str, note: str, taken: str
) -> None:
    said = read(tmp_path, f"Item,Loc,Avail,Note\nA,E,1,x\nB,E,2,{note}\n".encode(encoding))
    certain = "what is read of it is ASCII and the same in any; set encoding to be certain of the rest"
    assert levels(said) == {("A", "E"): 1, ("B", "E"): 2}
    assert said.notes == (f"encoding not UTF-8, taken for {taken}: {certain}",)


def test_bars_are_not_taken_for_delimiters_by_a_guess_that_may_be_shift_jis(tmp_path: Path) -> None:
    content = "Item|Loc|Avail|Note\nA|E|1|\u00fcA\n".encode("cp1252")
    assert levels(read(tmp_path, content)) == {("A", "E"): 1}
    doubtful = b"Item|Loc|Avail|Note\nA|E|1|\x83\x7c\n"
    assert "cells may begin elsewhere in shift_jis" in refused(tmp_path, doubtful)


def test_utf_8_that_is_damaged_is_not_taken_for_something_else(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,Note\nA,E,1,é\nB,E,1,".encode() + b"\xe9\n"
    expected = (
        r'stock.csv: line 3, cell 4: "\xe9" holds byte 0xE9, which is not UTF-8; '
        'set encoding to what the source writes, for example encoding = "cp1252"'
    )
    assert refused(tmp_path, content) == expected


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be", "gb18030"])
def test_byte_order_marks_of_every_kind_are_known(tmp_path: Path, encoding: str) -> None:
    said = read(tmp_path, ("\ufeffItem,Loc,Avail\nÄ,E,1\n").encode(encoding))
    assert (levels(said), said.notes) == ({("Ä", "E"): 1}, (f"encoding {encoding[:7].removesuffix('-')}",))


def test_a_web_page_is_refused_as_one(tmp_path: Path) -> None:
    expected = "stock.csv: it is a web page, perhaps an error of the server that it came from; fetch it again"
    assert refused(tmp_path, "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n") == expected


def test_a_character_cut_at_the_end_of_the_file_is_refused(tmp_path: Path) -> None:
    expected = (
        r'stock.csv: line 2, cell 3: "1\xc3" holds byte 0xC3, which is not UTF-8; '
        'set encoding to what the source writes, for example encoding = "cp1252"'
    )
    assert refused(tmp_path, "Item,Loc,Avail\nA,E,1é".encode()[:-1], final_newline=False) == expected


def test_characters_across_chunks_are_whole(tmp_path: Path) -> None:
    rows = "".join(f"{'é' * 31}{n},E,1\n" for n in range(40_000))
    assert read(tmp_path, "xItem,Loc,Avail\n"[1:] + rows).counts.rows == 40_000


def test_a_character_cut_at_the_end_of_a_chunk_is_refused_in_its_line(tmp_path: Path) -> None:
    start = b"Item,Loc,Avail\n" + b"A,E,1\n" * 170_000
    chunk = start + b"B" * ((1 << 20) - len(start) - 1) + b"\xc3"
    content = chunk + b",E,1\n" * (1 << 19)
    assert f'stock.csv: row 170002, column "Item": "{"B" * 9}' in refused(tmp_path, content)


def test_the_wrong_encoding_is_refused_where_it_shows(tmp_path: Path) -> None:
    expected = "stock.csv: byte 0xC4 is not ascii; set encoding to the one that the source writes"
    assert refused(tmp_path, "Item,Loc,Avail\nÄ,E,2\n".encode("cp1252"), encoding="ascii") == expected


def test_utf_16_that_lacks_its_mark_is_refused_if_the_mark_is_expected(tmp_path: Path) -> None:
    expected = "stock.csv: its start is not utf-16; set encoding to the one that the source writes"
    assert refused(tmp_path, ROWS.encode("utf-16-le"), encoding="utf-16") == expected


def test_a_nul_is_refused(tmp_path: Path) -> None:
    content = b"Item,Loc,Avail\nA,E,1\n\0\0\0\0"
    assert alone(content)[-1] == ("\0\0\0\0", None, None)
    expected = (
        r'stock.csv: line 3, cell 1: "\x00\x00\x00\x00" holds a NUL byte; the file was not written to its end, '
        'or is UTF-16 without a byte order mark (then set encoding = "utf-16-le")'
    )
    assert refused(tmp_path, content) == expected


def test_a_last_line_without_a_line_break_is_refused(tmp_path: Path) -> None:
    content = "Item,Loc,Avail\nA,E,123\nB,E,4"  # may have been 456
    assert alone(content.encode())[-1] == ("B", "E", "4")
    expected = (
        "stock.csv: the last line, 3, has no line break, so the file may be cut short; "
        "send it again, or set final_newline = false if this source never writes one"
    )
    assert refused(tmp_path, content) == expected
    assert levels(read(tmp_path, content, final_newline=False)) == {("A", "E"): 123, ("B", "E"): 4}


def test_carriage_returns_alone_are_refused(tmp_path: Path) -> None:
    assert alone(ROWS.replace("\n", "\r").encode()) == []
    expected = "stock.csv: its lines end in carriage returns alone; have it written with LF or CR LF"
    assert refused(tmp_path, ROWS.replace("\n", "\r")) == expected


def test_crlf_is_a_line_break(tmp_path: Path) -> None:
    assert levels(read(tmp_path, ROWS.replace("\n", "\r\n"))) == {("A", "E"): 1}


def test_blank_lines_are_ignored_and_counted_as_lines(tmp_path: Path) -> None:
    content = "Item,Loc,Avail\n\nA,E,1\n,,\n \t\nB,E,x\n\n"
    said = read(tmp_path, content, max_bad_rows="50%")
    assert (said.counts.rows, levels(said)) == (2, {("A", "E"): 1})
    assert problems(said) == [(6, "Avail", "x", "is not a whole number")]


def test_a_row_cut_short_is_bad_though_what_is_read_of_it_is_there(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,Note\nA,E,1,x\nB,E,2\n"
    assert alone(content.encode())[1] == ("B", "E", "2", None)
    said = read(tmp_path, content, max_bad_rows=1)
    assert (levels(said), said.untrusted) == ({("A", "E"): 1}, ("B",))
    assert problems(said) == [(3, None, None, "has 3 cells, the header has 4")]


def test_a_row_too_long_is_bad_though_the_frame_engine_drops_cells_in_silence(tmp_path: Path) -> None:
    content = "Item,Desc,Avail\nA,nut,1\nB,bolt,500,2\n"
    read_alone = pl.scan_csv(content.encode(), infer_schema=False).select("Item", "Avail").collect()
    assert read_alone.rows() == [("A", "1"), ("B", "500")]
    said = read(tmp_path, content, columns={"sku": "Item", "available": "Avail"}, max_bad_rows=1)
    assert levels(said) == {("A", "default"): 1}
    assert problems(said) == [(3, None, None, "has 4 cells, the header has 3")]


def test_a_short_row_and_a_long_one_do_not_make_up_for_each_other(tmp_path: Path) -> None:
    content = "Item,Loc,Avail,Note\nA,E,1,x\nB,E,2\nC,E,3,x,y\n"
    assert content.count(",") == 3 * content.count("\n")
    said = read(tmp_path, content, max_bad_rows=2)
    assert (levels(said), said.rejects["row"].to_list()) == ({("A", "E"): 1}, [3, 4])


def test_empty_cells_at_the_end_are_no_short_rows(tmp_path: Path) -> None:
    said = read(tmp_path, "Item,Loc,Avail,Note\nA,E,1,\nB,E,2,x\n")
    assert levels(said) == {("A", "E"): 1, ("B", "E"): 2}


def test_line_breaks_delimiters_and_quotes_live_in_quoted_cells(tmp_path: Path) -> None:
    content = 'Item,Desc,Loc,Avail\nA,"a 5"" pipe,\nblack",E,1\n"B,1",x,E,2\nC,y,E,x\n'
    said = read(tmp_path, content, max_bad_rows=1)
    assert levels(said) == {("A", "E"): 1, ("B,1", "E"): 2}
    assert problems(said) == [(4, "Avail", "x", "is not a whole number")]


def test_a_quote_within_an_unquoted_cell_is_a_character(tmp_path: Path) -> None:
    content = 'Item,Desc,Loc,Avail\nA,5" pipe,E,1\nB,x,E,2\n'
    with pytest.raises(pl.exceptions.ComputeError):
        alone(content.encode())
    assert levels(read(tmp_path, content)) == {("A", "E"): 1, ("B", "E"): 2}


def test_a_quote_within_a_cell_far_below_is_a_character_too(tmp_path: Path) -> None:
    rows = "".join(f"A{n},x,E,1\n" for n in range(2_000))
    said = read(tmp_path, "Item,Desc,Loc,Avail\n" + rows + 'B,5" pipe,E,1\n' + 'C,6" pipe,E,1\nD,x,E,1\n')
    assert (said.counts.skus, said.counts.bad_rows) == (2_003, 0)


@pytest.mark.parametrize("delimiter", [",", "|"])
def test_a_copy_of_the_whole_lines_changes_no_cell_and_no_number(tmp_path: Path, delimiter: str) -> None:
    content = '\ufeff"It,em",Loc,Avail\r\nA,"E,1",1\r\n\r\nB,2\r\n"C""","W",3\r\nD,"E,1",x\r\n'
    content = content.replace(",", delimiter)
    columns = {"sku": f"It{delimiter}em", "warehouse": "Loc", "available": "Avail"}
    said = read(tmp_path, content, columns=columns, max_bad_rows=2)
    assert levels(said) == {("A", f"E{delimiter}1"): 1, ('C"', "W"): 3}
    assert said.rejects.select("row", "cells").rows() == [(4, ["B", "2"]), (6, ["D", f"E{delimiter}1", "x"])]
    assert said.untrusted == ("B", "D")


def test_a_copy_of_records_changes_no_cell(tmp_path: Path) -> None:
    content = 'Item,Loc,Avail,Note\nA,E,1,x\nB,E,x,"\r"\nC,E,x,"a""b,\n"\nD,E\n'
    said = read(tmp_path, content, max_bad_rows=3)
    assert said.rejects["cells"].to_list() == [["B", "E", "x", "\r"], ["C", "E", "x", 'a"b,\n'], ["D", "E"]]


def test_a_stray_quote_makes_its_row_bad(tmp_path: Path) -> None:
    content = 'Item,Desc,Loc,Avail\nA,"5" pipe,E,1\nB,x,E,2\n'
    said = read(tmp_path, content, max_bad_rows=1)
    assert (levels(said), said.untrusted) == ({("B", "E"): 2}, ("A",))
    assert problems(said) == [(2, None, None, "has a quote or a carriage return in the middle of a cell")]
    assert said.rejects["cells"].to_list() == [["A", '"5" pipe', "E", "1"]]


UNBALANCED = (
    "stock.csv: row 2: a quote opens and does not close within the row; "
    "take it out, or write the quotes inside a quoted cell twice"
)


@pytest.mark.parametrize(
    "rows",
    ['A,"nut,E,1\nB,x,E,2\n', 'A,"nut,E,1\nB,"x",E,2\n', 'A,"nut,E,1\nB,x",E,2,2\n', 'A,nut,E,"1\n'],
    ids=["to the end", "to the next quote", "to a row of another length", "in the last line"],
)
def test_a_quote_that_swallows_lines_is_refused(tmp_path: Path, rows: str) -> None:
    assert refused(tmp_path, "Item,Desc,Loc,Avail\n" + rows, max_bad_rows="100%") == UNBALANCED


def test_a_carriage_return_in_a_cell_is_no_line_break(tmp_path: Path) -> None:
    content = 'Item,Desc,Loc,Avail\nA,"a\rb",E,1\nB,a\rb,E,2\n'
    assert levels(read(tmp_path, content)) == {("A", "E"): 1, ("B", "E"): 2}


@pytest.mark.parametrize("first", ["A,E,1", '"A\nA",E,1'], ids=["line by line", "record by record"])
def test_a_file_of_broken_rows_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setattr("formats.delimited.records.MOST_BROKEN_ROWS", 2)
    monkeypatch.setattr("formats.delimited.careful.MOST_BROKEN_ROWS", 2)
    expected = "stock.csv: more than 2 rows are not whole; the first: row 3 has 2 cells, the header has 3"
    content = f"Item,Loc,Avail\n{first}\nB,1\nC,1\nD,1\n"
    assert refused(tmp_path, content, max_bad_rows="100%") == expected


def careful(tmp_path: Path, content: str) -> CsvText:
    (tmp_path / "stock.csv").write_text(content, newline="")
    with opened(tmp_path / "stock.csv", expected=["a"]) as text:
        return proven(text)


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        "a,b\n1,\n\n",
        'a,b\n"1","2"\n',
        'a,b\r\n"1,1","2"""\r\n',
        "a;b\n1;2\n",
        "a,b\n1,2",
        "\ufeffa,b\n1,2\n",
    ],
)
def test_clean_lines_are_proven_whole_without_a_copy(tmp_path: Path, content: str) -> None:
    text = careful(tmp_path, content)
    assert (text.whole, text.copied) == (True, False)


@pytest.mark.parametrize("content", ["a,b\n1\n", "a,b\n1,2,3\n", 'a,b\n1,"2\n2"\n', 'a,b\n1,2"\n', 'a,b\n1, "2"\n'])
def test_anything_else_is_copied_with_care(tmp_path: Path, content: str) -> None:
    text = careful(tmp_path, content)
    assert (text.whole, text.copied) == (True, True)


def test_very_many_columns_are_no_problem(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(2_000)]
    content = ",".join(["Item", "Loc", "Avail", *names]) + "\n" + ",".join(["A", "E", "1", *['"x"'] * 2_000]) + "\n"
    assert levels(read(tmp_path, content)) == {("A", "E"): 1}


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    name = "stock[1] *?{a}~ Ä.csv"
    assert levels(read(tmp_path, ROWS, name=name)) == {("A", "E"): 1}
    assert levels(read(tmp_path, ROWS.replace("Loc", '"Loc"'), name=name)) == {("A", "E"): 1}


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    read(tmp_path, "Item,Loc,Avail\nA,E,1\nB,2\n".encode("utf-16"), max_bad_rows=1)
    assert list(scratch.iterdir()) == []
