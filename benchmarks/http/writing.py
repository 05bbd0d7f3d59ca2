"""Updates and generations over HTTP, answered when they are durable."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.http.server import DEBOUNCE, Server, serving
from benchmarks.installation import Installation
from benchmarks.rows import Goal, Row
from benchmarks.timing import alternate, in_turns, milliseconds
from benchmarks.updates import PROJECT, Changes
from onextree.service import OnexTreeService
from onextree.tree.changes.decision import Mode

__all__ = ["GenerationsOverHttp", "UpdateOverHttp"]

_PATIENCE = 60.0
_LOOK_EVERY = 0.01


@dataclass(frozen=True, slots=True)
class UpdateOverHttp:
    """`POST /tree/incremental-update` of files that were modified, until it is answered.

    The time that a project has to be quiet is not counted.

    Attributes:
        updates: Of a round, as many of ours as of the peer's.
    """

    files: int
    changed: int
    rounds: int
    updates: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        what = f"{self.changed:,} of {self.files:,} files"
        return (f"update over HTTP, {what}, after the debounce",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure."""
        with serving(installation) as server:
            return self.measure(installation, server)

    def measure(self, installation: Installation, server: Server) -> Sequence[Row]:
        """On a server that runs; the peer is the same update in this process."""
        service = installation.service
        changes = Changes(service, installation.repository(self.files), self.changed)
        with server.client() as client:

            def over_http() -> float:
                body = {"project_id": PROJECT, "modified_files": changes.make(commit=False)}
                elapsed, told = milliseconds(
                    lambda: _post(client, "/tree/incremental-update", body)
                )
                assert told["mode"] == Mode.INCREMENTAL, told["reason"]
                assert told["files_updated"] == self.changed
                _wait_until_reconciled(service)
                return elapsed - DEBOUNCE * 1000

            def in_process() -> float:
                paths = changes.make(commit=False)
                elapsed, update = milliseconds(lambda: service.update(PROJECT, paths))
                assert update.mode is Mode.INCREMENTAL, update.reason
                service.reconcile(update)
                return elapsed

            ours, peer = in_turns(
                [range(self.updates)] * (self.rounds + 1),
                lambda turn: [over_http() for _ in turn],
                lambda turn: [in_process() for _ in turn],
            )
        changes.commit()
        service.remove_project(PROJECT)
        installation.vacuum()
        return [
            Row(
                *(self.operations[0], 200, Goal(limit=100)),
                *(ours, "the update in process", peer),
                specification_p99=500,
            )
        ]


@dataclass(frozen=True, slots=True)
class GenerationsOverHttp:
    """`POST /tree/generate` of several new projects at once; the slowest counts.

    The projects are the same tree under several roots.
    """

    files: int
    projects: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        many = f"{self.projects} generations of {self.files:,} files"
        return (f"{many} at once over HTTP, the slowest",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure."""
        with serving(installation) as server:
            return self.measure(installation, server)

    def measure(self, installation: Installation, server: Server) -> Sequence[Row]:
        """On a server that runs; the peer is one of them alone, over HTTP too."""
        copies = [installation.copy(self.files, number) for number in range(self.projects)]
        every = [(f"many-{number}", copy.root) for number, copy in enumerate(copies)]
        with server.client() as client, ThreadPoolExecutor(self.projects) as threads:

            def generate(project: tuple[str, Path]) -> float:
                project_id, root = project
                body = {
                    "project_id": project_id,
                    "project_root": str(root),
                    "correlation_id": str(uuid4()),
                }
                elapsed, told = milliseconds(lambda: _post(client, "/tree/generate", body))
                assert told["version"] == 1
                assert told["total_files"] == self.files
                return elapsed

            def slowest(projects: Sequence[tuple[str, Path]]) -> float:
                times = list(threads.map(generate, projects))
                for project_id, _ in projects:
                    installation.service.remove_project(project_id)
                installation.vacuum()
                return max(times)

            ours, peer = alternate(self.rounds, lambda: slowest(every), lambda: slowest(every[:1]))
        return [Row(*(self.operations[0], 5_000, Goal(limit=1_500)), *(ours, "one alone", peer))]


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body).raise_for_status()
    assert answer.status_code == httpx.codes.OK, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def _wait_until_reconciled(service: OnexTreeService) -> None:
    """The server looks at all files behind an update; the next one is measured without that."""
    deadline = time.monotonic() + _PATIENCE
    while not service.show(PROJECT).is_reconciled:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the update was not reconciled within {_PATIENCE:g} s")
        time.sleep(_LOOK_EVERY)
