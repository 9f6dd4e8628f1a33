"""The workspace ``samples/edi``: what each built-in EDI dialect makes of the same stock, byte for byte."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from x12_judges import judged

from batch.dry_run import dry_run
from batch.night import Night
from batch.profiles import Profile, built_in_profiles, load_profile
from batch.session import session
from batch.told import told_by_file, told_by_run
from formats.edi846.feed import Edi846Feed
from formats.verify.file import allowed_by, verify

SAMPLES = Path(__file__).parents[1] / "samples" / "edi"
CLOCK = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
DIALECTS = sorted(folder.parent.name for folder in SAMPLES.glob("*/expected.edi"))


def profile(name: str) -> Profile:
    return load_profile(name, SAMPLES)


def test_every_dialect_writes_its_sample(tmp_path: Path) -> None:
    root, out = Path(shutil.copytree(SAMPLES, tmp_path / "edi")), tmp_path / "out"
    with session(root) as opened:
        targets = list(opened.workspace.chosen(()))
        reports = list(dry_run(opened.workspace, opened.state, targets, CLOCK, out, full=True))
    assert {report.order_source: report.status for report in reports} == dict.fromkeys(DIALECTS, "success")
    assert {file.parent.name: file.read_bytes() for file in out.glob("*/*/*")} == {
        name: (SAMPLES / name / "expected.edi").read_bytes() for name in DIALECTS
    }


def test_every_dialect_tells_what_its_feed_does(tmp_path: Path) -> None:
    root = Path(shutil.copytree(SAMPLES, tmp_path / "edi"))
    for name in DIALECTS:
        (root / "out" / name).mkdir(parents=True)
    with session(root) as opened:
        night = Night(opened.workspace, opened.state, lambda: CLOCK)
        list(night.ingest(["northtrail"]))
        assert [report.order_source for report in night.run(opened.workspace.chosen(()))] == DIALECTS
        files = [file for n in range(1, len(DIALECTS) + 1) for file in told_by_run(opened, n).values()]
        ours = [told_by_file(opened, SAMPLES / name / "expected.edi") for name in DIALECTS]
    assert [told and told.name for told in ours] == [told.name for _, told in files]
    verdicts = {told.name: verify(file, allowed=allowed_by(told.layout), told=told) for file, told in files}
    assert {name: verdict.problems for name, verdict in verdicts.items()} == dict.fromkeys(verdicts, ())
    assert all(verdict.facts["compared with"] == name for name, verdict in verdicts.items())


def test_a_product_that_a_dialect_has_no_room_for_is_reported(tmp_path: Path) -> None:
    root = Path(shutil.copytree(SAMPLES, tmp_path / "edi"))
    with session(root) as opened:
        reports = dry_run(opened.workspace, opened.state, list(opened.workspace.chosen(())), CLOCK, None, full=True)
        counts = {report.order_source: report.counts for report in reports if report.counts}
    assert counts["846-walmart-dsv"] == {"unwritable": 1}  # the mug has no UPC
    assert counts["846-cdw"] == {"with replaced characters": 2}  # the descriptions of rope and stove


@pytest.mark.parametrize("name", DIALECTS)
def test_every_judge_finds_the_samples_faultless_but_for_what_their_profiles_allow(name: str, tmp_path: Path) -> None:
    format_ = profile(name).format
    assert isinstance(format_, Edi846Feed)
    data, marks = (SAMPLES / name / "expected.edi").read_bytes(), format_.separators
    allowed = format_.deviations
    if marks.component == marks.element:  # no judge can tell that ISA16 is there; the file has no components
        data, allowed = data[:104] + b">" + data[105:], frozenset()
    judged(data, tmp_path, allowed=allowed)


def test_every_built_in_dialect_has_a_sample_and_says_how_well_it_is_known() -> None:
    dialects = [name for name in built_in_profiles() if isinstance(profile(name).format, Edi846Feed)]
    assert dialects == DIALECTS
    readme = (SAMPLES / "README.md").read_text()
    rows = [
        f"| [{name}]({name}/expected.edi) | {profile(name).title} | {profile(name).evidence} |" for name in dialects
    ]
    assert [row for row in rows if row not in readme] == []
