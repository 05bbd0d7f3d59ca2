"""Many generations at once, and what a big one takes of the memory."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.installation import Installation
from benchmarks.memory import peak_megabytes
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples, alternate, milliseconds

__all__ = ["ManyAtOnce", "Memory"]

_SCAN = """
from pathlib import Path
from onextree.intelligence.basic import describe
from onextree.tree.scan import scan

describe(scan(Path(arguments[0]), git_timeout=120).tree.entries)
"""
_STATUS = """
import subprocess
subprocess.run(["git", "status", "-uall"], cwd=arguments[0], stdout=subprocess.DEVNULL, check=True)
"""


@dataclass(frozen=True, slots=True)
class ManyAtOnce:
    """First versions of several projects at once, from threads of one process; the slowest counts.

    The projects are the same tree under several roots.
    """

    files: int
    projects: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"{self.projects} generations of {self.files:,} files at once, the slowest",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is one of them alone."""
        service = installation.service
        roots = [installation.copy(self.files, number).root for number in range(self.projects)]
        ids = [f"many-{number}" for number in range(self.projects)]

        def remove(names: Sequence[str]) -> None:
            for name in names:
                service.remove_project(name)
            installation.vacuum()

        def together() -> float:
            for name, root in zip(ids, roots, strict=True):
                service.add_project(root, name)
            with ThreadPoolExecutor(self.projects) as threads:
                times = list(
                    threads.map(
                        lambda name: milliseconds(lambda: service.generate(name, rehash=True))[0],
                        ids,
                    )
                )
            remove(ids)
            return max(times)

        def alone() -> float:
            service.add_project(roots[0], ids[0])
            elapsed, _ = milliseconds(lambda: service.generate(ids[0], rehash=True))
            remove(ids[:1])
            return elapsed

        ours, peer = alternate(self.rounds, together, alone)
        return [
            Row(
                operation=self.operations[0],
                specification=5_000,
                goal=Goal(limit=1_000),
                measured=ours,
                peer_name="one alone",
                peer=peer,
            )
        ]


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak resident memory of a fresh process that scans and describes, its workers and git too."""

    files: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"memory of a scan, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure once; pages that processes share count in each."""
        root = str(installation.repository(self.files).root)
        return [
            Row(
                operation=self.operations[0],
                specification=None,
                goal=Goal(limit=400),
                measured=Samples([peak_megabytes(_SCAN, root)]),
                peer_name="git status -uall",
                peer=Samples([peak_megabytes(_STATUS, root)]),
                unit="MB",
            )
        ]
