"""A whole run: takes in what was dropped, then brings the chosen order sources up to date, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from batch.acknowledge import acknowledge, acknowledge_orders
from batch.answered import Answered
from batch.answers import collect
from batch.circuits import Circuits
from batch.collection import Collection, notice
from batch.config import Workspace
from batch.errors import DONE, FAILED, HELD, PARTLY, AlreadyRunning, BatchError
from batch.feeding import Feeding
from batch.inputs import Inputs, load_inputs
from batch.intake import Intake, Taken
from batch.order_intake import OrderIntake, order_intakes
from batch.outbox import Clock
from batch.run import Report, bring_up_to_date, deliver_waiting
from batch.state import State
from transports.errors import TransportError


@dataclass(frozen=True, slots=True)
class Night:
    """What a command does for several merchants: one that fails doesn't stop the others.

    Attributes:
        busy: merchants whose snapshots another process is taking in; they are left to it.
        circuits: partners that were found to be down.
    """

    workspace: Workspace
    state: State
    clock: Clock
    busy: set[str] = field(default_factory=set)
    circuits: Circuits = field(default_factory=Circuits)

    def ingest(
        self, merchants: Iterable[str], only: str | None = None, *, ignore_schedule: bool = True
    ) -> Iterator[Taken]:
        """Takes in what lies in the inboxes of these merchants, of one of their sources or of all."""
        for merchant in merchants:
            for source in self.workspace.merchant(merchant).sources:
                if only in (None, source):
                    taken = self._taken(merchant, source, ignore_schedule=ignore_schedule)
                    yield from self._guarded(merchant, source, taken)
            for intake in order_intakes(self.workspace, self.state, merchant, self.clock()):
                if only in (None, intake.source):
                    yield from self._guarded(merchant, intake.source, self._orders(intake))

    def run(
        self, targets: Iterable[tuple[str, str]], *, full: bool = False, ignore_schedule: bool = False
    ) -> Iterator[Report]:
        """Brings order sources up to date; levels and tables are loaded once a merchant."""
        loaded: dict[str, Inputs | Exception] = {}

        def bring(feeding: Feeding) -> Report:
            inputs = loaded[feeding.merchant]
            if isinstance(inputs, Exception):
                raise inputs
            return bring_up_to_date(feeding, inputs, full=full, ignore_schedule=ignore_schedule)

        for merchant, order_source in targets:
            if merchant not in loaded:
                loaded = {merchant: self._inputs(merchant)}
            if (report := self._reported(merchant, order_source, bring)) is not None:
                yield report

    def deliver(self, targets: Iterable[tuple[str, str]]) -> Iterator[Report]:
        """Sends what is built; order sources without anything to send are passed over."""
        for merchant, order_source in targets:
            if (report := self._reported(merchant, order_source, deliver_waiting)) is not None:
                yield report

    def answers(self, targets: Iterable[tuple[str, str]]) -> Iterator[Answered]:
        """Reads what the order sources answered."""
        for merchant, order_source in targets:
            try:
                yield from collect(self._feeding(merchant, order_source))
            except (BatchError, TransportError) as error:
                yield Answered(merchant, order_source, "", "", "failed", None, str(error))

    def collections(self, targets: Iterable[tuple[str, str]]) -> Iterator[Collection]:
        """Looks which files partners have collected from their mailboxes."""
        for merchant, order_source in targets:
            try:
                yield from notice(self.workspace, self.state, merchant, order_source, self.clock())
            except TransportError as error:
                yield Collection(merchant, order_source, "", str(error))

    def _reported(self, merchant: str, order_source: str, work: Callable[[Feeding], Report | None]) -> Report | None:
        try:
            return work(self._feeding(merchant, order_source))
        except AlreadyRunning as error:
            return Report(merchant, order_source, "running", str(error), exit_code=error.exit_code)
        except BatchError as error:
            return Report(merchant, order_source, "failed", str(error), exit_code=error.exit_code)
        except Exception as error:  # noqa: BLE001  (whatever it is, the others must be served)
            return Report(merchant, order_source, "failed", _unforeseen(error), exit_code=FAILED)

    def _feeding(self, merchant: str, order_source: str) -> Feeding:
        return Feeding.of(self.workspace, self.state, merchant, order_source, self.clock, circuits=self.circuits)

    def _taken(self, merchant: str, source: str, *, ignore_schedule: bool) -> Iterator[Taken]:
        intake = Intake(self.workspace, self.state, merchant, source, self.clock())
        if ignore_schedule or intake.is_due():
            yield from intake.take_all()
            for name in acknowledge(self.workspace, self.state, merchant, source):
                yield Taken(merchant, source, "", "answered", name)

    def _orders(self, intake: OrderIntake) -> Iterator[Taken]:
        yield from intake.take_all()
        for name in acknowledge_orders(self.workspace, self.state, intake.merchant, intake.source):
            yield Taken(intake.merchant, intake.source, "", "answered", name)

    def _guarded(self, merchant: str, source: str, taken: Iterator[Taken]) -> Iterator[Taken]:
        """What became of the files of a source; when it fails, the others are served all the same."""
        try:
            yield from taken
        except AlreadyRunning as error:
            self.busy.add(merchant)
            yield Taken(merchant, source, "", "waiting", str(error))
        except TransportError as error:
            yield Taken(merchant, source, "", "failed", str(error))
        except Exception as error:  # noqa: BLE001  (whatever it is, the others must be served)
            yield Taken(merchant, source, "", "failed", _unforeseen(error))

    def _inputs(self, merchant: str) -> Inputs | Exception:
        if merchant in self.busy:
            return AlreadyRunning(f"another process is taking in the snapshots of {merchant}")
        try:
            return load_inputs(self.workspace, self.state, merchant)
        except Exception as error:  # noqa: BLE001  (it is raised again for each order source of this merchant)
            return error


def _unforeseen(error: Exception) -> str:
    """What to say of an error that nobody foresaw; where it happened goes to the log."""
    logging.getLogger("tallyfeed").error("unforeseen", exc_info=error)
    return f"{type(error).__name__}: {error}"


def exit_code(reports: Iterable[Report]) -> int:
    """The documented exit code of a run over several order sources."""
    codes = {report.exit_code for report in reports}
    bad = codes - {DONE}
    if not bad:
        return DONE
    if bad in (codes, {HELD}):
        return bad.pop() if len(bad) == 1 else FAILED
    return PARTLY
