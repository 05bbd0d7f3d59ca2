"""Everything at once from several processes: readers see whole versions, and nothing breaks."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from onextree.service import OnexTreeService
from onextree.store import projects
from onextree.store.database import Database
from tests.stores import record

WRITER = """
import random, sys, time
from onextree.errors import OnexTreeError, TreeNotFound
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.tree.model import Entry, Kind
from onextree.tree.tree_hash import hash_tree
from tests.stores import read, record

role, url, seconds, allowed = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
rng = random.Random(role)
database = Database(url, lock_timeout=20)
settings = Settings(retention_versions=3)
service = OnexTreeService(database, settings, RetryPolicy(attempts=6, first_wait=0.05))
until, done = time.monotonic() + seconds, 0
given_up = until + 30  # A machine may be busy: everybody's turn has to come some time.


def tree():
    rows = rng.sample(range(300), 200)
    return [
        Entry(b"d%d" % (row % 7), b"f%d" % row, Kind.FILE, row, bytes([rng.randrange(4)]) * 32)
        for row in rows
    ]


def turn():
    if role.startswith("record"):
        service._transact(lambda connection: record(connection, "p", tree()))
    elif role == "enrich":
        service.enrich("p")
    elif role == "retain":
        assert all(retained.error is None for retained in service.apply_retention())
    elif role == "delete":
        newest = service.show("p").version
        with database.transaction() as connection:
            connection.execute(
                "DELETE FROM onextree_snapshots WHERE project_id = 'p' AND version = %s",
                [newest - rng.randrange(3)],
            )
    elif role == "read":
        chosen = rng.choice(service.list_versions("p") or [service.show("p")])
        entries = service.files("p", chosen.version)
        assert hash_tree(entries).hex == chosen.tree_hash, "a version was read in parts"
    elif role == "sql":
        with database.transaction() as connection:
            rows = connection.execute(
                "SELECT total_files, tree_structure FROM onextree_snapshots"
                " ORDER BY version DESC LIMIT 2"
            ).fetchall()
        for total_files, structure in rows:
            assert sum(len(each["children"]) for each in structure["children"]) == total_files
    elif role == "check":
        assert all(checked.is_sound for checked in service.check()), list(service.check())


while time.monotonic() < (until if done else given_up):
    try:
        turn()
        done += 1
    except OnexTreeError as error:
        if not isinstance(error, TreeNotFound) and error.code not in allowed:
            raise
    time.sleep(rng.uniform(0, 0.02))
assert done > 0, f"{role} never had its turn"
"""
ROLES = ("record-1", "record-2", "enrich", "retain", "delete", "read", "sql", "check")


@pytest.fixture
def busy(database: Database, tmp_path: Path) -> Database:
    """A database with a project that has a version."""
    with database.transaction() as connection:
        projects.register_project(connection, "p", tmp_path / "p")
        record(connection, "p", [])
    return database


def run(
    database: Database, url: str, seconds: float, *, killing: bool, allowed: tuple[str, ...]
) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, role, url, str(seconds), *allowed],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for role in ROLES
    ]
    while killing and any(process.poll() is None for process in started):
        time.sleep(0.3)
        with database.transaction() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"  # autovacuum is not its to end
                " ORDER BY random() LIMIT 1"
            )
    for process in started:
        _, errors = process.communicate(timeout=seconds + 60)
        assert process.returncode == 0, errors


# A raw DELETE does not wait for a writer for long.
PATIENCE = ("TIMEOUT",)


@pytest.mark.parametrize("killing", [False, True], ids=["calm", "backends killed"])
def test_everything_at_once(
    killing: bool, busy: Database, database_url: str, service: OnexTreeService
) -> None:
    allowed = (*PATIENCE, "SERVICE_UNAVAILABLE") if killing else PATIENCE
    run(busy, database_url, 4, killing=killing, allowed=allowed)
    assert [checked for checked in service.check() if not checked.is_sound] == []


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_everything_at_once_for_minutes(
    busy: Database, database_url: str, service: OnexTreeService
) -> None:
    run(busy, database_url, 120, killing=True, allowed=(*PATIENCE, "SERVICE_UNAVAILABLE"))
    assert [checked for checked in service.check() if not checked.is_sound] == []


def test_a_reader_waits_for_nobody(busy: Database, database_url: str) -> None:
    conninfo = database_url.replace("+psycopg", "")
    with psycopg.connect(conninfo) as writer, psycopg.connect(conninfo) as reader:
        writer.execute("SELECT pg_advisory_xact_lock(1330792788, 1)")
        record(writer, "p", [])
        reader.execute("SET lock_timeout = 1")
        assert reader.execute("SELECT count(*) FROM onextree_snapshots").fetchone() == (1,)
