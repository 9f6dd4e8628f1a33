"""The command line itself: help, usage, exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from looking import command, tallyfeed
from shop import Shop

from batch import passage
from batch.cli import COMMANDS
from batch.errors import EXIT_CODES

HEAVY = {"alembic", "lxml", "paramiko", "polars", "pydantic", "pyx12", "sqlalchemy"}


def test_help_loads_no_heavy_package() -> None:
    program = (
        "import sys\nfrom batch.cli import main\ntry:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    finished = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True)

    assert {name.partition(".")[0] for name in finished.stderr.split()} & HEAVY == set()


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_command_has_help_with_an_example(verb: str) -> None:
    finished = tallyfeed(verb, "--help")

    assert finished.code == 0
    assert re.search(rf"^  Examples?:\n(    tallyfeed .*\n)*    tallyfeed {verb}\b", finished.out, re.MULTILINE)


def test_help_lists_the_commands_and_exit_codes() -> None:
    finished = tallyfeed("--help")

    assert finished.code == 0
    assert re.findall(r"^  (\w+)  ", finished.out.partition("Commands:")[2], re.MULTILINE) == list(COMMANDS)
    for code, meaning in EXIT_CODES.items():
        assert f"{code:>3}  {meaning}" in finished.out


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"\S+, version \d+\.\d+\.\d+\n", tallyfeed("--version").out)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("-w", "."), "Missing command."),
        (("frobnicate",), "No such command 'frobnicate'."),
        (("run", "--frobnicate"), "No such option '--frobnicate'."),
        (("explain", "acme/web"), "Missing argument 'SKU'."),
        (("run", "--out", "files"), "--out goes with --dry-run"),
        (("history", "-n", "0"), "Invalid value for '-n' / '--limit': 0 is not in the range x>=1."),
        (("show", "nothing.csv"), "Invalid value for 'FILE': File 'nothing.csv' does not exist."),
        (
            ("render", "nothing.csv", "--profile", "csv"),
            "Invalid value for 'SNAPSHOT': File 'nothing.csv' does not exist.",
        ),
        (("schema", "order"), "Invalid value for '[merchant|settings|profile]'"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(arguments: tuple[str, ...], problem: str) -> None:
    finished = tallyfeed(*arguments)

    assert (finished.code, finished.out) == (2, "")
    assert f"Error: {problem}" in finished.err


@pytest.mark.parametrize("verb", ["run", "deliver", "status", "history"])
def test_a_target_that_names_nothing_is_wrong_usage(verb: str, shop: Shop) -> None:
    merchant, order_source = command(shop, verb, "nobody"), command(shop, verb, "acme/ebay")

    assert (merchant.code, merchant.err) == (2, "tallyfeed: there is no merchant called 'nobody'; there is acme\n")
    assert (order_source.code, order_source.err) == (
        2,
        "tallyfeed: there is no order source of acme called 'ebay'; there is web\n",
    )


def test_the_workspace_can_be_named_by_the_environment(shop: Shop) -> None:
    finished = subprocess.run(
        [sys.executable, "-P", "-m", "batch", "status"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TALLYFEED_WORKSPACE": str(shop.root)},
    )

    assert (finished.returncode, "acme/web" in finished.stdout) == (0, True)


def test_a_folder_that_is_no_workspace_is_a_problem_of_configuration(tmp_path: Path) -> None:
    finished = tallyfeed("-w", str(tmp_path), "run")

    assert (finished.code, finished.out) == (10, "")
    assert finished.err == (
        f"tallyfeed: {tmp_path}/tallyfeed.toml: there is no such file; `tallyfeed init` makes a workspace, "
        "`--workspace DIR` names one\n"
    )


def test_an_interrupted_run_ends_with_130_and_is_mended_by_the_next_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.now = shop.now.now(shop.now.tzinfo)
    shop.drop()

    def interrupt(point: str) -> None:
        if point == "uploaded":
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(passage, "crash_point", interrupt)
        interrupted = command(shop, "run")
    mended = command(shop, "run")

    assert (interrupted.code, interrupted.err.strip()) == (130, "interrupted")
    assert (mended.code, [file.suffix for file in shop.delivered()]) == (0, [".csv"])


# init


def test_init_makes_a_workspace_that_runs(tmp_path: Path) -> None:
    made = tallyfeed("init", str(tmp_path / "new"))
    checked, run = tallyfeed("-w", str(tmp_path / "new"), "check"), tallyfeed("-w", str(tmp_path / "new"), "run")

    assert made.out == (
        f"a workspace is in {tmp_path}/new; next:\n"
        f"  tallyfeed --workspace {tmp_path}/new check\n"
        f"  tallyfeed --workspace {tmp_path}/new run\n"
    )
    assert (made.code, checked.code, run.code) == (0, 0, 0)
    assert "wrong" not in checked.out


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()

    finished = tallyfeed("init", str(tmp_path))

    assert (finished.code, finished.err) == (
        2,
        f"tallyfeed: {tmp_path} is not empty; name a folder that is, or one that doesn't exist yet\n",
    )
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


# schema


@pytest.mark.parametrize(
    ("file", "title", "key"),
    [("merchant", "Merchant", "order_sources"), ("settings", "Settings", "state"), ("profile", "Profile", "format")],
)
def test_the_schema_of_a_file_is_json(file: str, title: str, key: str) -> None:
    finished = tallyfeed("schema", file)
    said = json.loads(finished.out)

    assert (finished.code, finished.err, said["title"], said["additionalProperties"]) == (0, "", title, False)
    assert key in said["properties"]


# render


def test_a_snapshot_is_rendered_without_a_workspace(tmp_path: Path) -> None:
    snapshot = tmp_path / "stock.csv"
    snapshot.write_text("sku,warehouse,available\nMUG,EAST,12\nMUG,WEST,4\n")

    finished = tallyfeed("render", str(snapshot), "--profile", "csv-wide")

    assert (finished.code, finished.out) == (0, "sku,total,EAST,WEST\nMUG,16,12,4\n")
    assert finished.err == (
        "2 rows, 1 SKUs, 16 units, 0 bad rows\n"
        "note: columns guessed: sku = sku, warehouse = warehouse, available = available\n"
    )


def test_render_reads_stdin_writes_a_file_and_takes_the_names_of_columns(tmp_path: Path) -> None:
    out = tmp_path / "feed.csv"
    columns = ["--column", "sku=Ref", "--column", "available=N"]
    finished = subprocess.run(
        [sys.executable, "-P", "-m", "batch", "render", "-", "--profile", "csv-total", *columns, "-o", str(out)],
        input="Ref;N\nMUG;12\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (finished.returncode, finished.stdout, out.read_text()) == (0, "", "sku,quantity\nMUG,12\n")


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (
            ("--profile", "846-4010"),
            2,
            "an EDI profile needs --sender and --receiver, as in --sender ZZ:ACME --receiver 01:1234",
        ),
        (("--profile", "846-4010", "--sender", "ACME"), 2, "--sender: write QUALIFIER:ID, as in ZZ:ACME"),
        (("--profile", "846-4010", "--sender", "ZZ:ACME"), 2, "--receiver: write QUALIFIER:ID, as in ZZ:ACME"),
        (("--profile", "csv", "-o", "/nowhere/feed.csv"), 1, "/nowhere/feed.csv: No such file or directory"),
        (("--profile", "csv", "--column", "sku=Item"), 2, 'quantity = "on_hand" needs columns.on_hand'),
    ],
)
def test_what_render_cannot_do_is_said(tmp_path: Path, arguments: tuple[str, ...], code: int, problem: str) -> None:
    snapshot = tmp_path / "stock.csv"
    snapshot.write_text("sku,available\nMUG,12\n")

    finished = tallyfeed("render", str(snapshot), *arguments)

    assert (finished.code, finished.err) == (code, f"tallyfeed: {problem}\n")


def test_a_size_of_pieces_that_is_no_number_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYFEED_PIECE_MB", "many")

    finished = tallyfeed("profiles")

    assert finished.code == 2
    assert 'TALLYFEED_PIECE_MB is "many", not a whole number of MB such as 8' in finished.err
