"""What is measured, in which order and how often."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.enrichment import BasicEnrichment, Languages
from benchmarks.generation import FirstVersion, Rescan
from benchmarks.installation import Installation
from benchmarks.load import ManyAtOnce, Memory
from benchmarks.rows import Row
from benchmarks.store import Store

__all__ = ["Benchmark", "plan"]


class Benchmark(Protocol):
    """Something that is measured as a whole and fills one row or more."""

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; what it put into the store is gone afterwards."""


def plan(*, quick: bool) -> list[Benchmark]:
    """Every benchmark; the targets in milliseconds are the specification's.

    Args:
        quick: Leave out the biggest trees and take fewer rounds.
    """
    if quick:
        return [
            FirstVersion(files=1_000, rounds=2, specification=500),
            FirstVersion(files=10_000, rounds=2, specification=2_000),
            Rescan(files=10_000, rounds=2),
            Store(files=10_000, rounds=2, versions=10),
            BasicEnrichment(files=10_000, rounds=2),
            Languages(Path(__file__).parents[1] / "onextree"),
            ManyAtOnce(files=1_000, projects=4, rounds=1),
            Memory(files=10_000),
        ]
    return [
        FirstVersion(files=1_000, rounds=5, specification=500),
        FirstVersion(files=10_000, rounds=5, specification=2_000),
        Rescan(files=10_000, rounds=5),
        Store(files=10_000, rounds=10, versions=20),
        BasicEnrichment(files=10_000, rounds=5),
        Languages(),
        ManyAtOnce(files=10_000, projects=10, rounds=3),
        FirstVersion(files=100_000, rounds=3, specification=10_000),
        Rescan(files=100_000, rounds=3),
        Memory(files=100_000),
    ]
