"""What it costs a version that others are told of it in its own transaction."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from benchmarks.edits import edit
from benchmarks.installation import Installation
from benchmarks.interval_layout import IntervalLayout, TimedConnection
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples
from onextree.events.models import TreeGenerationCompletedEvent
from onextree.store.outbox import OutboxEvent

__all__ = ["Outbox", "completed"]

_PROJECT = "benchmark"
_SEED = 9


@dataclass(frozen=True, slots=True)
class Outbox:
    """Versions that are told of, and versions that nobody hears of, in turns.

    Attributes:
        versions: How many of each.
        limit: Goal in milliseconds.
    """

    files: int
    changed: int
    versions: int
    limit: float

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"outbox, on a version with {self.changed:,} of {self.files:,} files changed",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure the statement; the note tells both transactions as a whole."""
        service, root = installation.service, installation.repository(self.files).root
        service.add_project(root, _PROJECT)
        tree = service.generate(_PROJECT).tree
        rng = random.Random(_SEED)
        telling: list[float] = []
        with_it: list[float] = []
        without: list[float] = []
        with TimedConnection.connect(installation.conninfo) as connection:
            layout = IntervalLayout(connection, _PROJECT)
            for _ in range(self.versions):
                tree = edit(tree, rng, self.changed)
                without.append(layout.time_version(tree)[0])
                tree = edit(tree, rng, self.changed)
                with_it.append(layout.time_version(tree, completed(_PROJECT))[0])
                telling.append(connection.telling)
        service.remove_project(_PROJECT)
        installation.vacuum()
        alone, told = Samples(without), Samples(with_it)
        return [
            Row(
                *(self.operations[0], None, Goal(self.limit), Samples(telling)),
                *("the version without it", alone),
                note=f"the version with it {told.median:.2f} ms",
            )
        ]


def completed(project_id: str) -> OutboxEvent:
    """An event as a generation tells it."""
    event = TreeGenerationCompletedEvent(
        correlation_id=uuid4(),
        snapshot_id=uuid4(),
        project_id=project_id,
        tree_hash="0" * 64,
        total_files=10_000,
        total_directories=1_000,
        total_size_mb=12.5,
        generation_time_ms=160.0,
    )
    body = event.model_dump(mode="json")
    body["metadata"] = {"project_id": project_id, "version": 1, "changed": True}
    return OutboxEvent(project_id, event.id, body["event"], event.correlation_id, body)
