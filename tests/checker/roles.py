"""What the processes of a campaign are: the product's own, and those that work and send."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import onextree.cli.app
from onextree.errors import OnexTreeError
from onextree.events.kafka import membership
from onextree.events.relaying.shift import RelayOptions, Shift
from onextree.instance.directory import workspace_file
from onextree.service import consuming, updates
from onextree.service.telling import Telling
from onextree.service.telling_generation import ToldGeneration
from onextree.store.database import RawConnection
from tests.checker import sender, worker
from tests.checker.boundaries import arm
from tests.checker.history import Journal

__all__ = ["run", "shorten_times"]

UPDATE_LEASE = 2.0
RELAY_LEASE = 2.0
SESSION = 1.5
"""Seconds; of a consumer that was killed or is frozen, its group hears after so long."""


def run(
    role: str, *, process: str, history: str, seed: str, point: str | None = None, passes: int = 0
) -> None:
    """Be a process of a role until it ends.

    Args:
        process: Its name in the history.
        seed: Of its random choices.
        point: Of `BOUNDARIES`, at which it is to kill itself.
        passes: How often it passes that point before.
    """
    journal = Journal(Path(history), process)
    journal.note("lives", role=role, point=point)
    shorten_times()
    note_looks(journal)
    if point is not None:
        arm(point, journal, passes)
    match role:
        case "worker":
            worker.work(journal, seed)
        case "sender":
            sender.send(journal, seed)
        case "relay":
            _command(onextree.cli.app.main, "onextree", "relay")
        case "consumer":
            _command(onextree.cli.app.main, "onextree", "consume")
        case "code-server":
            # Its runs wait in a queue, far longer than a consumer's updates.
            updates._LEASE = 10 * UPDATE_LEASE
            from dagster._cli import main as dagster

            server = ("--socket", os.environ["ONEXTREE_CODE_SERVER_SOCKET"])
            definitions = ("-m", "onextree_assets.definitions", "--location-name", "onextree")
            _command(dagster, "dagster", "api", "grpc", *server, *definitions)
        case "daemon":
            from dagster._daemon.cli import main as daemon

            _command(daemon, "dagster-daemon", "run", "--workspace", str(workspace_file()))


def _command(main: Callable[[], object], *words: str) -> None:
    sys.argv = list(words)
    main()


def shorten_times() -> None:
    """Have leases end while somebody looks; everything else is as it is."""
    updates._LEASE = UPDATE_LEASE
    consuming._OVERDUE = 1.0
    consuming._BETWEEN_LOOKS = 1.0
    membership._PROPERTIES |= {
        "session.timeout.ms": round(SESSION * 1000),
        "heartbeat.interval.ms": round(SESSION * 1000) // 4,
    }
    begin = Shift.__init__

    def impatient(
        self: Shift, database: Any, connection: Any, topics: Any, options: RelayOptions, **more: Any
    ) -> None:
        short = replace(options, lease=RELAY_LEASE, hold=RELAY_LEASE / 4, pause=1.0)
        begin(self, database, connection, topics, short, **more)

    Shift.__init__ = impatient  # type: ignore[method-assign]


def note_looks(journal: Journal) -> None:
    """Note when looks at projects begin and how they end, to be compared with what is told."""
    telling = Telling._telling

    @contextmanager
    def noted(self: Telling, begin: Callable[[RawConnection], Any]) -> Iterator[Any]:
        facts: dict[str, Any] = {}

        def noting(connection: RawConnection) -> Any:
            told = begin(connection)
            if isinstance(told, ToldGeneration):
                facts["project_id"] = told.project.project_id
                facts["correlation_id"] = told.correlation_id
                facts["is_quiet"] = told.is_quiet
                journal.note("begins", **facts)
            return told

        has_begun = False
        try:
            with telling(self, noting) as told:
                has_begun = bool(facts)
                if has_begun:
                    journal.note("began", **facts)
                yield told
        except BaseException as error:
            if has_begun:
                code = error.code.value if isinstance(error, OnexTreeError) else repr(error)
                journal.note("look failed", code=code, **facts)
            raise
        if has_begun:
            journal.note("look completed", **facts)

    Telling._telling = noted  # type: ignore[method-assign]
