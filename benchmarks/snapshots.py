"""What stored versions cost: to read as one document, and to keep."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.document_layout import PEER
from benchmarks.edits import edited
from benchmarks.installation import Installation
from benchmarks.interval_layout import store_versions
from benchmarks.rows import Goal, Row
from benchmarks.store import layouts
from benchmarks.timing import Samples, alternate, milliseconds

__all__ = ["Footprint", "Structure"]

_PROJECT = "benchmark"
_MB = 1_000_000
_SELECT = "SELECT length(tree_structure::text) FROM onextree_snapshots WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Structure:
    """The whole tree of a version as nested nodes, as text at the server.

    Attributes:
        limit: Goal in milliseconds.
    """

    files: int
    rounds: int
    limit: float

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"select tree_structure, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer reads its stored document."""
        service, root = installation.service, installation.repository(self.files).root
        service.add_project(root, _PROJECT)
        snapshot_id = service.generate(_PROJECT).recorded.snapshot_id
        with layouts(installation) as (_, documents), installation.connect() as connection:
            document_id = documents.time_insert(snapshot_id)[1]

            def select() -> float:
                elapsed, row = milliseconds(
                    lambda: connection.execute(_SELECT, [snapshot_id]).fetchone()
                )
                assert row is not None
                return elapsed

            measured, peer = alternate(
                self.rounds, select, lambda: documents.time_structure(document_id)
            )
        service.remove_project(_PROJECT)
        installation.vacuum()
        return [Row(self.operations[0], None, Goal(self.limit), measured, PEER, peer)]


@dataclass(frozen=True, slots=True)
class Footprint:
    """The size of many versions of many projects, tables and indexes."""

    projects: int
    versions: int
    files: int
    changed: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (
            f"{self.projects} projects × {self.versions} versions × {self.files:,} files, "
            f"{self.changed} changed each",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Store all versions and weigh them; the peer's size is that of two documents, scaled."""
        service, root = installation.service, installation.repository(self.files).root
        service.add_project(root, _PROJECT)
        generation = service.generate(_PROJECT)
        with layouts(installation) as (_, documents):
            empty = documents.size()
            documents.time_insert(generation.recorded.snapshot_id)
            documents.time_insert(generation.recorded.snapshot_id)
            document = (documents.size() - empty) / 2
        service.remove_project(_PROJECT)
        names = [f"footprint-{number}" for number in range(self.projects)]
        for name in names:
            service.add_project(root, name)
        # What is there already, of other measurements, is no part of it.
        installation.vacuum(full=True)
        before = installation.stored_bytes()
        for name in names:
            trees = edited(generation.tree, random.Random(name), self.versions, self.changed)
            store_versions(installation, name, trees)
        size = installation.stored_bytes() - before
        for name in names:
            service.remove_project(name)
        installation.vacuum()
        return [
            Row(
                self.operations[0],
                2_500,
                Goal(150),
                Samples([size / _MB]),
                PEER,
                Samples([document * self.projects * self.versions / _MB]),
                unit="MB",
                note="the peer's from two documents",
            )
        ]
