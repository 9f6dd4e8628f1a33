from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from broken_846 import BROKEN, good, swap
from shop import Shop


def verify(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command on a file of this text, in a folder that is no workspace."""
    (folder / "theirs.edi").write_text(text)
    command = [sys.executable, "-P", "-m", "batch", "verify", "theirs.edi", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


FACTS = """\
sender: 01 123456789
receiver: 12 5551234567
control number: 000000042
release: 004010
transaction sets: 1
lines: 2
segments: 18
"""


def test_a_good_file_is_called_valid(tmp_path: Path) -> None:
    done = verify(tmp_path, good("004010"))
    assert (done.returncode, done.stdout, done.stderr) == (0, FACTS + "valid\n", "")


def test_what_is_wrong_is_a_table_and_exit_code_1(tmp_path: Path) -> None:
    done = verify(tmp_path, BROKEN["26 QTY02 is no number"](good("004010")))
    headings = "segment  set   text           element  value  problem       what is wrong          right would be"
    row = "     12  0001  QTY*33*2x5*EA  QTY02    2x5    not-a-number  quantity is no number  digits"
    assert done.stdout == f"{FACTS}{headings}\n{row}\nnot valid: 1 problem\n"
    assert (done.returncode, done.stderr) == (1, "")


def test_no_more_is_printed_than_is_asked_for(tmp_path: Path) -> None:
    text = swap("QTY*33*5*", "QTY*33*5x*")(swap("QTY*33*0*", "QTY*33*0x*")(good("004010")))
    lines = verify(tmp_path, text, "--limit", "1").stdout.splitlines()
    assert lines[-2:] == ["… and 1 more (--limit shows more)", "not valid: 2 problems"]


def test_a_deviation_may_be_allowed_by_its_name_or_by_a_profile_that_wants_it(tmp_path: Path) -> None:
    text = swap("*00401*", "*00400*")(good("004010"))
    end = "allowed: isa-version, 1 time\nvalid\n"
    for option in (("--allow", "isa-version"), ("--profile", "846-tractor-supply")):
        done = verify(tmp_path, text, *option)
        assert (done.returncode, done.stdout) == (0, FACTS + end)
    assert verify(tmp_path, text, "--profile", "846-4010").returncode == 1


def test_what_is_worth_a_look_is_said(tmp_path: Path) -> None:
    done = verify(tmp_path, swap("QTY*33*5*", "QTY*QD*5*")(good("004010")))
    remark = "worth a look: segment 12, QTY01: quantity qualifier QD means quantity delivered\n"
    assert (done.returncode, done.stdout) == (0, f"{FACTS}{remark}valid\n")


def test_the_verdict_is_there_for_machines_too(tmp_path: Path) -> None:
    done = verify(tmp_path, BROKEN["33 CTT01 does not count LIN"](good("004010")), "--json")
    verdict = json.loads(done.stdout)
    assert done.returncode == 1
    assert (verdict["valid"], verdict["count"], verdict["remarks"], verdict["allowed"]) == (False, 1, [], {})
    assert verdict["problems"] == [
        {
            "segment": 15,
            "element": "CTT01",
            "name": "line-count",
            "value": "9",
            "why": "LIN in it: 2",
            "expected": "2",
            "text": "CTT*9",
            "interchange": "000000042",
            "group": "17",
            "transaction_set": "0001",
        }
    ]


def test_what_cannot_be_judged_is_said_in_one_line(tmp_path: Path) -> None:
    done = verify(tmp_path, "sku,quantity\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "tallyfeed: theirs.edi: it does not begin with ISA, as X12 does\n"
    done = verify(tmp_path, good("004010"), "--profile", "csv")
    assert (done.returncode, done.stderr) == (2, "tallyfeed: --profile csv: that is no EDI 846\n")


@pytest.fixture
def edi(shop: Shop) -> Shop:
    """The web shop has received an 846."""
    parties = 'edi = { sender = "ACME", receiver_qualifier = "01", receiver = "123456789" }\n'
    shop.replace('profile = "csv"\nfeed = "delta"\n', f'profile = "846-4010"\n{parties}')
    shop.drop()
    assert shop.web().status == "success"
    return shop


def test_a_file_of_ours_is_known_by_its_content_and_compared_with_its_feed(edi: Shop) -> None:
    [file] = edi.delivered()
    mine = edi.write("mine.edi", file.read_text())

    done = edi.cli("verify", str(mine))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-2:] == ["compared with: run 1 of acme/web, 3 lines", "valid"]
    other = edi.write("other.edi", file.read_text().replace("SDQ*EA*92*EAST*12", "SDQ*EA*92*EAST*13"))
    assert "compared with" not in edi.cli("verify", str(other)).stdout


def test_a_run_is_verified_without_its_file_or_with_another(edi: Shop) -> None:
    [file] = edi.delivered()
    changed = file.read_text().replace("EAST*12*WEST*4", "EAST*11*WEST*5")
    theirs = edi.write("theirs.edi", changed)

    assert edi.cli("verify", "--run", "1").stdout.endswith("compared with: run 1 of acme/web, 3 lines\nvalid\n")
    done = edi.cli("verify", str(theirs), "--run", "1", "--json")
    verdict = json.loads(done.stdout)
    assert (done.returncode, [(one["name"], one["why"]) for one in verdict["problems"]]) == (
        1,
        [
            ("other-quantity", "the feed tells 12 of MUG in EAST"),
            ("other-quantity", "the feed tells 4 of MUG in WEST"),
        ],
    )


def test_every_file_of_a_run_is_verified_and_another_by_its_name(edi: Shop) -> None:
    edi.write("profiles/own.toml", 'extends = "846-4010"\nfiles = { rows = 2 }\n')
    edi.replace('profile = "846-4010"', 'profile = "own"')
    edi.later(minutes=1)
    assert edi.web(full=True).status == "success"

    verdicts = json.loads(edi.cli("verify", "--run", "2", "--json").stdout)
    assert [(verdict["valid"], verdict["facts"]["compared with"]) for verdict in verdicts] == [
        (True, "run 2 of acme/web, 2 lines"),
        (True, "run 2 of acme/web, 1 line"),
    ]
    second = edi.delivered()[2]
    assert edi.cli("verify", str(second), "--run", "2").stdout.endswith(
        "compared with: run 2 of acme/web, 1 line\nvalid\n"
    )
    done = edi.cli("verify", str(edi.write("x.edi", second.read_text())), "--run", "2")
    names = "846_acme_web_000000002.edi, 846_acme_web_000000003.edi"
    assert (done.returncode, done.stderr) == (2, f"tallyfeed: run 2 built {names}: give x.edi the name that it had\n")


def test_settings_that_were_changed_since_are_said(edi: Shop) -> None:
    edi.replace('max_zeroed = "50%"', 'share = 50\nmax_zeroed = "50%"')
    expected = "compared with: run 1 of acme/web, 3 lines; its settings have been changed since"
    assert expected in edi.cli("verify", "--run", "1").stdout


def test_what_cannot_be_compared_is_said_in_one_line(shop: Shop) -> None:
    shop.drop()
    name = shop.web().file_name
    none = "tallyfeed: run 7 built no file; `tallyfeed history` lists those that did\n"
    csv = f"tallyfeed: run 1 built {name}, which is no EDI 846\n"
    for run, message in (("7", none), ("1", csv)):
        done = shop.cli("verify", "--run", run)
        assert (done.returncode, done.stderr) == (2, message)
    assert "name a FILE, or a run with --run" in shop.cli("verify").stderr
