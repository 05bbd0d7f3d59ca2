"""kill -9 while a message is taken, and then it comes again: its update is requested once."""

import base64
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from onextree.service import OnexTreeService
from onextree.service.receiving import Outcome
from onextree.settings import Settings
from onextree.store.database import Database
from tests.events import kinds, told
from tests.messages import TOPIC, asking, letters, placed, taken, waiting
from tests.repositories import ENVIRONMENT

# One message, in a process that kills itself at a named point.
WORKER = """
import base64, os, signal, sys

from onextree.events.message import Message
from onextree.opening import open_service
from onextree.settings import Settings
from onextree.store import dead_letters, inbox, outbox, update_requests

point, value = sys.argv[1], base64.b64decode(sys.argv[2])

def dies(owner, name, *, after):
    function = getattr(owner, name)

    def dying(*arguments, **options):
        if after:
            function(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)

match point:
    case "before the event is noted":
        dies(inbox, "take", after=False)
    case "after the event is noted":
        dies(inbox, "take", after=True)
    case "after the update is requested":
        dies(update_requests, "request_updates", after=True)
    case "before all of it is committed":
        dies(outbox, "tell_events", after=True)
    case "before the dead letter is stored":
        dies(dead_letters, "add_dead_letter", after=False)
    case "before the dead letter is committed":
        dies(dead_letters, "add_dead_letter", after=True)

with open_service(Settings()) as service:
    service.receive(Message(sys.argv[3], 0, 0, b"shop", value))
    os.kill(os.getpid(), signal.SIGKILL)  # after it is committed, and before Kafka is told
"""

COMMITTED = "after it is committed"


@pytest.mark.parametrize(
    "point",
    [
        "before the event is noted",
        "after the event is noted",
        "after the update is requested",
        "before all of it is committed",
        COMMITTED,
    ],
)
def test_whoever_is_killed_the_update_is_requested_once(
    point: str, service: OnexTreeService, settings: Settings, database: Database, tmp_path: Path
) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    service.add_project(root, "shop")
    message = asking("shop", root, ["app.py"])
    kill(point, message.value or b"", settings, tmp_path)
    is_stored = point == COMMITTED
    assert (len(taken(database)), len(waiting(database))) == (int(is_stored), int(is_stored))
    outcomes = [service.receive(message).outcome for _ in range(2)]
    again = Outcome.DUPLICATE if is_stored else Outcome.REQUESTED
    assert outcomes == [again, Outcome.DUPLICATE]
    assert len(taken(database)) == 1
    assert waiting(database)["shop"].paths == ["app.py"]
    assert kinds(told(database)) == ["generation_requested"]
    assert letters(database) == []


@pytest.mark.parametrize(
    "point", ["before the dead letter is stored", "before the dead letter is committed", COMMITTED]
)
def test_whoever_is_killed_there_is_one_dead_letter(
    point: str, service: OnexTreeService, settings: Settings, database: Database, tmp_path: Path
) -> None:
    kill(point, b"{", settings, tmp_path)
    assert len(letters(database)) == int(point == COMMITTED)
    message = placed(b"{")
    service.receive(message)
    service.receive(message)
    assert len(letters(database)) == 1


def kill(point: str, value: bytes, settings: Settings, directory: Path) -> None:
    """Have a process receive a message that does not survive it."""
    assert settings.database_url is not None
    killed = subprocess.run(
        [sys.executable, "-c", WORKER, point, base64.b64encode(value).decode(), TOPIC],
        env={
            **ENVIRONMENT,
            "ONEXTREE_DATABASE_URL": settings.database_url.get_secret_value(),
            "ONEXTREE_HOME": str(directory / "killed-home"),
            "ONEXTREE_ALLOWED_ROOTS": str(directory),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
