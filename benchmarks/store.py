"""Storing a version and its enrichment, beside the specification's document layout."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.document_layout import DocumentLayout
from benchmarks.edits import CHANGED, edit
from benchmarks.installation import Installation
from benchmarks.interval_layout import IntervalLayout, TimedConnection
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples
from onextree.intelligence.basic import describe

__all__ = ["Store"]

_PEER = "document layout"
_PROJECT = "benchmark"
_SEED = 12


@dataclass(frozen=True, slots=True)
class Store:
    """Versions with a few changed files, each enriched as soon as it is stored.

    Attributes:
        rounds: How often some of our versions and one document take turns.
        versions: How many of ours a round stores.
    """

    files: int
    rounds: int
    versions: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (
            f"store a version, {CHANGED} of {self.files:,} files changed",
            f"store an enrichment, {self.files:,} files",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure both, since they need the same versions; the first round does not count."""
        service, root = installation.service, installation.repository(self.files).root
        service.add_project(root, _PROJECT)
        tree = service.generate(_PROJECT).tree
        rng = random.Random(_SEED)
        ours: list[tuple[float, float]] = []
        peer: list[tuple[float, float]] = []
        with (
            TimedConnection.connect(installation.conninfo) as connection,
            installation.connect() as beside,
        ):
            intervals = IntervalLayout(connection, _PROJECT)
            documents = DocumentLayout(beside)
            for _ in range(self.rounds + 1):
                for _ in range(self.versions):
                    tree = edit(tree, rng)
                    data = describe(tree.entries)
                    version, snapshot_id = intervals.time_version(tree)
                    ours.append((version, intervals.time_enrichment(snapshot_id, data)))
                insert, document_id = documents.time_insert(snapshot_id)
                peer.append((insert, documents.time_enrichment(document_id, data)))
            documents.remove()
        service.remove_project(_PROJECT)
        installation.vacuum()
        return self._rows(ours[self.versions :], peer[1:])

    def _rows(
        self, ours: Sequence[tuple[float, float]], peer: Sequence[tuple[float, float]]
    ) -> Sequence[Row]:
        versions, enrichments = (Samples(taken) for taken in zip(*ours, strict=True))
        inserts, updates = (Samples(taken) for taken in zip(*peer, strict=True))
        version, enrichment = self.operations
        return [
            Row(version, 100, Goal(1.0, ratio=0.01), versions, _PEER, inserts),
            Row(enrichment, 50, Goal(1.0), enrichments, _PEER, updates),
        ]
