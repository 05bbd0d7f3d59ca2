"""kill -9 between a commit that was seen and its version: nothing is lost, or there twice."""

import signal
import subprocess
import sys

import pytest

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from tests.integration.test_updates import claimed, moved, pass_time, queued
from tests.repositories import ENVIRONMENT, Repository

# One tick and one run, in a process that kills itself at a named point.
WORKER = """
import os, signal, sys

from onextree.opening import open_service
from onextree.service import incremental, sources
from onextree.settings import Settings
from onextree.store import recording, update_requests

point = sys.argv[1]

def dies(owner, name, *, after):
    function = getattr(owner, name)

    def dying(*arguments, **options):
        result = function(*arguments, **options) if after else None
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)

match point:
    case "before it is requested":
        dies(update_requests, "request_updates", after=False)
    case "before the request is committed":
        dies(update_requests, "request_updates", after=True)
    case "before it is claimed":
        dies(update_requests, "claim_updates", after=False)
    case "before the claim is committed":
        dies(update_requests, "claim_updates", after=True)
    case "before the files are read":
        dies(incremental, "look", after=False)
    case "after the files are read":
        dies(incremental, "look", after=True)
    case "before the version is recorded":
        dies(recording, "record_patch", after=False)
    case "before the version is committed":
        dies(recording, "record_patch", after=True)
    case "before all files are looked at":
        dies(sources, "scan", after=False)
    case "before it is reconciled":
        dies(recording, "record_version", after=False)
    case "before that is committed":
        dies(recording, "record_version", after=True)

with open_service(Settings()) as service:
    service.watch_heads()
    for request in service.claim_updates(10):
        service.refresh(request.project_id)
    os.kill(os.getpid(), signal.SIGKILL)  # after that is committed
"""

STORED = (
    "before all files are looked at",
    "before it is reconciled",
    "before that is committed",
    "after that is committed",
)
POINTS = [
    "before it is requested",
    "before the request is committed",
    "before it is claimed",
    "before the claim is committed",
    "before the files are read",
    "after the files are read",
    "before the version is recorded",
    "before the version is committed",
    *STORED,
]


@pytest.mark.parametrize("point", POINTS)
def test_whoever_is_killed_the_commit_becomes_one_version(
    point: str,
    service: OnexTreeService,
    settings: Settings,
    repository: Repository,
    database: Database,
) -> None:
    directory = repository.root.parent
    repository.write("app.py", "print(1)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    repository.write("app.py", "print(2)\n")
    commit = repository.commit()
    assert settings.database_url is not None
    killed = subprocess.run(
        [sys.executable, "-c", WORKER, point],
        env={
            **ENVIRONMENT,
            "ONEXTREE_DATABASE_URL": settings.database_url.get_secret_value(),
            "ONEXTREE_HOME": str(directory / "killed-home"),
            "ONEXTREE_ALLOWED_ROOTS": str(directory),
            "ONEXTREE_DEBOUNCE_SECONDS": "0",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(service.list_versions("shop")) == (2 if point in STORED else 1)
    for _ in range(3):  # ticks of others, until nothing is left to do
        moved(service)
        pass_time(database, 301)
        for request in claimed(service):
            service.refresh(request.project_id)
    newest, first = service.list_versions("shop")
    assert (newest.version, newest.commit_id, first.version) == (2, commit, 1)
    assert service.show("shop").is_reconciled
    assert queued(database) == 0
    assert moved(service) == []
    assert all(checked.is_sound for checked in service.check())
