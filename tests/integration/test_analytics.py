"""docs/analytics.md: each question, its query as it stands, and the answer."""

from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from sqlalchemy.engine import make_url

from onextree.service import OnexTreeService
from onextree.stamping.content import content_hash
from onextree.stamping.model import NAMESPACE
from onextree.store.database import Database
from onextree.store.embedded.cluster import Cluster
from tests.shell import Shell
from tests.webshop import ANALYTICS, QUERIES, SHARED, STALE, store_versions

VIEWS = (
    *("onextree_projects", "onextree_snapshots", "onextree_changes", "onextree_files"),
    *("onextree_directories", "onextree_languages", "onextree_relationships", "onextree_findings"),
    *("onextree_stamps", "onextree_stamp_manifest"),
)

CONTENT_HASH = content_hash(b"# library\n")

Rows = list[tuple[Any, ...]]


@pytest.fixture
def versions(service: OnexTreeService, database: Database, tmp_path: Path) -> None:
    store_versions(service, database, tmp_path)


def blake3_of(content: str) -> str:
    return blake3(content.encode()).hexdigest()


ANSWERS: dict[int, Rows] = {
    1: [("library", 1, 2, 23 + len(STALE)), ("webshop", 3, 4, 67), ("broken", None, None, None)],
    2: [("broken", "TIMEOUT", "Try again.")],
    3: [(1, 4, 66, None), (2, 5, 78, 12), (3, 4, 67, -11)],
    4: [("src/app.py", 2)],
    5: [("src", 3), ("tests", 1)],
    6: [(2, "modified"), (3, "modified")],
    7: [("Python", 4)],
    8: [(blake3_of(SHARED), 2, ["library: shared.py", "webshop: src/lib/shared.py"])],
    9: [("src", 3), ("src/lib", 1)],
    10: [("library",), ("webshop",)],
    11: [("src/app.py", "modified"), ("src/cart.py", "added"), ("tests/test_app.py", "removed")],
    12: [("first", "webshop", 1, 0), ("second", "webshop", 2, 2)],
    13: [("src/app.py", 1, "import", 2)],
    14: [("introduced", "medium", "circular_dependency", "src/app.py")],
    15: [(2, "medium", 1), (3, "medium", 1)],
    16: [("unstamped", 4)],
    17: [("library", "README.md", "lightweight", "ab" * 32, CONTENT_HASH, None)],
    18: [(2, None, "second")],
    19: [("webshop", "src/cart.py", "unstamped", NAMESPACE)],
}
COLUMNS = {
    1: (0, 1, 2, 3),
    3: (0, 2, 3, 4),
    4: (0, 1),
    6: (0, 1),
    7: (0, 1),
    8: (0, 1, 3),
    9: (0, 1),
    10: (0,),
    14: (0, 1, 2, 3),
    18: (2, 3, 4),
    19: (0, 1, 2, 3),
}


@pytest.mark.parametrize("number", QUERIES)
@pytest.mark.usefixtures("versions")
def test_a_question_is_answered(number: int, database: Database) -> None:
    with database.reading() as connection:
        rows = connection.execute(QUERIES[number].encode()).fetchall()
    shown = COLUMNS.get(number)
    answer = [tuple(row[column] for column in shown) if shown else row for row in rows]
    assert answer == ANSWERS[number]


def test_every_question_is_asked() -> None:
    assert list(QUERIES) == list(ANSWERS) == list(range(1, 20))
    assert ANALYTICS.count("```sql") == 19


@pytest.mark.parametrize("view", VIEWS)
def test_every_column_says_what_it_is(view: str, database: Database) -> None:
    assert f"`{view}`" in ANALYTICS
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 UNION ALL"
            " SELECT 'the view', obj_description(%s::regclass)",
            [f"public.{view}", f"public.{view}"],
        ).fetchall()
    assert [name for name, comment in rows if not comment] == []


@pytest.mark.usefixtures("versions")
def test_directories_count_what_is_below(database: Database) -> None:
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT directory, files, files_below, size_bytes_below FROM onextree_directories"
            " WHERE project_id = 'webshop' ORDER BY directory"
        ).fetchall()
    assert rows == [("", 1, 4, 67), ("src", 2, 3, 57), ("src/lib", 1, 1, 23)]


@pytest.mark.usefixtures("versions")
def test_a_reader_reads_and_changes_nothing(
    shell: Shell, cluster: Cluster, database: Database, database_url: str
) -> None:
    assert shell.refused("onextree", "db", "grant", "nobody")["error_code"] == ("INVALID_REQUEST")
    name = make_url(database_url).database or ""
    role = f"reader of {name}"[:60]
    with cluster.connect(name) as connection:
        connection.execute(f'CREATE ROLE "{role}"')
    try:
        assert shell.json("onextree", "db", "grant", role)["granted"] is True
        with cluster.connect(name) as connection:
            connection.execute(f'SET ROLE "{role}"')
            for view in VIEWS:
                assert connection.execute(f"SELECT * FROM {view}").fetchone()
            for statement in (
                "UPDATE onextree_snapshots SET is_pinned = true",
                "DELETE FROM onextree.projects",
                "SELECT * FROM onextree.api_keys",
            ):
                with pytest.raises(Exception, match="permission denied"):
                    connection.execute(statement)
    finally:
        with cluster.connect(name) as connection:
            connection.execute(f'DROP OWNED BY "{role}"')
            connection.execute(f'DROP ROLE "{role}"')
