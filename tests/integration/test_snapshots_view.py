"""The specification's table, as the view `onextree_snapshots`."""

from collections.abc import Sequence

import psycopg
import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database, RawConnection
from tests.repositories import Repository

INDEXES = {
    "idx_onextree_snapshots_project_id": "project_id = 'project'",
    "idx_onextree_snapshots_tree_hash": "tree_hash = repeat('0', 64)",
    "idx_onextree_snapshots_created_at": "created_at > now()",
    "idx_onextree_snapshots_expires_at": "expires_at < now()",
    "idx_onextree_snapshots_enrichment_data": """enrichment_data @> '{"sources": ["archon"]}'""",
    "idx_onextree_snapshots_project_created": "project_id = 'project' AND created_at > now()",
}
IMMUTABLE = {
    "tree_hash": "repeat('0', 64)",
    "version": "9",
    "total_files": "9",
    "project_root": "'/'",
    "created_at": "now()",
    "commit_id": "'x'",
}


@pytest.fixture
def project_id(service: OnexTreeService, repository: Repository) -> str:
    found = service.add_project(repository.root).project_id
    for number in range(4):
        repository.write("file", str(number))
        repository.write(f"only-{number}", "x")
        service.generate(found)
    return found


@pytest.fixture
def connection(database: Database, project_id: str) -> RawConnection:
    """With a view whose tree may not be put together."""
    with database.transaction() as opened:
        opened.execute(
            "CREATE OR REPLACE FUNCTION onextree.tree_structure("
            "p_project integer, p_version integer, p_root text)"
            " RETURNS jsonb LANGUAGE plpgsql STABLE AS"
            " $$ BEGIN RAISE EXCEPTION 'the tree was put together'; END $$"
        )
    assert database.engine.url.database
    return psycopg.connect(
        database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        autocommit=True,
    )


def tuples(connection: RawConnection) -> Sequence[object]:
    return connection.execute(
        "SELECT ctid::text, xmin::text FROM onextree.current_entries UNION ALL"
        " SELECT ctid::text, xmin::text FROM onextree.closed_entries ORDER BY 1, 2"
    ).fetchall()


def test_enrichment_is_updated_without_touching_the_tree(connection: RawConnection) -> None:
    before = tuples(connection)
    (then,) = connection.execute(
        "SELECT updated_at FROM onextree_snapshots WHERE version = 2"
    ).fetchone() or (None,)
    updated = connection.execute(
        """UPDATE onextree_snapshots SET enrichment_data = '{"by": "hand"}',
           enrichment_sources = '{hand}', is_enriched = true, enrichment_time_ms = 1,
           expires_at = NULL, is_pinned = true
           WHERE project_id = 'project' AND version = 2 RETURNING enrichment_data, updated_at"""
    ).fetchone()
    assert updated is not None
    assert updated[0] == {"by": "hand"}
    assert updated[1] > then
    assert tuples(connection) == before


@pytest.mark.parametrize("column", IMMUTABLE)
def test_what_a_version_is_does_not_change(column: str, connection: RawConnection) -> None:
    change = f"{column} = {IMMUTABLE[column]}"
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="does not change") as caught:
        connection.execute(f"UPDATE onextree_snapshots SET {change} WHERE version = 2".encode())
    assert "enrichment_data" in (caught.value.diag.message_hint or "")


def test_the_tree_is_no_column_to_write(connection: RawConnection) -> None:
    with pytest.raises(psycopg.Error, match="tree_structure"):
        connection.execute("UPDATE onextree_snapshots SET tree_structure = '{}'")


def test_an_insert_says_what_to_call(connection: RawConnection) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="no INSERT") as caught:
        connection.execute(
            "INSERT INTO onextree_snapshots (project_id, version) VALUES ('project', 9)"
        )
    assert "onextree import" in (caught.value.diag.message_hint or "")


@pytest.mark.parametrize(
    ("where", "left"),
    [("version = 2", [1, 3, 4]), ("version >= 3", [1, 2]), ("true", []), ("version < 4", [4])],
)
def test_versions_are_deleted_through_the_view(
    where: str,
    left: list[int],
    connection: RawConnection,
    service: OnexTreeService,
    project_id: str,
) -> None:
    before = {number: list(service.files(project_id, number)) for number in (1, 2, 3, 4)}
    connection.execute(f"DELETE FROM onextree_snapshots WHERE {where}".encode())
    assert sorted(each.version for each in service.list_versions(project_id)) == left
    for number in left:
        assert service.files(project_id, number) == before[number]
    assert all(checked.is_sound for checked in service.check())


def test_a_version_that_is_written_to_is_not_deleted(
    connection: RawConnection, database: Database, service: OnexTreeService, project_id: str
) -> None:
    with database.transaction() as writer:
        writer.execute("SELECT pg_advisory_xact_lock(1330792788, 1)")
        with pytest.raises(psycopg.errors.LockNotAvailable, match="is being written to"):
            connection.execute("DELETE FROM onextree_snapshots WHERE version = 2")
    assert len(service.list_versions(project_id)) == 4


def test_the_cleanup_function_of_the_specification(
    connection: RawConnection, database: Database, service: OnexTreeService, project_id: str
) -> None:
    connection.execute("UPDATE onextree_snapshots SET expires_at = now() - interval '1 hour'")
    clean = "SELECT cleanup_expired_onextree_snapshots({})"
    with database.transaction() as writer:
        writer.execute("SELECT pg_advisory_xact_lock(1330792788, 1)")
        assert connection.execute(clean.format("").encode()).fetchone() == (0,)
    service.pin_version(project_id, 2)
    assert connection.execute(clean.format("1").encode()).fetchone() == (1,)
    assert connection.execute(clean.format("").encode()).fetchone() == (1,)
    assert sorted(each.version for each in service.list_versions(project_id)) == [2, 4]
    assert all(checked.is_sound for checked in service.check())


@pytest.mark.parametrize("name", INDEXES)
def test_each_question_has_its_index(name: str, connection: RawConnection) -> None:
    connection.execute(
        "INSERT INTO onextree.projects (project_id, project_root) VALUES ('crowd', '/crowd')"
    )
    connection.execute(
        "INSERT INTO onextree.versions (project_key, project_id, version, project_root,"
        " tree_hash, total_files, total_directories, total_size_bytes, trigger_type, created_at,"
        " expires_at) SELECT 2, 'crowd', g, project_root, md5(g::text) || md5(''), 1,"
        " 1, 1, trigger_type, now() - g * interval '1 minute', now() + g * interval '1 minute'"
        " FROM onextree.versions, generate_series(10, 2000) g WHERE version = 1"
    )
    connection.execute("ANALYZE onextree.versions")
    if name == "idx_onextree_snapshots_created_at":
        question = "SELECT version FROM onextree_snapshots ORDER BY created_at DESC LIMIT 5"
    elif name == "idx_onextree_snapshots_project_created":
        question = (
            "SELECT version FROM onextree_snapshots WHERE project_id = 'project'"
            " ORDER BY created_at DESC LIMIT 5"
        )
    elif name == "idx_onextree_snapshots_project_id":
        question = (
            "SELECT tree_hash FROM onextree_snapshots WHERE project_id = 'project'"
            " ORDER BY version DESC LIMIT 5"
        )
    else:
        question = f"SELECT version FROM onextree_snapshots WHERE {INDEXES[name]}"
    connection.execute("SET enable_seqscan = off")
    plan = connection.execute(f"EXPLAIN {question}".encode()).fetchall()
    assert any(name in line for (line,) in plan), plan
