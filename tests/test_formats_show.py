from __future__ import annotations

from pathlib import Path

import pytest
from sample_feeds import DIALECT, DIALECT_FEED, GOLDEN, layout, make_feed, profile, written

from formats.errors import FileRefused
from formats.show import table


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
    assert (shown.facts["kind"], shown.facts["REF VR"]) == ("04 (change)", "4711 ACME & SONS")
    assert shown.table.rows(named=True)[2:] == [
        {
            "set": "0001",
            "line": "",
            "N1 SU": "ACME",
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
            "N1 SU": "ACME",
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


ISA = (GOLDEN / "846-4010.edi").read_bytes()[:107]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b" \n", "the file is empty"),
        (b"PK\x03\x04\x00\x00", "it is not text; what can be shown are CSV, XML and EDI 846"),
        (b"hello\nworld\n", "its first line is no CSV header; what can be shown are CSV, XML and EDI 846"),
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
        (b"ISA*00*short~", "its ISA does not have the 106 characters that tell the separators"),
        (ISA, "it does not end in IEA; a part of it is missing"),
        (ISA + b"IEA*0*000000042~", "it holds no transaction set, not an 846"),
        (ISA + b"GS*FA~ST*997*0001~SE*2*0001~GE*1*1~IEA*1*1~", "it holds 997, not an 846"),
    ],
)
def test_a_file_that_cannot_be_shown_is_refused_with_the_reason(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as error:
        table(path)
    assert str(error.value) == f"file: {reason}"
