from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from broken_846 import BROKEN, good, swap


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
