from __future__ import annotations

import io
from pathlib import Path

import pytest
from pyx12.params import params
from pyx12.x12n_document import x12n_document
from sample_feeds import GOLDEN

from formats.acknowledgement.position import Item, item_at, items_at
from formats.acknowledgement.reading import read_acknowledgements
from formats.verify.map import write_maps
from formats.verify.standard import standard

ISA = "ISA*00*          *00*          *01*123456789      *12*5551234567     *251114*0645*U*00401*000000042*0*P*>"


def sent(folder: Path, *bodies: str, element: str = "*", end: str = "~\n") -> Path:
    """An interchange of ours with these transaction sets, each a text of segments between ST and SE."""
    segments = [ISA, "GS*IB*123456789*5551234567*20251114*0645*17*X*004010"]
    for number, body in enumerate(bodies, 1):
        inner = body.split()
        segments += [f"ST*846*{number:04d}", *inner, f"SE*{len(inner) + 2}*{number:04d}"]
    segments += [f"GE*{len(bodies)}*17", "IEA*1*000000042"]
    path = folder / "sent.edi"
    path.write_bytes("".join(one.replace("*", element) + end for one in segments).encode())
    return path


HEADING = "BIA*00*SI*1*20251114"
PLAIN = f"{HEADING} LIN*1*SK*00123*UP*012345678905 QTY*33*5*EA LIN**SK*B QTY*33*0*EA CTT*2"


def test_a_position_leads_to_the_item_and_what_was_sent_of_it(tmp_path: Path) -> None:
    assert item_at(sent(tmp_path, PLAIN), "0001", 4) == Item(
        line=1,
        ids={"SK": "00123", "UP": "012345678905"},
        segment_text="QTY*33*5*EA",
        elements=("QTY", "33", "5", "EA"),
        warehouse=None,
    )


def test_items_count_from_one_in_their_set_even_without_line_numbers(tmp_path: Path) -> None:
    path = sent(tmp_path, PLAIN, PLAIN)
    found = items_at(path, "0002", range(-1, 12))
    assert {place: (item.line, item.segment_text) for place, item in found.items()} == {
        1: (None, "ST*846*0002"),
        2: (None, "BIA*00*SI*1*20251114"),
        3: (1, "LIN*1*SK*00123*UP*012345678905"),
        4: (1, "QTY*33*5*EA"),
        5: (2, "LIN**SK*B"),
        6: (2, "QTY*33*0*EA"),
        7: (None, "CTT*2"),
        8: (None, "SE*8*0002"),
    }
    assert (found[7].ids, found[6].ids) == ({}, {"SK": "B"})


@pytest.mark.parametrize("position", [-1, 0, 9, 10_000])
def test_a_position_that_was_not_sent_leads_nowhere(tmp_path: Path, position: int) -> None:
    assert item_at(sent(tmp_path, PLAIN), "0001", position) is None


@pytest.mark.parametrize(("number", "line"), [("0002", 2), ("2", 2), ("000000002", 2), ("0003", None), ("x", None)])
def test_a_set_is_found_by_its_number_in_any_padding(tmp_path: Path, number: str, line: int | None) -> None:
    found = item_at(sent(tmp_path, HEADING, PLAIN), number, 5)
    assert (found and found.line) == line


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "\n", "\r\n", "\x15"])
@pytest.mark.parametrize("element", ["*", "|", "\x1d"])
def test_separators_are_those_of_the_file(tmp_path: Path, element: str, end: str) -> None:
    found = item_at(sent(tmp_path, HEADING, PLAIN, element=element, end=end), "0002", 6)
    assert found == Item(2, {"SK": "B"}, "QTY*33*0*EA".replace("*", element), ("QTY", "33", "0", "EA"), warehouse=None)


def test_a_style_in_an_id_begins_no_transaction_set(tmp_path: Path) -> None:
    path = sent(tmp_path, f"{HEADING} LIN*1*VN*A*ST*846*ST*0002 QTY*33*5*EA", PLAIN)
    items = [item_at(path, number, position) for number, position in (("0002", 4), ("0001", 4))]
    assert [item and (item.ids, item.segment_text) for item in items] == [
        ({"SK": "00123", "UP": "012345678905"}, "QTY*33*5*EA"),
        ({"VN": "A", "ST": "0002"}, "QTY*33*5*EA"),
    ]


@pytest.mark.parametrize(
    ("body", "position", "warehouse"),
    [
        (f"{HEADING} N1*WH*Newark*92*31415 LIN*1*SK*A QTY*33*5", 5, "31415"),
        (f"{HEADING} N1*WH*Newark*92*31415 LIN*1*SK*A QTY*33*5 CTT*1", 6, "31415"),
        (f"{HEADING} N1*SU*Acme*92*4711 LIN*1*SK*A QTY*33*5", 5, None),
        (f"{HEADING} N1*WH*Newark*92 LIN*1*SK*A QTY*33*5", 5, None),
        (f"{HEADING} LIN*1*SK*A REF*IO*31415 QTY*33*5 LIN*2*SK*A REF*IO*27182 QTY*33*6", 8, "27182"),
        (f"{HEADING} LIN*1*SK*A REF*IA*4711 QTY*33*5", 5, None),
        (f"{HEADING} LIN*1*SK*A QTY*33*5 N1*WH*Newark*92*31415", 4, "31415"),
        (f"{HEADING} LIN*1*SK*A*DV*31415 QTY*33*5", 4, "31415"),
        (f"{HEADING} LIN*1*SK*A QTY*33*5 LS*W REF*WS*31415 QTY*33*2 REF*WS*27182 QTY*33*3 LE*W", 4, None),
        (f"{HEADING} LIN*1*SK*A QTY*33*5 LS*W REF*WS*31415 QTY*33*2 REF*WS*27182 QTY*33*3 LE*W", 7, "31415"),
        (f"{HEADING} LIN*1*SK*A QTY*33*5 LS*W REF*WS*31415 QTY*33*2 REF*WS*27182 QTY*33*3 LE*W", 9, "27182"),
        (f"{HEADING} LIN*1*SK*A QTY*33*5 LS*W REF*WS*31415 QTY*33*2 REF*WS*27182 QTY*33*3 LE*W", 10, None),
        (f"{HEADING} LIN*1*SK*A SDQ*EA*92*31415*2 QTY*33*2", 4, "31415"),
        (f"{HEADING} LIN*1*SK*A SDQ*EA*92*31415*2*27182*3 QTY*33*5", 4, None),
    ],
)
def test_the_warehouse_is_found_wherever_a_dialect_names_it(
    tmp_path: Path, body: str, position: int, warehouse: str | None
) -> None:
    found = item_at(sent(tmp_path, body), "0001", position)
    assert found
    assert found.warehouse == warehouse


def test_each_pair_of_an_sdq_has_its_own_warehouse(tmp_path: Path) -> None:
    found = item_at(sent(tmp_path, f"{HEADING} LIN*1*SK*A SDQ*EA*92*31415*2*27182*3"), "0001", 4)
    assert found
    assert [found.warehouse_at(element) for element in range(8)] == [
        *(None, None, None),
        *("31415", "31415", "27182", "27182", None),
    ]


def test_an_element_of_another_segment_has_the_warehouse_of_the_segment(tmp_path: Path) -> None:
    found = item_at(sent(tmp_path, f"{HEADING} N1*WH*Newark*92*31415 LIN*1*SK*A QTY*33*5"), "0001", 5)
    assert found
    assert found.warehouse_at(2) == "31415"


def test_what_an_independent_tool_rejects_leads_to_the_sku(tmp_path: Path) -> None:
    write_maps(tmp_path, standard("004010"), group_versions=["004010"], deviations=False)
    path = tmp_path / "sent.edi"
    path.write_text((GOLDEN / "846-4010-by-warehouse.edi").read_text().replace("QTY*33*3*EA", "QTY*33*3x*EA"))
    written = io.StringIO()
    assert not x12n_document(params(), str(path), written, None, map_path=str(tmp_path))
    (tmp_path / "theirs.997").write_text(written.getvalue())
    (acknowledgement,) = read_acknowledgements(tmp_path / "theirs.997")
    (group,) = acknowledgement.groups
    (rejected,) = (one for one in group.sets if one.state == "rejected")
    (error,) = rejected.errors
    item = item_at(path, rejected.set_control_number, error.position)
    assert (acknowledgement.warnings, [one.state for one in group.sets]) == ((), ["accepted", "rejected", "accepted"])
    assert (error.elements[0].meaning, error.elements[0].bad_value) == (
        "the element holds a character that is not allowed",
        "3x",
    )
    assert item == Item(1, {"SK": "00123"}, "QTY*33*3x*EA", ("QTY", "33", "3x", "EA"), warehouse="27182")
