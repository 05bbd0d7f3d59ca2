"""What it costs to find out how the files of a project hang together, and what is wrong."""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.code_trees import CodeTree, edit_code, write_code
from benchmarks.installation import Installation
from benchmarks.memory import peak_megabytes
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples, milliseconds
from tests.node.dependency_cruiser import cruise
from tests.node.install import available

__all__ = ["EnrichmentMemory", "LocalEnrichment", "RelationshipQueries"]

_GRIMP = """
import sys, time
sys.path.insert(0, sys.argv[1])
import grimp
started = time.perf_counter()
grimp.build_graph("shop", include_external_packages=False, cache_dir=sys.argv[2] or None)
print((time.perf_counter() - started) * 1000)
"""
_ENRICH = """
from onextree.opening import open_service
from onextree.settings import load_settings

with open_service(load_settings()) as service:
    service.enrich(arguments[0])
"""
_GRAPH = """
import sys
sys.path.insert(0, arguments[0])
import grimp
grimp.build_graph("shop", include_external_packages=False, cache_dir=None)
"""


@dataclass(frozen=True, slots=True)
class LocalEnrichment:
    """Enrich a project of code of which nothing is known, then after changes; durable.

    Peers know the imports alone: grimp those of the Python files, dependency-cruiser, where there
    is npm, those of the TypeScript files.

    Attributes:
        limit: Milliseconds of the first one.
        changed: Files that are changed then.
        changed_limit: Milliseconds of that; None where nothing is said.
        updates: How often files are changed in a round.
        with_cruiser: Whether dependency-cruiser is a peer; it takes minutes for 30,000 files.
    """

    files: int
    rounds: int
    limit: float | None
    changed: int
    changed_limit: float | None
    updates: int = 5
    with_cruiser: bool = True

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (
            f"enrich {self.files:,} files of code, nothing known",
            f"enrich {self.files:,} files of code, {self.changed:,} changed",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure in turns with the peers; each round has a project of its own."""
        directory = installation.directory / f"code-{self.files}"
        tree = write_code(directory / "project", self.files)
        first: list[tuple[float, float]] = []
        then: list[tuple[float, float]] = []
        stages: dict[str, float] = {}
        for number in range(self.rounds):
            name = f"code-{number}"
            ours, stages = self._first(installation, tree, name)
            first.append((ours, self._peers(tree)))
            then += self._changed(installation, tree, name, directory / f"cache-{number}")
            installation.service.remove_project(name)
            installation.vacuum()
        shutil.rmtree(directory)
        peer = "grimp, dependency-cruiser" if self._cruises else "grimp, Python alone"
        return [
            Row(
                operation=self.operations[0],
                specification=3_000,
                goal=Goal(limit=self.limit),
                measured=Samples([ours for ours, _ in first]),
                peer_name=f"{peer}: imports alone",
                peer=Samples([its for _, its in first]),
                note="every content is read and parsed",
                stages=stages,
            ),
            Row(
                operation=self.operations[1],
                specification=None,
                goal=Goal(limit=self.changed_limit),
                measured=Samples([ours for ours, _ in then]),
                peer_name="grimp with its cache, Python alone",
                peer=Samples([its for _, its in then]),
                note="in a process that has enriched it before; every second file uses one more",
            ),
        ]

    @property
    def _cruises(self) -> bool:
        return self.with_cruiser and available()

    def _peers(self, tree: CodeTree) -> float:
        """Milliseconds of all of them, one after the other."""
        elapsed = _grimp(tree.root, "")
        if self._cruises:
            elapsed += milliseconds(lambda: cruise(tree.root, "web"))[0]
        return elapsed

    def _first(
        self, installation: Installation, tree: CodeTree, name: str
    ) -> tuple[float, dict[str, float]]:
        service = installation.service
        service.add_project(tree.root, name)
        service.generate(name)
        with installation.connect(autocommit=True) as connection:
            connection.execute("TRUNCATE onextree.extractions")
        elapsed, enriched = milliseconds(lambda: service.enrich(name))
        assert enriched.analysed is not None
        return elapsed, dict(enriched.analysed.analysis.stages)

    def _changed(
        self, installation: Installation, tree: CodeTree, name: str, cache: Path
    ) -> list[tuple[float, float]]:
        service, rng = installation.service, random.Random(self.files)
        _grimp(tree.root, str(cache))
        measured = []
        for _ in range(self.updates):
            edit_code(tree, rng, self.changed)
            service.generate(name)
            elapsed, _ = milliseconds(lambda: service.enrich(name))
            measured.append((elapsed, _grimp(tree.root, str(cache))))
        return measured


@dataclass(frozen=True, slots=True)
class EnrichmentMemory:
    """Peak resident memory of a fresh process that enriches a project, its workers too."""

    files: int
    limit: float | None

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"memory of an enrichment, {self.files:,} files of code",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure once; the server's memory is not among it."""
        tree = write_code(installation.directory / "code-memory", self.files)
        service = installation.service
        service.add_project(tree.root, "code-memory")
        service.generate("code-memory")
        environment = {"ONEXTREE_DATABASE_URL": installation.conninfo}
        with installation.connect(autocommit=True) as connection:
            connection.execute("TRUNCATE onextree.extractions")
        ours = peak_megabytes(_ENRICH, "code-memory", environment=environment)
        peer = peak_megabytes(_GRAPH, str(tree.root))
        service.remove_project("code-memory")
        installation.vacuum()
        shutil.rmtree(tree.root)
        return [
            Row(
                operation=self.operations[0],
                specification=None,
                goal=Goal(limit=self.limit),
                measured=Samples([ours]),
                peer_name="grimp, Python alone",
                peer=Samples([peer]),
                unit="MB",
            )
        ]


@dataclass(frozen=True, slots=True)
class RelationshipQueries:
    """Questions about the relationships of a stored version; the peer is all of them at once."""

    files: int
    questions: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (
            f"related files, {self.files:,} files of code",
            f"impact of a file, {self.files:,} files of code",
            f"findings, {self.files:,} files of code",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure."""
        tree = write_code(installation.directory / "code-queries", self.files)
        service, name = installation.service, "code-queries"
        service.add_project(tree.root, name)
        service.generate(name)
        service.enrich(name)
        paths = random.Random(self.files).choices(tree.python, k=self.questions)
        asked: Sequence[Callable[[str], object]] = (
            lambda path: service.related(name, path),
            lambda path: service.impact(name, path),
            lambda _: service.findings(name),
        )
        whole = Samples([milliseconds(lambda: service.enrichment(name))[0]])
        rows = [
            Row(
                operation=operation,
                specification=500,
                goal=Goal(),
                measured=Samples([milliseconds(lambda: ask(path))[0] for path in paths]),  # noqa: B023 - called at once
                peer_name="the whole payload, put together",
                peer=whole,
            )
            for operation, ask in zip(self.operations, asked, strict=True)
        ]
        service.remove_project(name)
        installation.vacuum()
        shutil.rmtree(tree.root)
        return rows


def _grimp(root: Path, cache: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _GRIMP, str(root), cache], stdout=subprocess.PIPE, check=True
    )
    return float(done.stdout)
