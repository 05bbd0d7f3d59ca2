"""Updating a project by what changed in it, durably stored, beside a scan of all its files."""

import os
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.installation import Installation
from benchmarks.repository import Repository
from benchmarks.rows import Goal, Row
from benchmarks.timing import in_turns, milliseconds
from onextree.service import OnexTreeService
from onextree.tree.changes.decision import Mode
from onextree.tree.model import Kind

__all__ = ["PROJECT", "Changes", "IncrementalUpdate"]

PROJECT = "benchmark"
_PEER = "a scan of all files, stored"
_SEED = 8


@dataclass(frozen=True, slots=True)
class IncrementalUpdate:
    """Files of a committed work tree change; the next version is durable afterwards.

    Attributes:
        changed: How many files.
        limit: Goal in milliseconds, where a caller names them.
        specification, specification_p99: Targets in milliseconds.
        rounds: How often some updates and one scan take turns.
        updates: Of a round.
    """

    files: int
    changed: int
    limit: float | None
    specification: float | None
    specification_p99: float | None
    rounds: int
    updates: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        ways = ("named", "of a commit")
        return tuple(f"update, {self.changed:,} of {self.files:,} files, {way}" for way in ways)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; all that has changed is committed at the end."""
        service, repository = installation.service, installation.repository(self.files)
        changes = Changes(service, repository, self.changed)
        rows = []
        for operation, by_commit in zip(self.operations, (False, True), strict=True):
            rows.append(self._row(operation, service, changes, by_commit=by_commit))
            changes.commit()
            service.generate(PROJECT)  # that commit is no update of ours
        service.remove_project(PROJECT)
        installation.vacuum()
        return rows

    def _row(
        self, operation: str, service: OnexTreeService, changes: "Changes", *, by_commit: bool
    ) -> Row:
        stages: list[dict[str, float]] = []

        def update(_: int) -> float:
            paths = changes.make(commit=by_commit)
            named = () if by_commit else paths
            elapsed, updated = milliseconds(lambda: service.update(PROJECT, named))
            assert updated.mode is Mode.INCREMENTAL, updated.reason
            assert len(updated.recorded.changes.modified) == self.changed
            stages.append(updated.stages)
            return elapsed

        def scan() -> float:
            changes.make(commit=by_commit)
            elapsed, generation = milliseconds(lambda: service.generate(PROJECT))
            assert generation.changed
            return elapsed

        ours, peer = in_turns(
            [range(self.updates)] * (self.rounds + 1),
            lambda turn: [update(number) for number in turn],
            lambda _: [scan()],
        )
        return Row(
            *(operation, self.specification, Goal(None if by_commit else self.limit)),
            *(ours, _PEER, peer),
            stages={name: statistics.median(each[name] for each in stages) for name in stages[0]},
            specification_p99=self.specification_p99,
        )


class Changes:
    """Changes files of a project, which it registers and scans first."""

    def __init__(self, service: OnexTreeService, repository: Repository, changed: int) -> None:
        self._repository = repository
        self._changed = changed
        self._random = random.Random(_SEED)
        service.add_project(repository.root, PROJECT)
        tree = service.generate(PROJECT).tree
        self._paths = [
            os.fsdecode(entry.path)
            for entry in tree.entries
            if entry.kind is Kind.FILE and entry.name != b".gitignore"
        ]

    def make(self, *, commit: bool) -> list[str]:
        """Add a line to some files; their paths."""
        paths = self._random.sample(self._paths, self._changed)
        for path in paths:
            with (self._repository.root / path).open("a") as file:
                file.write(f"# {self._random.getrandbits(64)}\n")
        if commit:
            self.commit()
        return paths

    def commit(self) -> None:
        """Commit what was changed."""
        self._repository.commit_changes()
