"""What is measured, in which order and how often."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.commits import CommitToVersion
from benchmarks.dagster_layer import CodeLocation, Events, OneRun, Regeneration, Ticks
from benchmarks.enrichment import BasicEnrichment, Languages
from benchmarks.events.broker import available
from benchmarks.events.outbox import Outbox
from benchmarks.events.relaying import Relaying
from benchmarks.events.requests import EventToVersion
from benchmarks.generation import FirstVersion, Rescan
from benchmarks.history import History
from benchmarks.http.look_ups import LookUps
from benchmarks.http.stamping import StampsOverHttp
from benchmarks.http.together import OnOneServer
from benchmarks.http.writing import GenerationsOverHttp, UpdateOverHttp
from benchmarks.index import IndexMemory, IndexUpdate
from benchmarks.index_queries import IndexQueries
from benchmarks.installation import Installation
from benchmarks.intelligence import EnrichmentMemory, LocalEnrichment, RelationshipQueries
from benchmarks.load import ManyAtOnce, Memory
from benchmarks.mixed_load import MixedLoad
from benchmarks.queries import CacheHit, StoreQueries
from benchmarks.rows import Row
from benchmarks.snapshots import Footprint, Structure
from benchmarks.stamping import ManifestOfStamps, OneStamp
from benchmarks.store import FirstInsert, Store
from benchmarks.updates import IncrementalUpdate

__all__ = ["Benchmark", "plan"]

_CHANGES = (1, 10, 100, 1_000)


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
        quick: Take small trees and few rounds, to see that all of it works.
    """
    return [*_without_kafka(quick=quick), *(_with_kafka(quick=quick) if available() else ())]


def _with_kafka(*, quick: bool) -> list[Benchmark]:
    """What needs a broker, which needs Java and Maven."""
    if quick:
        return [
            Relaying(projects=50, each=4, rounds=1, limit=200),
            EventToVersion(files=1_000, rounds=1),
        ]
    return [
        Relaying(projects=1_000, each=10, rounds=5, limit=200),
        Relaying(projects=1, each=1_000, rounds=3, limit=None),
        EventToVersion(files=10_000, rounds=20),
    ]


def _without_kafka(*, quick: bool) -> list[Benchmark]:
    if quick:
        return [
            FirstVersion(files=1_000, rounds=2, specification=500, specification_p99=750),
            FirstVersion(files=3_000, rounds=1, specification=2_000, specification_p99=3_000),
            Rescan(files=3_000, rounds=2),
            IncrementalUpdate(*(3_000, 10, 5, 200), specification_p99=500, rounds=1, updates=5),
            Store(files=3_000, changes=(10,), rounds=1, versions=5, ratio=0.01),
            Outbox(files=3_000, changed=10, versions=20, limit=0.3),
            FirstInsert(files=3_000, rounds=2, limit=30),
            Structure(files=3_000, rounds=2, limit=40),
            Footprint(projects=3, versions=3, files=1_000, changed=20),
            BasicEnrichment(files=3_000, rounds=2),
            LocalEnrichment(*(300, 1, 5_000), changed=5, changed_limit=200, updates=1),
            RelationshipQueries(files=300, questions=5),
            EnrichmentMemory(files=300, limit=None),
            Languages(Path(__file__).parents[1] / "onextree"),
            ManyAtOnce(files=1_000, projects=4, rounds=1),
            Memory(files=3_000),
            IndexQueries(files=3_000, rounds=2, look_ups=100, searches=100, peer=5),
            IndexMemory(files=1_000, limit=None),
            IndexUpdate(files=1_000, changed=10, rounds=2, updates=20, peer=1),
            StoreQueries(files=3_000, rounds=2, look_ups=100, searches=10, peer=2),
            CacheHit(files=1_000, rounds=2, questions=100),
            History(files=1_000, changed=10, versions=5, rounds=2, questions=20),
            MixedLoad(
                projects=3, versions=3, files=1_000, changed=20, rounds=2, questions=150, peer=15
            ),
            OneStamp(size=10_000, rounds=2, stamps=50),
            ManifestOfStamps(*(300, 10), rounds=1, updates=3, limit=2_000, changed_limit=50),
            *(CodeLocation(rounds=1), Events(rounds=10), Ticks(projects=20, rounds=2)),
            Regeneration(projects=5, files=100, rounds=1),
            OnOneServer(
                LookUps(files=1_000, rounds=1, number=1_000, at_rate=200),
                UpdateOverHttp(files=1_000, changed=10, rounds=1, updates=1),
                GenerationsOverHttp(files=1_000, projects=4, rounds=1),
                StampsOverHttp(files=1_000, rounds=1, number=300, batches=5),
            ),
        ]
    return [
        FirstVersion(files=1_000, rounds=5, specification=500, specification_p99=750),
        FirstVersion(files=10_000, rounds=5, specification=2_000, specification_p99=3_000),
        Rescan(files=10_000, rounds=5),
        IncrementalUpdate(*(10_000, 10, 5, 200), specification_p99=500, rounds=5, updates=20),
        IncrementalUpdate(*(10_000, 100, 10, 1_000), specification_p99=2_000, rounds=5, updates=10),
        IncrementalUpdate(
            *(10_000, 1_000, None, None), specification_p99=None, rounds=3, updates=3
        ),
        Store(files=5_000, changes=_CHANGES, rounds=5, versions=10, ratio=None),
        Store(files=10_000, changes=_CHANGES, rounds=10, versions=10, ratio=0.01),
        Outbox(files=10_000, changed=10, versions=100, limit=0.3),
        FirstInsert(files=10_000, rounds=5, limit=30),
        Structure(files=10_000, rounds=5, limit=40),
        Footprint(projects=100, versions=10, files=5_000, changed=20),
        IndexQueries(files=10_000, rounds=5, look_ups=100, searches=100, peer=20),
        StoreQueries(files=10_000, rounds=5, look_ups=100, searches=50, peer=10),
        CacheHit(files=10_000, rounds=5, questions=100),
        History(files=10_000, changed=10, versions=10, rounds=5, questions=50),
        MixedLoad(
            projects=100, versions=10, files=5_000, changed=20, rounds=5, questions=600, peer=30
        ),
        BasicEnrichment(files=10_000, rounds=5),
        LocalEnrichment(*(10_000, 3, 5_000), changed=10, changed_limit=200),
        RelationshipQueries(files=10_000, questions=50),
        LocalEnrichment(*(100_000, 1, 60_000), changed=10, changed_limit=None, with_cruiser=False),
        EnrichmentMemory(files=100_000, limit=1_000),
        Languages(),
        ManyAtOnce(files=10_000, projects=10, rounds=3),
        FirstVersion(files=100_000, rounds=3, specification=10_000, specification_p99=15_000),
        Rescan(files=100_000, rounds=3),
        IncrementalUpdate(*(100_000, 10, 10, 200), specification_p99=500, rounds=5, updates=20),
        IncrementalUpdate(
            *(100_000, 100, 20, 1_000), specification_p99=2_000, rounds=5, updates=10
        ),
        Store(files=100_000, changes=_CHANGES, rounds=3, versions=5, ratio=0.001),
        FirstInsert(files=100_000, rounds=3, limit=250),
        Memory(files=100_000),
        IndexQueries(files=100_000, rounds=5, look_ups=100, searches=100, peer=5),
        IndexMemory(files=100_000, limit=70),
        IndexUpdate(files=100_000, changed=10, rounds=5, updates=40, peer=1),
        StoreQueries(files=100_000, rounds=5, look_ups=100, searches=20, peer=3),
        History(files=100_000, changed=10, versions=10, rounds=3, questions=50),
        OneStamp(size=10_000, rounds=5, stamps=500),
        ManifestOfStamps(*(10_000, 10), rounds=3, updates=10, limit=2_000, changed_limit=50),
        *(CodeLocation(rounds=5), Events(rounds=50), Ticks(projects=1_000, rounds=5)),
        CommitToVersion(files=1_000, rounds=10),
        *(OneRun(files=1_000, rounds=3), Regeneration(projects=300, files=1_000, rounds=2)),
        LookUps(files=10_000, rounds=5, number=30_000, at_rate=5_000),
        UpdateOverHttp(files=10_000, changed=10, rounds=5, updates=10),
        GenerationsOverHttp(files=10_000, projects=10, rounds=5),
        StampsOverHttp(files=10_000, rounds=5, number=5_000, batches=100),
    ]
