"""Generating a project's tree, durably stored, beside `git status` on the same work tree."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.installation import Installation
from benchmarks.rows import Goal, Row
from benchmarks.timing import alternate, milliseconds
from onextree.service import Generation

__all__ = ["FirstVersion", "Rescan"]

_PEER = "git status -uall"
_PROJECT = "benchmark"


@dataclass(frozen=True, slots=True)
class FirstVersion:
    """List, hash and store a project that the store does not know yet, until it is committed.

    Attributes:
        specification: Target in milliseconds.
        specification_p99: Target for 99 of 100, in milliseconds.
    """

    files: int
    rounds: int
    specification: float
    specification_p99: float

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"generate, first version, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; between two rounds the project is removed and added again."""
        service, repository = installation.service, installation.repository(self.files)
        generations: list[Generation] = []

        def generate() -> float:
            service.add_project(repository.root, _PROJECT)
            elapsed, generation = milliseconds(lambda: service.generate(_PROJECT, rehash=True))
            assert generation.recorded.version == 1
            assert generation.tree.total_files == self.files
            generations.append(generation)
            service.remove_project(_PROJECT)
            installation.vacuum()
            return elapsed

        ours, peer = alternate(self.rounds, generate, repository.time_status)
        return [
            Row(
                operation=self.operations[0],
                specification=self.specification,
                goal=Goal(ratio=2.0),
                measured=ours,
                peer_name=_PEER,
                peer=peer,
                stages=_stages(generations[1:]),
                specification_p99=self.specification_p99,
            )
        ]


@dataclass(frozen=True, slots=True)
class Rescan:
    """Scan a project that has not changed, and store that its newest version still holds."""

    files: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"rescan, nothing changed, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure."""
        service, repository = installation.service, installation.repository(self.files)
        service.add_project(repository.root, _PROJECT)
        service.generate(_PROJECT)
        generations: list[Generation] = []

        def generate() -> float:
            elapsed, generation = milliseconds(lambda: service.generate(_PROJECT))
            assert not generation.changed
            generations.append(generation)
            return elapsed

        ours, peer = alternate(self.rounds, generate, repository.time_status)
        service.remove_project(_PROJECT)
        installation.vacuum()
        return [
            Row(
                operation=self.operations[0],
                specification=None,
                goal=Goal(ratio=1.2),
                measured=ours,
                peer_name=_PEER,
                peer=peer,
                stages=_stages(generations[1:]),
            )
        ]


def _stages(generations: list[Generation]) -> dict[str, float]:
    """The median of each stage."""
    return {
        stage: statistics.median(generation.stages[stage] for generation in generations)
        for stage in generations[0].stages
    }
