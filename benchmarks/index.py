"""A version's files in memory: what they take, and bringing them up to the next version."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.edits import edit
from benchmarks.installation import Installation
from benchmarks.interval_layout import store_versions
from benchmarks.reading import PROJECT, open_reader, stored
from benchmarks.rows import Goal, Row
from benchmarks.targets import NO_TARGETS
from benchmarks.timing import Samples, each, turns
from onextree.store import search
from onextree.tree.query.index import TreeIndex

__all__ = ["IndexMemory", "IndexUpdate"]

_MB = 1_000_000
_SEED = 12
_MEASURE = """
import gc, os, sys, tracemalloc
import psycopg
from onextree.store import moments, search
from onextree.store.file_classes import FileClasses
from onextree.tree.query.index import TreeIndex

with psycopg.connect(os.environ["CONNINFO"]) as connection:
    classes = FileClasses()
    located = moments.locate(connection, sys.argv[1])
    assert search.find_item(connection, classes, located, "") is None
    tracemalloc.start()
    items = search.read_items(connection, classes, located)
    kept = TreeIndex.of(located.version, items) if sys.argv[2] == "index" else list(items)
    del items
    gc.collect()
    print(tracemalloc.get_traced_memory()[0])
"""


@dataclass(frozen=True, slots=True)
class IndexMemory:
    """What Python allocates for an index in a fresh process, its files read from the store.

    Attributes:
        limit: Goal in megabytes; None for none.
    """

    files: int
    limit: float | None

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"memory of an index, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure once; the peer is a list of the same files as named tuples."""
        with stored(installation, self.files):
            index, items = (_allocated(installation, what) for what in ("index", "list"))
        return [
            Row(
                operation=self.operations[0],
                specification=None,
                goal=Goal(self.limit),
                measured=Samples([index]),
                peer_name="list of tuples",
                peer=Samples([items]),
                unit="MB",
            )
        ]


def _allocated(installation: Installation, what: str) -> float:
    """Megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, PROJECT, what],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "CONNINFO": installation.conninfo},
    )
    return int(done.stdout) / _MB


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """Bring an index up to the next version, from what changed in it.

    Attributes:
        updates: Of a round.
        peer: How many indexes the peer makes in a round.
    """

    files: int
    changed: int
    rounds: int
    updates: int
    peer: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return tuple(
            f"{what}, {self.changed:,} of {self.files:,} files changed"
            for what in ("update an index in memory", "update an index from PostgreSQL")
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer makes the index anew, from the files in memory or in the store."""
        with (
            stored(installation, self.files) as project,
            open_reader(installation) as reader,
        ):
            before = reader.index(project.located)
            edited = edit(project.tree, random.Random(_SEED), self.changed)
            store_versions(installation, PROJECT, [edited])
            installation.vacuum(analyze=True)
            located = reader.locate(PROJECT)
            items = reader.items(located)
            written = [item for item in items if item.changed_in_version == located.version]
            removed = {item.path for item in before} - {item.path for item in items}
            assert len(written) + len(removed) == self.changed

            def update(_: object) -> TreeIndex:
                return before.updated(located.version, written, removed)

            def bring_up(_: object) -> TreeIndex | None:
                return search.update_index(
                    reader.connection, reader.classes, located, project.located.snapshot_id, before
                )

            def make(_: object) -> TreeIndex:
                return TreeIndex.of(located.version, items)

            def read(_: object) -> TreeIndex:
                return reader.index(located)

            in_memory, in_store = (list(index) for index in (update(None), bring_up(None) or ()))
            assert in_memory == in_store == items
            rounds = turns(self.rounds, [None], self.updates)
            return [
                NO_TARGETS.measure(
                    self.operations[0],
                    Goal(),
                    rounds=rounds,
                    ours=partial(each, update),
                    peer_name="made anew",
                    peer=lambda asked: each(make, asked[: self.peer]),
                ),
                NO_TARGETS.measure(
                    self.operations[1],
                    Goal(),
                    rounds=rounds,
                    ours=partial(reader.each, bring_up),
                    peer_name="read and made anew",
                    peer=lambda asked: reader.each(read, asked[: self.peer]),
                ),
            ]
