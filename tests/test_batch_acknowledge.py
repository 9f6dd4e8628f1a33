from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from looking import command
from shop import Shop

from formats.acknowledgement.reading import read_acknowledgements

INTERCHANGE = """\
ISA*00*          *00*          *01*987654321      *ZZ*ACME           *261120*1200*U*00401*000000031*0*P*>~
GS*IB*987654321*ACME*20261120*1200*31*X*004010~
ST*846*0001~
BIA*00*SI*31*20261120*1200~
DTM*184*20261120*120000*UT~
LIN*1*SK*MUG~
SDQ*EA*92*EAST*12*WEST*4~
LIN*2*SK*BOX~
SDQ*EA*92*EAST*7~
LIN*3*SK*PEN~
SDQ*EA*92*WEST*30~
CTT*3~
SE*10*0001~
GE*1*31~
IEA*1*000000031~
"""


@pytest.fixture
def edi(shop: Shop) -> Shop:
    """The merchant's stock comes as an 846, which is answered."""
    csv = 'format = "csv"\nfrom = { type = "folder", path = "inbox", pattern = "*.csv" }\n'
    columns = 'columns = { sku = "Item", warehouse = "Loc", available = "Avail" }\n'
    answer = (
        'acknowledge = { edi = { sender = "ACME", receiver_qualifier = "01", receiver = "987654321" }, '
        'deliver = { type = "folder", path = "answers" } }\n'
    )
    shop.replace(csv + columns, f'format = "846"\nfrom = {{ type = "folder", path = "inbox" }}\n{answer}')
    (shop.root / "answers").mkdir()
    return shop


def answered(shop: Shop) -> list[tuple[str, list[tuple[str, str]]]]:
    """The 997s so far: the state of the group and of each set, as another reads them."""
    files = sorted((shop.root / "answers").iterdir())
    groups = [group for file in files for one in read_acknowledgements(file) for group in one.groups]
    return [(g.state, [(s.set_control_number, s.state) for s in g.sets]) for g in groups]


def test_an_846_is_loaded_and_answered(edi: Shop) -> None:
    edi.drop(INTERCHANGE, name="stock.edi")
    report = edi.web()

    assert report.status == "success"
    assert "MUG,EAST,12\nMUG,WEST,4\n" in edi.newest()
    assert answered(edi) == [("accepted", [("0001", "accepted")])]


def test_an_846_that_comes_packed_is_answered_like_any_other(edi: Shop) -> None:
    edi.drop(gzip.compress(INTERCHANGE.encode()), name="stock.edi.gz")
    report = edi.web()

    assert report.status == "success"
    assert answered(edi) == [("accepted", [("0001", "accepted")])]


def test_a_quantity_that_cannot_be_read_is_pointed_out(edi: Shop) -> None:
    edi.drop(INTERCHANGE.replace("WEST*30", "WEST*3O"), name="stock.edi")
    edi.ingest()

    assert answered(edi) == [("accepted with errors", [("0001", "accepted with errors")])]
    [file] = (edi.root / "answers").iterdir()
    assert "AK3*SDQ*9**8~" in file.read_text()


def test_a_file_that_is_refused_is_rejected(edi: Shop) -> None:
    edi.replace('format = "846"', 'format = "846"\nstrict = true')
    edi.drop(INTERCHANGE.replace("SE*10", "SE*99"), name="stock.edi")
    edi.ingest()

    assert answered(edi) == [("rejected", [("0001", "rejected")])]


def test_a_file_is_answered_once_even_by_a_process_that_dies(edi: Shop) -> None:
    edi.drop(INTERCHANGE, name="stock.edi")
    killed = edi.cli("ingest", TALLYFEED_CRASH_AT="997 sent")
    [file] = (edi.root / "answers").iterdir()
    before = file.read_bytes()
    edi.ingest()
    edi.ingest()

    assert killed.returncode == -9
    assert [(f.name, f.read_bytes()) for f in (edi.root / "answers").iterdir()] == [
        ("997_acme_wms_000000001.edi", before)
    ]


def test_what_is_no_x12_gets_no_answer(edi: Shop) -> None:
    edi.drop("Item,Loc,Avail\n", name="stock.csv")
    taken = edi.ingest()

    assert [one.outcome for one in taken] == ["refused", "answered"]
    assert taken[1].message == "stock.csv is no X12: there is nobody to answer"
    assert list(Path(edi.root / "answers").iterdir()) == []


def test_a_file_that_a_guard_holds_was_received_all_the_same_and_is_answered_once(edi: Shop) -> None:
    edi.drop(INTERCHANGE, name="stock.edi")
    edi.ingest()
    edi.later(hours=1)
    without_west = INTERCHANGE.replace("*WEST*4", "").replace("WEST*30", "EAST*30").replace("20*1200", "20*1300")
    edi.drop(without_west.replace("*120000*", "*130000*"), name="later.edi")
    [held, answer] = edi.ingest()
    approved = command(edi, "approve", "acme/wms")
    edi.ingest()

    assert (held.outcome, answer.outcome, approved.code) == ("held", "answered", 0)
    assert answered(edi) == [("accepted", [("0001", "accepted")])] * 2
