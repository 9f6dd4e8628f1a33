"""Everything that concerns one order source during one command."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from batch import resolve
from batch.blobs import Blobs
from batch.circuits import Circuits
from batch.config import Workspace
from batch.errors import ConfigProblem
from batch.models import Merchant, OrderSource
from batch.outbox import Clock
from batch.profiles import Profile, load_profile
from batch.state import State
from formats.x12.interchange import TradingPair
from mappings.delta import DESTRUCTIVE


@dataclass(frozen=True)
class Feeding:
    """One order source of one merchant: its settings, its profile and the places of its files.

    Attributes:
        shape: changes with anything that shapes the numbers or the file.
        circuits: partners that this command has found to be down.
    """

    workspace: Workspace
    state: State
    merchant: str
    order_source: str
    settings: OrderSource
    profile: Profile
    shape: str
    clock: Clock
    circuits: Circuits = field(default_factory=Circuits)

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        state: State,
        merchant: str,
        order_source: str,
        clock: Clock,
        *,
        circuits: Circuits | None = None,
    ) -> Feeding:
        """Puts together what concerns one order source.

        Raises:
            ConfigProblem: its profile is missing or wrong.
        """
        settings = workspace.order_source(merchant, order_source)
        profile = load_profile(settings.profile, workspace.root)
        if problems := list(_problems(workspace.merchant(merchant), settings, profile)):
            where = f"order_sources.{order_source}"
            raise ConfigProblem(Path("merchants", f"{merchant}.toml"), [f"{where}.{text}" for text in problems])
        shape = resolve.settings_fingerprint(workspace, merchant, order_source, profile)
        return cls(workspace, state, merchant, order_source, settings, profile, shape, clock, circuits or Circuits())

    @property
    def name(self) -> str:
        """Merchant and order source, as commands name them."""
        return f"{self.merchant}/{self.order_source}"

    @property
    def artifacts(self) -> Blobs:
        """The files that were built."""
        return Blobs(self.workspace.files / "outbox")

    @property
    def told(self) -> Blobs:
        """The lines of the files that were built."""
        return Blobs(self.workspace.files / "told")

    @property
    def baselines(self) -> Blobs:
        """What order sources know."""
        return Blobs(self.workspace.files / "baselines")

    @property
    def merchant_file(self) -> Path:
        """The configuration file, for messages."""
        return Path("merchants", f"{self.merchant}.toml")

    @property
    def answers_within(self) -> timedelta | None:
        """How soon a file should be answered; None where no answer is expected, or none could be read."""
        expected, place = self.profile.expected_answer, self.settings.answers
        return (place.within or expected.within) if expected and place else None

    def fingerprint(self, inputs: str) -> str:
        """Changes with the merchant's inputs, the settings or the profile."""
        return hashlib.sha256(f"{inputs} {self.shape}".encode()).hexdigest()

    def trading_pair(self) -> TradingPair | None:
        """Who sends to whom, where the profile needs to know.

        Raises:
            ConfigProblem: the profile needs it and the order source has no ``edi`` table.
        """
        if not self.profile.format.needs_interchange:
            return None
        if self.settings.edi is None:
            key = f"order_sources.{self.order_source}"
            raise ConfigProblem(
                self.merchant_file,
                [f"{key}.edi: profile {self.settings.profile} needs it; add [{key}.edi] with sender and receiver"],
            )
        return self.settings.edi


def _problems(merchant: Merchant, settings: OrderSource, profile: Profile) -> Iterator[str]:
    """What an order source lacks that its profile demands, and what the merchant's sources can't give it."""
    if settings.sales_channel is not None and profile.breaks_down:
        why = f"{settings.profile} breaks stock down by warehouse, which a source by sales channel can't"
        yield f"profile: {why}; choose one of totals, such as csv-total"
    if settings.feed is not None and settings.feed not in profile.kinds:
        yield f"feed: {settings.profile} takes {' and '.join(profile.kinds)} feeds alone"
    if missing := sorted(profile.values - settings.values.keys()):
        yield f"values: profile {settings.profile} needs {', '.join(missing)} there"
    if settings.hold != "everything" and ((settings.feed or profile.feed) == "full" or profile.absent in DESTRUCTIVE):
        yield f'hold: {settings.profile} is told everything or nothing; "{settings.hold}" needs feed = "delta"'
    changes = [name for name, source in merchant.sources.items() if source.content == "changes"]
    if profile.absent in DESTRUCTIVE and changes:
        yield (
            f"profile: with {settings.profile} an absent SKU is {_ABSENT[profile.absent]}, so it needs complete "
            f"snapshots; source {changes[0]} sends changes"
        )


_ABSENT = {"zero": "sold out", "deleted": "deleted"}
