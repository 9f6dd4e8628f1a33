from __future__ import annotations

from pathlib import Path

import pytest
from edi_snapshots import BIA, interchange, lines, transaction_set
from sample_feeds import DIALECT, DIALECT_FEED, GOLDEN, layout, make_feed, profile, written

from formats.errors import FileRefused
from formats.show.file import table


def test_a_csv_is_shown_as_it_is_all_text() -> None:
    shown = table(GOLDEN / "csv-wide.csv")
    assert (shown.format, shown.facts) == ("CSV", {"columns": "5", "lines": "4"})
    assert shown.table.columns == ["sku", "total", "31415", "27182", "FBA-1"]
    assert shown.table.rows() == [
        ("00123", "5", "2", "3", "0"),
        ('A&B "L", 5', "0", "0", "0", "0"),
        ("=1+1", "13", "12", "0", "1"),
        ("ZZ-9", "0", "0", "0", "0"),
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiter_and_encoding_of_a_csv_are_found(encoding: str, delimiter: str, tmp_path: Path) -> None:
    feed = make_feed([("Grün", 1, 2)])
    written(profile("csv-total", encoding=encoding, delimiter=delimiter), feed, tmp_path)
    shown = table(tmp_path / "feed.csv")
    assert shown.table.columns == ["sku", "quantity"]
    assert shown.table.rows() == [("Grün", "3")]


def test_an_xml_is_shown_with_a_column_per_warehouse() -> None:
    shown = table(GOLDEN / "xml.xml")
    assert shown.format == "XML"
    assert shown.facts == {
        "merchant": "acme",
        "as-of": "2025-11-14T06:30:00Z",
        "kind": "full",
        "lines": "4",
        "total": "18",
    }
    assert shown.table.columns == ["code", "quantity", "warehouse 31415", "warehouse 27182", "warehouse FBA-1"]
    assert shown.table.rows() == [
        ("00123", 5, 2, 3, 0),
        ('A&B "L", 5', 0, 0, 0, 0),
        ("=1+1", 13, 12, 0, 1),
        ("ZZ-9", 0, 0, 0, 0),
    ]


def test_an_xml_without_items_is_shown_too(tmp_path: Path) -> None:
    written(profile("xml"), make_feed([]), tmp_path)
    shown = table(tmp_path / "feed.xml")
    assert (shown.facts["lines"], shown.facts["total"], shown.table.height) == ("0", "0", 0)


def test_an_846_with_destination_quantities_is_shown_with_its_envelope() -> None:
    shown = table(GOLDEN / "846-4010.edi")
    assert shown.format == "EDI 846"
    assert shown.facts == {
        "sender": "01 123456789",
        "receiver": "12 5551234567",
        "control number": "000000042",
        "group control number": "17",
        "usage": "P (production)",
        "release": "004010",
        "written": "20251114 0645",
        "kind": "00 (original)",
        "report": "SI (seller inventory report)",
        "reference": "000000042-0001",
        "dated": "20251114 0645",
        "DTM 184 (inventory as of)": "20251114 0630 UT",
        "transaction sets": "1",
        "lines": "4",
        "total SDQ 31415": "14",
        "total SDQ 27182": "3",
        "total SDQ FBA-1": "1",
        "total QTY 33 (available for sale)": "18",
    }
    assert shown.table.columns == [
        *("set", "line", "LIN SK (SKU)", "SDQ 31415", "SDQ 27182", "SDQ FBA-1", "QTY 33 (available for sale)")
    ]
    assert shown.table.rows() == [
        ("0001", "1", "00123", "2", "3", "0", "5"),
        ("0001", "2", 'A&B "L", 5', "0", "0", "0", "0"),
        ("0001", "3", "=1+1", "12", "0", "1", "13"),
        ("0001", "4", "ZZ-9", "0", "0", "0", "0"),
    ]


def test_an_846_per_warehouse_is_shown_with_the_warehouse_of_each_set() -> None:
    shown = table(GOLDEN / "846-4010-by-warehouse.edi")
    assert shown.facts["transaction sets"] == "3"
    warehouses = shown.table.select("set", "N1 WH (warehouse)").unique(maintain_order=True)
    assert warehouses.rows() == [("0001", "31415 Newark DC"), ("0002", "27182 Reno DC"), ("0003", "FBA-1 Amazon")]
    assert shown.table["QTY 33 (available for sale)"].to_list() == [
        *["2", "0", "12", "0", "3", "0", "0", "0", "0", "0", "1", "0"]
    ]


def test_any_dialect_is_read_by_the_separators_that_it_declares(tmp_path: Path) -> None:
    written(layout(DIALECT), DIALECT_FEED, tmp_path)
    shown = table(tmp_path / "feed.edi")
    assert (shown.facts["kind"], shown.facts["REF VR (vendor id)"]) == ("04 (change)", "4711 ACME & SONS")
    assert shown.table.rows(named=True)[2:] == [
        {
            "set": "0001",
            "line": "",
            "N1 SU (supplier)": "ACME",
            "LIN VN (vendor's item)": "EF",
            "LIN SK (SKU)": "OUR-EF",
            "LIN UP (UPC)": None,
            "PID": "STOVE",
            "SDQ 31415": "9999999999",
            "SDQ 27182": "1",
            "SDQ FBA-1": "0",
            "QTY 33 (available for sale)": "10000000000",
            "QTY 17 (on hand)": "10000000000",
        },
        {
            "set": "0002",
            "line": "",
            "N1 SU (supplier)": "ACME",
            "LIN VN (vendor's item)": "GH",
            "LIN SK (SKU)": "OUR-GH",
            "LIN UP (UPC)": "9",
            "PID": None,
            "SDQ 31415": "0",
            "SDQ 27182": "7",
            "SDQ FBA-1": "0",
            "QTY 33 (available for sale)": "7",
            "QTY 17 (on hand)": "7",
        },
    ]


def test_segments_without_a_column_of_their_own_and_repeated_ones_are_not_lost(tmp_path: Path) -> None:
    text = (GOLDEN / "846-4010.edi").read_text()
    more = "REF*LT*L1~\nQTY*33*5*EA~\nDTM*018*20251201~\nQTY*33*7*CA~\nLS*REF~\nREF*WS*A~\nLE*REF~\n"
    path = tmp_path / "other.edi"
    path.write_text(text.replace("QTY*33*5*EA~\n", more))
    first = table(path).table.rows(named=True)[0]
    assert first["QTY 33 (available for sale)"] == "5; 7"
    assert first["other"] == "REF*LT*L1; DTM*018*20251201; LS*REF; REF*WS*A; LE*REF"


def test_a_byte_order_mark_and_missing_line_breaks_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "marked.edi"
    path.write_bytes(b"\xef\xbb\xbf" + (GOLDEN / "846-5010.edi").read_bytes().replace(b"\n", b""))
    assert table(path).table.equals(table(GOLDEN / "846-5010.edi").table)


ANSWERED = (
    *(
        "AK1*IB*17",
        "AK2*846*0001",
        "AK5*A",
        "AK2*846*0002",
        "AK3*LIN*5**8",
        "AK4*3:1*234*5*SKU-1",
        "AK5*R*5",
        "AK9*P*2*2*1",
    ),
)


def test_a_997_is_shown_with_what_it_is_about_and_the_meaning_of_each_code(tmp_path: Path) -> None:
    path = tmp_path / "answer.997"
    text = interchange(transaction_set(*ANSWERED, kind="997")).replace("GS*IB", "GS*FA").replace("P*>", "P*:")
    path.write_text(text)
    shown = table(path)
    assert shown.format == "EDI 997"
    assert shown.facts == {
        "sender": "01 123456789",
        "receiver": "12 5551234567",
        "control number": "000000042",
        "usage": "P (production)",
        "written": "251114 0645",
    }
    assert shown.table.columns == [
        *("interchange", "group", "set", "segment", "element", "value", "code", "meaning"),
    ]
    assert shown.table.rows() == [
        ("", "IB 17", "846 0001", "", "", "", "A", "accepted"),
        ("", "IB 17", "846 0002", "LIN at 5", "", "", "8", "elements of the segment are in error"),
        ("", "IB 17", "846 0002", "LIN at 5", "3.1 (element 234)", "SKU-1", "5", "the element is too long"),
        ("", "IB 17", "846 0002", "", "", "", "R", "rejected"),
        ("", "IB 17", "846 0002", "", "", "", "5", "one or more segments are in error"),
        (
            *("", "IB 17", "", "", "", "1 accepted of 2 received, 2 sent", "P"),
            "partly accepted: at least one transaction set was rejected",
        ),
    ]


def test_a_999_and_a_ta1_are_shown_alike(tmp_path: Path) -> None:
    path = tmp_path / "answer.999"
    of_set = transaction_set("AK1*IB*17*005010", "AK2*846*0001", "IK3*QTY*9**I6", "IK5*E*I5", "AK9*E*1*1*1", kind="999")
    answer = "TA1*000000042*251114*0645*R*025~\nGS*"
    path.write_text(interchange(of_set).replace("GS*IB", "GS*FA").replace("GS*", answer))
    shown = table(path)
    assert shown.format == "EDI TA1, 999"
    rows = [{name: cell for name, cell in row.items() if cell} for row in shown.table.rows(named=True)]
    assert rows == [
        {"interchange": "000000042", "code": "R", "meaning": "the envelope was rejected because of errors"},
        {"interchange": "000000042", "code": "025", "meaning": "the control number (ISA13) was used before"},
        {
            "group": "IB 17",
            "set": "846 0001",
            "segment": "QTY at 9",
            "code": "I6",
            "meaning": "a segment that the implementation guide requires in this case is missing",
        },
        {"group": "IB 17", "set": "846 0001", "code": "E", "meaning": "accepted, but errors were noted"},
        {
            "group": "IB 17",
            "set": "846 0001",
            "code": "I5",
            "meaning": "one or more segments break the implementation guide",
        },
        {
            "group": "IB 17",
            "value": "1 accepted of 1 received, 1 sent",
            "code": "E",
            "meaning": "accepted, but errors were noted",
        },
    ]


def test_a_ta1_alone_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "answer.ta1"
    isa, *_, iea = interchange().splitlines(keepends=True)
    path.write_text(isa + "TA1*000000042*251114*0645*A*000~\n" + iea.replace("IEA*1", "IEA*0"))
    shown = table(path)
    assert shown.format == "EDI TA1"
    assert shown.table["meaning"].to_list() == ["the envelope was received and has no errors", "no error"]


def test_what_is_odd_about_an_846_is_told_with_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "odd.edi"
    path.write_text("\ufeff" + lines("LIN**SK*A", "QTY*33*5", heading=[BIA]).replace("SE*5", "SE*7"))
    facts = table(path).facts
    assert (facts["odd 1"], facts["odd 2"]) == (
        "the file begins with a byte order mark",
        'SE01 of set 0001 says "7" segments, there are 5',
    )


SHOWN = "what can be shown are CSV, XML, and EDI 846, 997, 999 and TA1"
ISA = (GOLDEN / "846-4010.edi").read_bytes()[:107]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b" \n", "the file is empty"),
        (b"PK\x03\x04\x00\x00", f"it is not text; {SHOWN}"),
        (b"hello\nworld\n", f"its first line is no CSV header; {SHOWN}"),
        (b"a,b\n1,2,3\n", "it cannot be read as CSV: found more fields than defined in 'Schema'"),
        (
            b"<feed/>",
            "it is not the XML of profile xml: Element 'feed': "
            "No matching global declaration available for the validation root.",
        ),
        (
            b'<inventory merchant="a" as-of="2025-11-14T06:30:00Z" kind="full">',
            "it ends before its root element does; a part of it is missing",
        ),
        (b"ISA*00*short~", "its ISA does not have 16 elements and a terminator"),
        (ISA, "it does not end in IEA; a part of it is missing"),
        (ISA + b"IEA*0*000000042~", f"it holds no transaction set; {SHOWN}"),
        (interchange(transaction_set(kind="850")).encode(), f"it holds 850; {SHOWN}"),
    ],
)
def test_a_file_that_cannot_be_shown_is_refused_with_the_reason(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as error:
        table(path)
    assert str(error.value) == f"file: {reason}"
