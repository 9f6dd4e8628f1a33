"""Control numbers under eight processes at once, some of which are killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROCESSES, EACH, KILLED = 8, 40, 3

#: Takes numbers one after the other, as the outbox does, and prints each after its transaction.
TAKE = """
import sys
from pathlib import Path
from batch import ledger
from batch.state import open_state

state = open_state("sqlite:///state/tallyfeed.db", Path(sys.argv[1]))
taken = 0
while taken < int(sys.argv[2]):
    with state.reading() as tx:
        number = ledger.next_control_number(tx, "ZZ:ACME>ZZ:SHOP")
    with state.writing() as tx:
        mine = ledger.take_control_number(tx, "ZZ:ACME>ZZ:SHOP", number)
    if mine:
        print(number, flush=True)
        taken += 1
"""


def test_eight_processes_never_take_a_number_twice_even_if_some_are_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAKE, str(tmp_path), str(EACH)]
    subprocess.run([*command[:-1], "0"], check=True)  # makes the database
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    taken: list[list[int]] = []
    for place, process in enumerate(running):
        assert process.stdout
        numbers = []
        for line in process.stdout:
            numbers.append(int(line))
            if place < KILLED and len(numbers) == 5:
                process.kill()
        process.stdout.close()
        process.wait()
        taken.append(numbers)

    everything = [number for numbers in taken for number in numbers]
    assert [len(numbers) for numbers in taken[KILLED:]] == [EACH] * (PROCESSES - KILLED)
    assert all(numbers == sorted(numbers) for numbers in taken)
    assert len(everything) == len(set(everything))


def test_a_number_is_not_taken_by_who_only_looked(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAKE, str(tmp_path), "3"]

    first = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    second = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    assert (first, second) == (["1", "2", "3"], ["4", "5", "6"])
