"""A process that edits projects and calls the service, and writes down what it is answered."""

import fcntl
import os
import random
import signal
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from uuid import UUID

from onextree.errors import OnexTreeError
from onextree.opening import open_service
from onextree.resilience.correlation import correlate
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.checker.history import Journal
from tests.repositories import Repository

__all__ = ["GONE", "PROJECTS", "new_file", "work"]

PROJECTS = "ONEXTREE_CHECKER_PROJECTS"
"""Variable: the directory whose directories are the projects."""

GONE = "gone"
"""A project whose directory is not there any more."""

_POOL = 12
"""Files of a project that are edited over and over."""


def work(journal: Journal, seed: str) -> None:
    """Work until SIGTERM."""
    stopping: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    while not stopping:
        try:
            with open_service(Settings()) as service:
                worker = _Worker(service, journal, random.Random(seed))
                while not stopping:
                    worker.step()
        except OnexTreeError as error:
            journal.note("not opened", code=error.code.value)
            time.sleep(0.2)


def new_file(root: Path, path: str, content: str) -> None:
    """A file that is there as a whole or not at all."""
    target = root / path
    target.parent.mkdir(exist_ok=True)
    beside = root / ".git" / f"new-{os.getpid()}"
    beside.write_text(content)
    beside.rename(target)


class _Worker:
    def __init__(self, service: OnexTreeService, journal: Journal, chance: random.Random) -> None:
        self._service = service
        self._journal = journal
        self._chance = chance
        roots = sorted(Path(os.environ[PROJECTS]).iterdir())
        # The last ones are left to those that ask by events.
        self._roots = roots[: max(1, len(roots) * 2 // 3)]
        self._operations: dict[str, tuple[Callable[[Path, list[str]], None], int]] = {
            "generate": (self._generate, 4),
            "update": (self._update, 4),
            "refresh": (self._refresh, 1),
            "request": (self._request, 4),
            "enrich": (self._enrich, 3),
            "watch": (self._watch, 1),
            "make": (self._make, 1),
            "fail": (self._fail, 1),
        }

    def step(self) -> None:
        """Edit a project, then call one operation."""
        chance = self._chance
        root = chance.choice(self._roots)
        paths = self._edit(root)
        names = list(self._operations)
        weights = [weight for _, weight in self._operations.values()]
        name = chance.choices(names, weights)[0]
        correlation_id = str(UUID(int=chance.getrandbits(128), version=4))
        correlate(correlation_id)
        facts = {"operation": name, "project_id": root.name, "correlation_id": correlation_id}
        self._journal.note("called", paths=paths, **facts)
        try:
            self._operations[name][0](root, paths)
        except OnexTreeError as error:
            self._journal.note("failed", code=error.code.value, **facts)
            time.sleep(0.05)
        except Exception:
            self._journal.note("broke", error=traceback.format_exc(), **facts)
        else:
            self._journal.note("done", **facts)

    def _answered(self, operation: str, root: Path, paths: list[str], **facts: object) -> None:
        self._journal.note(
            "answered", operation=operation, project_id=root.name, paths=paths, **facts
        )

    def _generate(self, root: Path, paths: list[str]) -> None:
        recorded = self._service.generate(root.name).recorded
        facts = {"version": recorded.version, "snapshot_id": recorded.snapshot_id}
        self._answered("generate", root, paths, **facts)

    def _update(self, root: Path, paths: list[str]) -> None:
        recorded = self._service.update(root.name, paths).recorded
        facts = {"version": recorded.version, "snapshot_id": recorded.snapshot_id}
        self._answered("update", root, paths, **facts)

    def _refresh(self, root: Path, paths: list[str]) -> None:
        for update in self._service.refresh(root.name):
            facts = {"version": update.recorded.version, "snapshot_id": update.recorded.snapshot_id}
            self._answered("refresh", root, [], **facts)
        self._answered("refreshed", root, paths)

    def _request(self, root: Path, paths: list[str]) -> None:
        self._service.request_update(root.name, paths if self._chance.random() < 0.8 else [])
        self._answered("request", root, paths)

    def _enrich(self, root: Path, _: list[str]) -> None:
        enriched = self._service.enrich(root.name)
        facts = {"version": enriched.version, "snapshot_id": enriched.snapshot_id}
        self._answered("enrich", root, [], **facts)

    def _watch(self, root: Path, _: list[str]) -> None:
        self._service.watch_heads()

    def _make(self, root: Path, _: list[str]) -> None:
        """What is due, as the daemon does."""
        for request in self._service.claim_updates(2):
            self._service.refresh(request.project_id)

    def _fail(self, _root: Path, _paths: list[str]) -> None:
        """A look that comes to nothing, of which others are told, too."""
        self._service.generate(GONE)

    def _edit(self, root: Path) -> list[str]:
        """Change some files; those that are new and stay."""
        chance = self._chance
        with _alone(root):
            for _ in range(chance.randrange(3)):
                source = root / f"source/{chance.randrange(_POOL)}.py"
                if chance.random() < 0.2:
                    source.unlink(missing_ok=True)
                else:
                    source.parent.mkdir(exist_ok=True)
                    source.write_text(f"value = {chance.getrandbits(32)}\n")
            path = f"kept/{self._journal.process}-{chance.getrandbits(48):012x}.txt"
            new_file(root, path, path)
            if chance.random() < 0.3:
                # A git that was killed, or is still at it, leaves its lock.
                with suppress(subprocess.CalledProcessError):
                    Repository(root).commit()
        return [path]


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """As the only one that edits a project."""
    with (root / ".git" / "editing").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
