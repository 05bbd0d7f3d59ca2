"""No read takes for ever, and times that are read are in UTC."""

from datetime import timedelta
from pathlib import Path

import pytest

from onextree.errors import DeadlineExceeded
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import moments, search
from onextree.store.database import Database
from onextree.store.file_classes import FileClasses
from onextree.tree.query.model import Query
from tests.repositories import Repository


def test_a_statement_that_only_reads_is_stopped(database_url: str) -> None:
    database = Database(database_url, read_timeout=0.05)
    try:
        refused = pytest.raises(DeadlineExceeded, match="ONEXTREE_READ_TIMEOUT")
        with refused, database.reading() as connection:
            connection.execute("SELECT pg_sleep(20)")
        with database.reading(timeout=20) as connection:
            connection.execute("SELECT pg_sleep(0.2)")
        with database.transaction() as connection:  # the deadline went with its transaction
            assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)
    finally:
        database.close()


def test_every_reading_use_case_has_the_deadline(
    database_url: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url, read_timeout=7)
    service = OnexTreeService(database, settings, RetryPolicy(attempts=1))
    root = Repository(tmp_path / "shop")
    root.write("a.py")
    service.add_project(root.root, "shop")
    service.generate("shop")
    seen: list[str] = []
    locate = moments.locate

    def noting(connection: object, *arguments: object) -> object:
        row = connection.execute("SHOW statement_timeout").fetchone()  # type: ignore[attr-defined]
        seen.append(row[0])
        return locate(connection, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(moments, "locate", noting)
    service.query("shop", "*.py")
    service.find_file("shop", "a.py")
    service.diff("shop")
    service.churn("shop")
    service.growth("shop")
    service.language_drift("shop")
    service.lineage("shop", "a.py")
    assert set(seen) == {"7s"}
    database.close()


def test_a_search_of_many_statements_has_one_deadline(
    service: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    root = Repository(tmp_path / "shop")
    root.write("a.py")
    service.add_project(root.root, "shop")
    service.generate("shop")
    with database.reading() as connection:
        located = moments.locate(connection, "shop")
        query = Query.parse("nothing", "regex")
        with pytest.raises(DeadlineExceeded, match="narrow it down"):
            search.search(connection, FileClasses(), located, query, timeout=-1)


def test_times_are_in_utc_on_a_server_of_any_zone(
    service: OnexTreeService, database: Database, database_url: str, tmp_path: Path
) -> None:
    root = Repository(tmp_path / "shop")
    root.write("a.py")
    service.add_project(root.root, "shop")
    service.generate("shop")
    with database.transaction() as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE \"{name}\" SET timezone TO 'America/St_Johns'".encode())
    elsewhere = Database(database_url)
    try:
        with elsewhere.transaction() as connection:
            assert connection.execute("SHOW timezone").fetchone() == ("America/St_Johns",)
        with elsewhere.reading() as connection:
            assert moments.locate(connection, "shop").created_at.utcoffset() == timedelta(0)
    finally:
        elsewhere.close()
