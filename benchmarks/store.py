"""Storing versions and enrichments, beside the specification's document layout."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.document_layout import PEER, DocumentLayout, open_documents
from benchmarks.edits import edit
from benchmarks.installation import Installation
from benchmarks.interval_layout import IntervalLayout, TimedConnection
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples
from onextree.intelligence.basic import describe

__all__ = ["FirstInsert", "Store", "layouts"]

_PROJECT = "benchmark"
_SEED = 12
_MEANT = 10  # files, of which the goals speak


@contextmanager
def layouts(installation: Installation) -> Iterator[tuple[IntervalLayout, DocumentLayout]]:
    """Both layouts of one project's versions, the other one gone at the end."""
    with (
        TimedConnection.connect(installation.conninfo) as connection,
        open_documents(installation) as documents,
    ):
        yield IntervalLayout(connection, _PROJECT), documents


@dataclass(frozen=True, slots=True)
class Store:
    """Versions with a few changed files, each enriched as soon as it is stored.

    Attributes:
        changes: Numbers of changed files.
        rounds: How often some of our versions and one document take turns.
        versions: How many of ours a round stores, of each number of changes.
        ratio: Of our time to the document's, for 10 changed files.
    """

    files: int
    changes: tuple[int, ...]
    rounds: int
    versions: int
    ratio: float | None

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (
            *(
                f"store a version, {changed:,} of {self.files:,} files changed"
                for changed in self.changes
            ),
            f"store an enrichment, {self.files:,} files",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure all, since they need the same versions; the first round does not count."""
        service, root = installation.service, installation.repository(self.files).root
        service.add_project(root, _PROJECT)
        tree = service.generate(_PROJECT).tree
        rng = random.Random(_SEED)
        versions: dict[int, list[float]] = {changed: [] for changed in self.changes}
        enrichments: list[float] = []
        inserts: list[float] = []
        updates: list[float] = []
        with layouts(installation) as (intervals, documents):
            for _ in range(self.rounds + 1):
                for changed in self.changes:
                    for _ in range(self.versions):
                        tree = edit(tree, rng, changed)
                        data = describe(tree.entries)
                        elapsed, snapshot_id = intervals.time_version(tree)
                        versions[changed].append(elapsed)
                        enrichments.append(intervals.time_enrichment(snapshot_id, data))
                elapsed, document_id = documents.time_insert(snapshot_id)
                inserts.append(elapsed)
                updates.append(documents.time_enrichment(document_id, data))
        service.remove_project(_PROJECT)
        installation.vacuum()
        insert, update = Samples(inserts[1:]), Samples(updates[1:])
        *names, enrichment = self.operations
        return [
            *(
                Row(
                    *(name, 100, self._goal(changed), self._samples(taken), PEER, insert),
                    specification_p99=200,
                )
                for name, (changed, taken) in zip(names, versions.items(), strict=True)
            ),
            Row(
                enrichment,
                50,
                Goal(1.0),
                Samples(enrichments[self.versions * len(self.changes) :]),
                PEER,
                update,
                specification_p99=100,
            ),
        ]

    def _goal(self, changed: int) -> Goal:
        return Goal(1.0, ratio=self.ratio) if changed == _MEANT else Goal()

    def _samples(self, taken: list[float]) -> Samples:
        return Samples(taken[self.versions :])


@dataclass(frozen=True, slots=True)
class FirstInsert:
    """A project's first version, from the scanned tree on: all of its rows.

    Attributes:
        limit: Goal in milliseconds.
    """

    files: int
    rounds: int
    limit: float

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"store a first version, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; between two rounds the project is removed and added again."""
        service, root = installation.service, installation.repository(self.files).root
        service.add_project(root, _PROJECT)
        tree = service.generate(_PROJECT).tree
        ours: list[float] = []
        peer: list[float] = []
        with layouts(installation) as (intervals, documents):
            for _ in range(self.rounds + 1):
                service.remove_project(_PROJECT)
                installation.vacuum()
                service.add_project(root, _PROJECT)
                elapsed, snapshot_id = intervals.time_first_version(tree)
                ours.append(elapsed)
                peer.append(documents.time_insert(snapshot_id)[0])
        service.remove_project(_PROJECT)
        installation.vacuum()
        return [
            Row(
                self.operations[0],
                100,
                Goal(self.limit),
                Samples(ours[1:]),
                PEER,
                Samples(peer[1:]),
                specification_p99=200,
            )
        ]
