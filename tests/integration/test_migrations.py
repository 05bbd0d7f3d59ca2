"""The schema: up, down and up again, and the same through psql."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from migrations.__main__ import SCRIPTS
from onextree.errors import DatabaseError
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import migrate, schema
from onextree.store.database import Database
from onextree.store.embedded.cluster import ROLE, Cluster
from tests.repositories import Repository

CREATE = [migrate.MIGRATIONS / name for name in sorted(SCRIPTS) if "rollback" not in name]
ROLLBACK = [
    migrate.MIGRATIONS / name for name in sorted(SCRIPTS, reverse=True) if "rollback" in name
]


def database_name(url: str) -> str:
    return make_url(url).database or ""


def run(cluster: Cluster, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [cluster.programs / program, "-h", cluster.sockets, "-U", ROLE, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )


def psql(cluster: Cluster, database: str, script: Path) -> "subprocess.CompletedProcess[str]":
    return run(cluster, "psql", "--no-psqlrc", "-q", "-d", database, "-f", str(script))


def dump(cluster: Cluster, database: str) -> str:
    dumped = run(cluster, "pg_dump", "--schema-only", "--no-owner", "--restrict-key=x", database)
    assert dumped.returncode == 0, dumped.stderr
    return dumped.stdout


def test_the_newest_migration_is_the_one_that_is_needed() -> None:
    newest = max(path.stem for path in (migrate.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest == schema.LATEST


def test_up_down_up(database: Database, settings: Settings, repository: Repository) -> None:
    repository.write("a", "x")
    service = OnexTreeService(database, settings)
    service.generate(service.add_project(repository.root).project_id)
    migrate.downgrade(database)
    assert schema.current(database) is None
    with database.transaction() as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname IN ('public', 'onextree') AND relkind IN ('r', 'v')"
        ).fetchall()
    assert left == [("onextree_alembic_version",)]
    with pytest.raises(DatabaseError, match="onextree db upgrade"):
        schema.require_latest(database)
    migrate.upgrade(database)
    assert schema.current(database) == schema.LATEST
    migrate.upgrade(database)
    service.generate(service.add_project(repository.root).project_id)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_plain_sql_is_the_migration(name: str) -> None:
    before, after = SCRIPTS[name]
    written = (migrate.MIGRATIONS / name).read_text()
    assert written == migrate.render(before, after, down="rollback" in name), (
        "run: python -m migrations"
    )


def test_psql_makes_the_same_schema(
    cluster: Cluster, database_url: str, empty_database_url: str
) -> None:
    by_alembic, by_psql = database_name(database_url), database_name(empty_database_url)
    blank = dump(cluster, by_psql)
    for script in (*CREATE, *ROLLBACK, *CREATE):
        done = psql(cluster, by_psql, script)
        assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr
    assert dump(cluster, by_psql) == dump(cluster, by_alembic)
    for script in ROLLBACK:
        assert psql(cluster, by_psql, script).returncode == 0
    rest = dump(cluster, by_psql)
    assert "onextree.versions" in dump(cluster, by_alembic)
    assert rest.count("CREATE ") == blank.count("CREATE ") + 1  # Alembic's own table


def test_a_foreign_table_is_refused_and_kept(cluster: Cluster, empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE onextree_snapshots AS SELECT 42 AS theirs")
    with pytest.raises(DatabaseError, match="onextree_snapshots exists already"):
        migrate.upgrade(database)
    done = psql(cluster, database_name(empty_database_url), CREATE[0])
    assert done.returncode != 0
    assert "onextree_snapshots exists already" in done.stderr
    with database.transaction() as connection:
        assert connection.execute("SELECT theirs FROM onextree_snapshots").fetchone() == (42,)
    assert schema.current(database) is None
    database.close()


def test_two_processes_migrate_once(cluster: Cluster, empty_database_url: str) -> None:
    script = (
        "import sys; from onextree.store import migrate; from onextree.store.database import "
        "Database; migrate.upgrade(Database(sys.argv[1]))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, empty_database_url]) for _ in range(2)
    ]
    assert [process.wait(60) for process in started] == [0, 0]


def test_trees_from_before_classes_are_kept(
    database: Database, settings: Settings, repository: Repository
) -> None:
    repository.write("a.py", "x")
    repository.write("b.py", "x")
    service = OnexTreeService(database, settings)
    project_id = service.add_project(repository.root).project_id
    service.generate(project_id)
    migrate.downgrade(database, "012_create_onextree_snapshots")
    migrate.upgrade(database)
    service = OnexTreeService(database, settings)
    assert [entry.file_class for entry in service.files(project_id)] == [None, None]
    assert service.export_tree(project_id)["tree"]["children"][0].get("language") is None
    repository.write("a.py", "y")
    changes = service.generate(project_id).recorded.changes
    assert changes.pairs() == [("modified", "a.py")]
    assert [entry.file_class for entry in service.files(project_id, 1)] == [None, None]
    assert all(entry.file_class is not None for entry in service.files(project_id))


def test_versions_outlive_the_way_down_and_up(
    database: Database, settings: Settings, repository: Repository
) -> None:
    service = OnexTreeService(database, settings)
    project_id = service.add_project(repository.root).project_id
    for number in range(5):
        repository.write("a", str(number))
        repository.write(f"dir/{number}", "x")
        repository.write(f"{'long' * 50}/" * 12 + str(number % 2), str(number))
        service.generate(project_id)
    service.delete_versions(project_id, [2, 5])
    before = {number: list(service.files(project_id, number)) for number in (1, 3, 4)}
    migrate.downgrade(database, "013_add_file_classes")
    with database.transaction() as connection:
        shown = connection.execute(
            "SELECT version, project_id FROM onextree_snapshots ORDER BY version"
        ).fetchall()
    assert shown == [(number, project_id) for number in before]
    migrate.upgrade(database)
    service = OnexTreeService(database, settings)
    assert {number: list(service.files(project_id, number)) for number in before} == before
    assert all(checked.is_sound for checked in service.check())
    service.delete_versions(project_id, [4])
    repository.write("a", "again")
    assert service.generate(project_id).recorded.version == 6
    assert all(checked.is_sound for checked in service.check())


def test_no_project_is_scanned_for_the_upgrade_s_sake(
    database: Database, settings: Settings, repository: Repository
) -> None:
    repository.write("a.py", "x")
    repository.commit()
    service = OnexTreeService(database, settings)
    service.add_project(repository.root, "shop")
    service.generate("shop")
    migrate.downgrade(database, "018_entries_of_any_version")
    migrate.upgrade(database)
    assert list(service.watch_heads().moved) == []
    repository.commit()
    assert [each.project_id for each in service.watch_heads().moved] == ["shop"]
