"""997s that another program writes: what was sent is spoilt on its way, and pyx12 answers it as a partner would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from broken_846 import swap
from shop import STOCK, Shop
from x12_judges import pyx12_answer

PROFILE = """\
extends = "846-4010"
title = "Web"
evidence = "ours"
source = "its guide"
[format.location]
pattern = "{pattern}"
"""
BAD_CHARACTER = "6 the element holds a character that is not allowed"
ANSWERS = 'answers = { from = { type = "folder", path = "answers" }, pattern = "*.997" }\n'


def sent(shop: Shop, pattern: str, more: str = "") -> Path:
    """The file that the web shop receives in a dialect of this pattern."""
    shop.write("profiles/web.toml", PROFILE.format(pattern=pattern) + more)
    parties = (
        'edi = { sender_qualifier = "12", sender = "9735550142", receiver_qualifier = "01", receiver = "123456789" }\n'
    )
    names = 'warehouse_codes = { EAST = "NJ1", WEST = "NV1" }\n'
    shop.replace('profile = "csv"\n', f'profile = "web"\n{parties}{names}{ANSWERS}')
    (shop.root / "answers").mkdir()
    shop.drop()
    assert shop.web().status == "success"
    [file] = shop.delivered()
    return file


def answered(shop: Shop, file: Path, *accidents: tuple[str, str]) -> tuple[int, str]:
    """What `acks` makes of the answer to a file that was spoilt on its way: exit code and what it printed."""
    text = file.read_text()
    for old, new in accidents:
        text = swap(old, new)(text)
    (shop.root / "answers" / "0001.997").write_text(pyx12_answer(text))
    done = shop.cli("acks")
    assert (done.stderr, list((shop.root / "answers").iterdir())) == ("", [])
    return done.returncode, done.stdout


def status(shop: Shop) -> str:
    """The answer that `status` shows."""
    [found] = json.loads(shop.cli("status", "--json").stdout)["order_sources"]
    return str(found["answer"])


def rejected(shop: Shop) -> list[tuple[Any, ...]]:
    """What is recorded as rejected."""
    from sqlalchemy import select

    from batch.tables import rejections

    columns = (rejections.c[name] for name in ("set_control_number", "line", "sku", "where", "value"))
    with shop.open() as opened, opened.state.reading() as tx:
        return [tuple(row) for row in tx.execute(select(*columns).order_by(rejections.c.id))]


def test_a_file_that_arrives_as_it_was_sent_is_accepted(shop: Shop) -> None:
    code, printed = answered(shop, sent(shop, "sdq"))

    assert (code, status(shop)) == (0, "accepted")
    assert printed.splitlines()[1].split()[:4] == ["acme/web", "997", "accepted", "846_acme_web_000000001.edi"]


def test_a_destination_quantity_that_was_spoilt_leads_to_its_sku_and_warehouse(shop: Shop) -> None:
    code, printed = answered(shop, sent(shop, "sdq"), ("NJ1*12*NV1*4", "NJ1*12*NV1*4x"))

    why = f"{BAD_CHARACTER}, in warehouse NV1"
    assert code == 1
    assert f"set 0001, line 2, SKU MUG, SDQ06 '4x': {why}" in printed
    assert status(shop) == f"rejected: SKU MUG: SDQ06 4x: {why}"
    assert rejected(shop)[1:] == [("0001", 2, "MUG", "SDQ06", "4x")]


def test_only_the_warehouse_whose_transaction_set_was_spoilt_is_rejected(shop: Shop) -> None:
    code, _ = answered(shop, sent(shop, "header"), ("QTY*33*30*", "QTY*33*3O*"))

    assert code == 1
    assert status(shop) == f"partly accepted: SKU PEN: QTY02 3O: {BAD_CHARACTER}, in warehouse NV1"
    assert rejected(shop)[1:] == [("0002", 3, "PEN", "QTY02", "3O")]


def test_the_name_of_a_warehouse_that_was_spoilt_leads_to_the_set_that_it_heads(shop: Shop) -> None:
    answered(shop, sent(shop, "header"), ("N1*WH*WEST*92*NV1", "N1*WH*WEST*9?*NV1"))

    assert status(shop) == "partly accepted: N103 9?: 7 the code is not in the list, in warehouse NV1"
    assert rejected(shop)[1:] == [("0002", None, None, "N103", "9?")]


def test_a_warehouse_of_one_line_that_was_spoilt_leads_to_its_sku(shop: Shop) -> None:
    line = "QTY*33*30*EA~\nN1*WH*WEST*92*NV1"
    answered(shop, sent(shop, "item-name"), (line, line.replace("92", "9?")))

    assert status(shop) == "rejected: SKU PEN: N103 9?: 7 the code is not in the list, in warehouse NV1"
    assert rejected(shop)[1:] == [("0001", 6, "PEN", "N103", "9?")]


def test_what_was_in_a_rejected_set_is_told_again_and_nothing_else(shop: Shop) -> None:
    file = sent(shop, "sdq", "[format.split]\nlines = 1\n")
    answered(shop, file, ("QTY*33*16*EA", "QTY*33*1G*EA"))
    shop.later(minutes=5)
    shop.drop(STOCK.replace("PEN,WEST,30", "PEN,WEST,29"))

    assert shop.web().status == "success"
    told = [line for line in shop.newest().splitlines() if line[:3] in ("LIN", "QTY")]
    assert told == ["LIN*1*SK*MUG~", "QTY*33*16*EA~", "LIN*1*SK*PEN~", "QTY*33*29*EA~"]


GROUPS = """\
[format.split]
lines = 1
sets = 1
[format.control]
group = "{group_number}{group:02d}"
"""


def test_several_groups_of_one_file_are_answered_each_for_itself(shop: Shop) -> None:
    file = sent(shop, "sdq", GROUPS)
    assert [line.split("*")[6] for line in file.read_text().splitlines() if line.startswith("GS")] == [
        "101",
        "102",
        "103",
    ]

    code, printed = answered(shop, file, ("QTY*33*16*EA", "QTY*33*1G*EA"))

    assert (code, [line.split()[2] for line in printed.splitlines()[1:]]) == (1, ["accepted", "rejected", "accepted"])
    assert status(shop) == f"partly accepted: SKU MUG: QTY02 1G: {BAD_CHARACTER}"
    shop.later(minutes=5)
    shop.drop(STOCK.replace("PEN,WEST,30", "PEN,WEST,29"))
    shop.web()
    assert [line for line in shop.newest().splitlines() if line.startswith("LIN")] == ["LIN*1*SK*MUG~", "LIN*1*SK*PEN~"]
