"""What is measured: an installation of its own, removed with everything in it at the end."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psycopg
from psycopg import sql

from benchmarks.repository import Repository
from benchmarks.trees import write_tree
from onextree.opening import open_installation
from onextree.service import OnexTreeService
from onextree.settings import Settings, load_settings
from onextree.store.database import RawConnection, parse_url
from onextree.store.embedded.lease import destroy
from onextree.store.locations import Locations

__all__ = ["Installation", "open_temporary"]


@dataclass(frozen=True, slots=True)
class Installation:
    """The service, its database, and the work trees made so far.

    Attributes:
        conninfo: libpq's URL of the database.
        locations: This database, and Dagster's.
    """

    service: OnexTreeService
    conninfo: str
    directory: Path
    settings: Settings
    locations: Locations
    _repositories: dict[int, Repository] = field(default_factory=dict)
    _copies: dict[tuple[int, int], Repository] = field(default_factory=dict)

    def repository(self, files: int) -> Repository:
        """The committed work tree of that many files, made when it is first asked for."""
        if files not in self._repositories:
            repository = Repository(self.directory / f"project-{files}", files)
            write_tree(repository.root, files)
            repository.commit_all()
            self._repositories[files] = repository
        return self._repositories[files]

    def copy(self, files: int, number: int) -> Repository:
        """One of several equal work trees of that many files."""
        key = (files, number)
        if key not in self._copies:
            root = self.directory / f"project-{files}-{number}"
            shutil.copytree(self.repository(files).root, root, symlinks=True)
            self._copies[key] = Repository(root, files)
            # Else git reads all files anew in every scan, since a copy's times differ.
            self._copies[key].time_status()
            os.sync()
        return self._copies[key]

    def connect(self, *, autocommit: bool = False) -> RawConnection:
        """A connection beside the service's own."""
        return psycopg.connect(self.conninfo, autocommit=autocommit)

    def stored_bytes(self) -> int:
        """The size of all tables with their indexes."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                " WHERE relnamespace = 'onextree'::regnamespace AND relkind = 'r'"
            ).fetchone()
        assert row is not None
        return int(row[0])

    def vacuum(self, *, full: bool = False, analyze: bool = False) -> None:
        """Clear away what a removed project left, so that no later round meets it.

        Args:
            full: Give the space back, too.
            analyze: Tell the planner what is there, as the server does by itself after a while.
        """
        options = "FULL" if full else "ANALYZE" if analyze else ""
        with self.connect(autocommit=True) as connection:
            for table in ("current_entries", "closed_entries", "versions", "projects"):
                connection.execute(
                    sql.SQL("VACUUM {} onextree.{}").format(sql.SQL(options), sql.Identifier(table))
                )


@contextmanager
def open_temporary() -> Iterator[Installation]:
    """An installation in a temporary directory with an embedded server of its own.

    Both are removed at the end, after an error, Ctrl-C or SIGTERM too.
    """
    with _interruptible_once(), tempfile.TemporaryDirectory(prefix="onextree-bench-") as name:
        directory = Path(name).resolve()
        settings = _settings(directory)
        try:
            with open_installation(settings) as (locations, service):
                url = parse_url(locations.snapshots.get_secret_value(), driver="psycopg")
                conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
                yield Installation(service, conninfo, directory, settings, locations)
        finally:
            destroy(settings)


def _settings(directory: Path) -> Settings:
    """This machine's settings, but for what would lead to a database or project of its owner."""
    os.environ["ONEXTREE_HOME"] = str(directory / "home")
    os.environ["ONEXTREE_ALLOWED_ROOTS"] = str(directory)
    return load_settings().model_copy(update={"database_url": None, "dagster_database_url": None})


@contextmanager
def _interruptible_once() -> Iterator[None]:
    """Ctrl-C and SIGTERM end this process in order; a second one cannot leave anything behind."""
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt(number: int, _frame: FrameType | None) -> None:
        for name in signals:
            signal.signal(name, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(128 + number)

    before = [signal.signal(name, interrupt) for name in signals]
    try:
        yield
    finally:
        for name, handler in zip(signals, before, strict=True):
            signal.signal(name, handler)
