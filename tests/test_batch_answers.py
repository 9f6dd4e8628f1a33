"""What becomes of the answers of an order source: 997s that its own tools would write."""

from __future__ import annotations

from pathlib import Path

import pytest
from shop import STOCK, Shop
from sqlalchemy import text

ANSWERED = """\
answers = { from = { type = "folder", path = "answers" }, pattern = "*.997", within = "2h" }
"""


@pytest.fixture
def edi(shop: Shop) -> Shop:
    """The web shop takes an 846 and answers it."""
    parties = 'edi = { sender = "ACME", receiver_qualifier = "01", receiver = "123456789" }\n'
    shop.replace('profile = "csv"\nfeed = "delta"\n', f'profile = "846-4010"\nfeed = "delta"\n{parties}{ANSWERED}')
    (shop.root / "answers").mkdir()
    shop.drop()
    assert shop.web().status == "success"
    return shop


def answer(
    shop: Shop, *segments: str, name: str = "answer.997", sender: str = "01*123456789", receiver: str = "ZZ*ACME"
) -> Path:
    """Leaves a 997 with these segments between ST and SE."""
    quals = [f"{q}*{i:<15}" for q, i in (party.split("*") for party in (sender, receiver))]
    body = ["ST*997*0001", *segments, f"SE*{len(segments) + 2}*0001"]
    lines = [
        f"ISA*00*{'':10}*00*{'':10}*{quals[0]}*{quals[1]}*261120*1300*U*00401*000000077*0*P*>",
        "GS*FA*123456789*ACME*20261120*1300*77*X*004010",
        *body,
        "GE*1*77",
        "IEA*1*000000077",
    ]
    file = shop.root / "answers" / name
    file.write_text("~\n".join(lines) + "~\n")
    return file


def answers(shop: Shop) -> list[tuple[str, str | None]]:
    with shop.open() as opened:
        return [(a.state, a.message) for a in shop.night(opened).answers(opened.workspace.chosen(()))]


def states(shop: Shop, table: str, column: str) -> list[str]:
    with shop.open() as opened, opened.state.reading() as tx:
        return list(tx.execute(text(f"SELECT {column} FROM {table} ORDER BY id")).scalars())


def status(shop: Shop) -> str:
    from batch.overview import order_sources

    with shop.open() as opened:
        [found] = order_sources(opened.workspace, opened.state, shop.now)
    return str(found["answer"])


def test_an_accepted_file_is_settled_and_its_answer_taken_away(edi: Shop) -> None:
    file = answer(edi, "AK1*IB*1", "AK2*846*0001", "AK5*A", "AK9*A*1*1*1")

    assert status(edi) == "awaited until 2026-11-20 14:00"
    assert answers(edi) == [("accepted", "")]
    assert status(edi) == "accepted"
    assert not file.exists()
    assert answers(edi) == []


def test_an_answer_to_the_group_alone_speaks_for_all_of_it(edi: Shop) -> None:
    answer(edi, "AK1*IB*000000001", "AK9*A*1*1*1")

    assert answers(edi) == [("accepted", "")]
    assert states(edi, "delivery", "answer") == ["accepted"]


def test_a_rejection_leads_to_the_sku_and_the_value(edi: Shop) -> None:
    answer(edi, "AK1*IB*1", "AK2*846*0001", "AK3*QTY*9**8", "AK4*2*380*6*16", "AK5*R*5", "AK9*R*1*1*0*5")

    [(state, message)] = answers(edi)

    assert state == "rejected"
    assert message is not None
    assert "SKU MUG, QTY02 '16'" in message
    assert status(edi).startswith("rejected: SKU MUG: QTY02 16: 6")


def test_what_was_rejected_is_told_again(edi: Shop) -> None:
    answer(edi, "AK1*IB*1", "AK2*846*0001", "AK5*R*5", "AK9*R*1*1*0*5")
    answers(edi)
    edi.later(minutes=5)
    edi.drop(STOCK + "CUP,EAST,1\n")

    report = edi.web()

    assert (report.status, report.kind, report.lines) == ("success", "delta", 4)


def test_an_interchange_that_is_refused_as_a_whole_is_told_again(edi: Shop) -> None:
    file = answer(edi, "AK1*IB*1", "AK9*A*1*1*1")
    head = file.read_text().splitlines()[0]
    file.write_text(f"{head}\nTA1*000000001*261120*1200*R*025~\nIEA*0*000000077~\n")

    [(state, message)] = answers(edi)

    assert (state, status(edi)) == ("rejected", "rejected")
    assert message is not None
    assert message.startswith("025 ")


def test_an_answer_to_something_never_sent_is_reported(edi: Shop) -> None:
    answer(edi, "AK1*IB*77", "AK9*A*1*1*1")

    assert answers(edi) == [("unknown", "it answers control number 77 of ZZ:ACME, never sent")]
    assert states(edi, "delivery", "answer") == ["awaited"]


def test_a_file_that_is_no_acknowledgement_is_kept_for_a_person(edi: Shop) -> None:
    (edi.root / "answers" / "note.997").write_text("thank you\n")

    [(state, message)] = answers(edi)

    assert state == "unclear"
    assert message is not None
    assert message.startswith("note.997: ")
    assert len(list((edi.root / "state" / "quarantine").rglob("*note.997"))) == 1


def test_a_file_that_is_not_answered_in_time_is_overdue(edi: Shop) -> None:
    edi.later(hours=2, seconds=1)

    assert status(edi) == "overdue"


def own_profile(shop: Shop, acknowledgement: str) -> None:
    """From now on the web shop has a profile that says this of its answers, and its table nothing of their time."""
    rest = 'extends = "846-4010"\ntitle = "Web"\nevidence = "ours"\nsource = "its guide"\n'
    shop.write("profiles/web.toml", f"{rest}[acknowledgement]\n{acknowledgement}\n")
    shop.replace('profile = "846-4010"', 'profile = "web"')
    shop.replace(', within = "2h"', "")


def send_again(shop: Shop, units: int = 11) -> None:
    shop.later(minutes=1)
    shop.drop(STOCK.replace("12", str(units)))
    assert shop.web().status == "success"


@pytest.mark.parametrize(
    ("says", "due"), [('expects = "997"', "2026-11-21 12:01"), ('within = "90m"', "2026-11-20 13:31")]
)
def test_the_profile_says_how_soon_an_answer_is_due(edi: Shop, says: str, due: str) -> None:
    own_profile(edi, says)
    send_again(edi)

    assert status(edi) == f"awaited until {due}"


@pytest.mark.parametrize("expects", ["none", "997"])
def test_no_answer_is_awaited_where_none_is_expected_or_none_could_be_read(edi: Shop, expects: str) -> None:
    own_profile(edi, f'expects = "{expects}"')
    if expects == "997":
        edi.replace(ANSWERED.replace(', within = "2h"', ""), "")
    send_again(edi)

    assert states(edi, "delivery", "answer") == ["awaited", None]


def test_a_change_of_what_is_expected_changes_nothing_that_is_sent(edi: Shop) -> None:
    own_profile(edi, 'expects = "997"')
    send_again(edi)
    edi.write("profiles/web.toml", (edi.root / "profiles/web.toml").read_text().replace('"997"', '"999"'))
    edi.later(minutes=1)
    edi.drop(STOCK.replace("12", "10"))

    assert edi.web().kind == "delta"


def ta1(shop: Shop, state: str, *, name: str) -> None:
    """Leaves a TA1 about the first interchange."""
    file = answer(shop, "AK1*IB*1", "AK9*A*1*1*1", name=name)
    head = file.read_text().splitlines()[0]
    file.write_text(f"{head}\nTA1*000000001*261120*1200*{state}*000~\nIEA*0*000000077~\n")


def test_an_envelope_that_is_taken_does_not_settle_a_file_to_which_a_997_is_expected(edi: Shop) -> None:
    ta1(edi, "A", name="1.997")
    assert [state for state, _ in answers(edi)] == ["accepted"]
    assert status(edi) == "awaited until 2026-11-20 14:00"

    answer(edi, "AK1*IB*1", "AK2*846*0001", "AK5*R*5", "AK9*R*1*1*0*5", name="2.997")
    answers(edi)
    assert status(edi).startswith("rejected: ")

    ta1(edi, "E", name="3.997")  # late, and about the envelope alone
    answers(edi)
    assert states(edi, "delivery", "answer") == ["rejected"]


def test_an_envelope_that_is_taken_settles_a_file_to_which_a_ta1_is_expected(edi: Shop) -> None:
    own_profile(edi, 'expects = "TA1"')
    ta1(edi, "A", name="1.997")
    answers(edi)

    assert status(edi) == "accepted"


def test_an_answer_of_another_kind_than_expected_is_read(edi: Shop) -> None:
    own_profile(edi, 'expects = "999"')
    answer(edi, "AK1*IB*1", "AK2*846*0001", "AK5*A", "AK9*A*1*1*1")

    assert answers(edi) == [("accepted", "")]
    assert status(edi) == "accepted"


def test_check_says_where_an_expected_answer_is_not_read(edi: Shop) -> None:
    assert "note" not in edi.cli("check").stdout
    edi.replace(ANSWERED, "")

    finished = edi.cli("check")

    assert finished.returncode == 0
    assert finished.stdout.splitlines()[-1] == (
        "note   acme/web: no 997 is awaited: [order_sources.web.answers] does not say where it is left"
    )


def test_an_answer_recorded_by_a_process_that_was_killed_is_not_taken_twice(edi: Shop) -> None:
    file = answer(edi, "AK1*IB*1", "AK9*A*1*1*1")
    killed = edi.cli("acks", TALLYFEED_CRASH_AT="answer recorded")

    assert (killed.returncode, file.exists()) == (-9, True)
    assert answers(edi) == []
    assert (file.exists(), states(edi, "answer", "state")) == (False, ["accepted"])


def test_resend_sends_the_same_bytes_under_the_same_name(edi: Shop) -> None:
    [first] = edi.delivered()
    content = first.read_bytes()
    first.unlink()

    finished = edi.cli("resend", "1")

    assert finished.returncode == 0, finished.stderr
    assert [(file.name, file.read_bytes()) for file in edi.delivered()] == [(first.name, content)]


def test_reissue_sends_the_same_content_under_new_numbers(edi: Shop) -> None:
    finished = edi.cli("reissue", "1")

    assert finished.returncode == 0, finished.stderr
    first, second = edi.delivered()
    assert second.name == "846_acme_web_000000002.edi"
    assert [line for line in first.read_text().splitlines() if line[:3] in ("LIN", "SDQ", "QTY", "CTT")] == [
        line for line in second.read_text().splitlines() if line[:3] in ("LIN", "SDQ", "QTY", "CTT")
    ]
    assert "IEA*1*000000002~" in second.read_text()


def test_resend_names_what_can_be_resent(edi: Shop) -> None:
    finished = edi.cli("resend", "99")

    assert finished.returncode == 2
    assert finished.stderr == "tallyfeed: run 99 delivered no file; `tallyfeed history` lists those that did\n"


def test_answers_to_single_sets_in_files_of_their_own_are_taken_together(edi: Shop) -> None:
    answer(edi, "AK1*IB*1", "AK2*846*0001", "AK5*R*5", "AK9*R*1*1*0*5", name="1.997")
    answers(edi)
    answer(edi, "AK1*IB*1", "AK2*846*0002", "AK5*A", "AK9*A*1*1*1", name="2.997")
    answers(edi)

    assert states(edi, "answer", "state") == ["rejected", "accepted"]
    assert states(edi, "delivery", "answer") == ["partly accepted"]


def test_the_rest_of_a_file_is_read_after_a_process_that_died_in_the_middle_of_it(edi: Shop) -> None:
    edi.later(minutes=1)
    edi.drop(STOCK.replace("12", "11"))
    edi.web()
    file = answer(edi, "AK1*IB*1", "AK9*A*1*1*1", "SE*4*0001", "ST*997*0002", "AK1*IB*2", "AK9*A*1*1*1")
    content = file.read_text().replace("SE*8*0001", "SE*4*0002").replace("GE*1*77", "GE*2*77")
    file.write_text(content)
    answers(edi)
    with edi.open() as opened, opened.state.writing() as tx:  # as it was before the second answer was recorded
        tx.execute(text("DELETE FROM answer WHERE delivery_id = 2"))
        tx.execute(text("UPDATE delivery SET answer = 'awaited' WHERE id = 2"))
    file.write_text(content)

    assert answers(edi) == [("accepted", "")]
    assert states(edi, "delivery", "answer") == ["accepted", "accepted"]


def test_a_file_is_settled_when_each_of_its_groups_is_answered(edi: Shop) -> None:
    groups = '[format.split]\nlines = 1\nsets = 1\n[format.control]\ngroup = "{group_number}{group:02d}"'
    own_profile(edi, f'expects = "997"\n{groups}')
    send_again(edi)

    for number, state in (("201", "awaited"), ("203", "awaited"), ("202", "accepted")):
        answer(edi, f"AK1*IB*{number}", "AK9*A*1*1*1", name=f"{number}.997")
        assert answers(edi) == [("accepted", "")]
        assert states(edi, "delivery", "answer") == ["awaited", state]


def test_each_answer_of_a_file_to_something_never_sent_is_reported(edi: Shop) -> None:
    answer(edi, "AK1*IB*77", "AK9*A*1*1*1", "AK1*IB*78", "AK9*A*1*1*1")

    assert [message for _, message in answers(edi)] == [
        f"it answers control number {number} of ZZ:ACME, never sent" for number in (77, 78)
    ]
