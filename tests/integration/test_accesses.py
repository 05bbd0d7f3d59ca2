"""When projects were looked at: stored after the work, and no reader waits or writes for it."""

from datetime import datetime

import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from tests.repositories import Repository
from tests.shell import Shell


@pytest.fixture(autouse=True)
def shop(service: OnexTreeService, repository: Repository) -> None:
    repository.write("app.py", "x")
    service.add_project(repository.root, "shop")
    service.generate("shop")


def accessed_at(database: Database) -> datetime | None:
    with database.reading() as connection:
        row = connection.execute("SELECT last_accessed_at FROM onextree.projects").fetchone()
    assert row is not None
    found: datetime | None = row[0]
    return found


@pytest.mark.parametrize("words", [("show",), ("files",), ("tree",), ("export",)])
def test_a_command_that_looks_at_a_project(
    shell: Shell, database: Database, words: tuple[str, ...]
) -> None:
    assert accessed_at(database) is None
    assert shell("onextree", *words, "shop")[0] == 0
    first = accessed_at(database)
    assert first is not None
    assert shell("onextree", *words, "shop")[0] == 0
    again = accessed_at(database)
    assert again is not None
    assert again > first


def test_generating_is_no_access(service: OnexTreeService, database: Database) -> None:
    service.generate("shop")
    service.enrich("shop")
    service.flush_accesses()
    assert accessed_at(database) is None


def test_a_project_that_is_written_to_is_left_out(
    service: OnexTreeService, database: Database
) -> None:
    service.show("shop")
    with database.transaction() as connection:
        connection.execute("SELECT FROM onextree.projects FOR UPDATE")
        service.flush_accesses()
    assert accessed_at(database) is None
    service.show("shop")
    service.flush_accesses()
    assert accessed_at(database) is not None
