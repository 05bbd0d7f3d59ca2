"""Backups: what was stored is stored again, and a failure leaves nothing behind."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from onextree.errors import DatabaseError, DeadlineExceeded, InvalidRequest
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import backup as backups
from onextree.store import migrate, programs, schema
from onextree.store.backup import Backup
from onextree.store.database import Database
from onextree.store.embedded.cluster import Cluster
from onextree.store.embedded.programs import installed_programs
from onextree.tree.model import Entry
from tests.conftest import create_database
from tests.repositories import Repository
from tests.shell import Shell

KNOWN = ("analyses", "relationships", "findings", "extractions", "archon_answers")

Stored = dict[tuple[str, int], Sequence[Entry]]


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    opened = Database(empty_database_url, timeout=5, lock_timeout=5)
    yield opened
    opened.close()


@pytest.fixture
def filled(service: OnexTreeService, tmp_path: Path) -> OnexTreeService:
    """Two projects with odd names, deleted, pinned and enriched versions."""
    for name in ("one", "two"):
        repository = Repository.init(tmp_path / name)
        repository.write("kept.py", "1")
        repository.write("uses.py", "import kept\nimport kept.missing\n")
        (repository.root / os.fsdecode(b"not-\xff-utf8\n\t\\.N")).write_text("1")
        project_id = service.add_project(repository.root).project_id
        for number in range(5):
            repository.write("changes.txt", str(number))
            service.generate(project_id)
        service.pin_version(project_id, 2, is_pinned=True)
        service.delete_versions(project_id, [3])
        service.enrich(project_id, 4)
        repository.write("uses.py", "import os\n")
        service.generate(project_id)
        service.enrich(project_id)
        service.delete_versions(project_id, [6])
    service.remove_project("two", keep_history=True)
    return service


def save(database: Database, file: Path, *, overwrite: bool = False) -> Backup:
    return backups.backup(database, file, overwrite=overwrite, timeout=60)


def load(database: Database, file: Path) -> Backup:
    return backups.restore(database, file, timeout=60)


def reopened(database: Database, settings: Settings) -> OnexTreeService:
    return OnexTreeService(database, settings, RetryPolicy(attempts=1))


def stored(service: OnexTreeService) -> Stored:
    return {
        (project.project_id, version.version): service.files(project.project_id, version.version)
        for project in service.list_projects(with_removed=True)
        for version in service.list_versions(project.project_id)
    }


def rows(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, by the table's name."""
    with database.transaction() as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'onextree' "
            "AND table_type = 'BASE TABLE' ORDER BY 1"
        ).fetchall()
        return {
            name: connection.execute(
                f"SELECT t::text FROM onextree.{name} AS t ORDER BY 1".encode()
            ).fetchall()
            for (name,) in names
        }


def test_everything_comes_back(
    database: Database, settings: Settings, filled: OnexTreeService, empty: Database, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    made = save(database, file)
    assert (made.projects, made.versions, made.revision) == (2, 8, schema.LATEST)
    assert made.size == file.stat().st_size
    assert load(empty, file) == made
    assert rows(empty) == rows(database)
    assert {name for name in KNOWN if not rows(empty)[name]} == {"archon_answers"}
    loaded = reopened(empty, settings)
    assert [link.target for link in loaded.related("one", "uses.py").imports] == ["kept.py"]
    assert len(loaded.findings("one").introduced) == 1
    assert stored(loaded) == stored(filled)
    assert [checked.findings for checked in loaded.check() if not checked.is_sound] == []


def test_work_goes_on_where_it_was(
    database: Database, settings: Settings, filled: OnexTreeService, empty: Database, tmp_path: Path
) -> None:
    save(database, tmp_path / "backup")
    load(empty, tmp_path / "backup")
    loaded = reopened(empty, settings)
    (tmp_path / "one" / "new.rs").write_text("1")
    assert loaded.generate("one").recorded.version == 7
    third = Repository.init(tmp_path / "three")
    third.write("a", "1")
    assert loaded.generate(loaded.add_project(third.root).project_id).recorded.version == 1
    assert all(checked.is_sound for checked in loaded.check())


def test_what_is_not_ours_is_left_alone(
    database: Database, filled: OnexTreeService, empty: Database, tmp_path: Path
) -> None:
    for each in (database, empty):
        with each.transaction() as connection:
            connection.execute("CREATE TABLE public.theirs AS SELECT 1 AS one")
    save(database, tmp_path / "backup")
    load(empty, tmp_path / "backup")
    with empty.transaction() as connection:
        assert connection.execute("SELECT one FROM public.theirs").fetchall() == [(1,)]


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    database: Database, settings: Settings, filled: OnexTreeService, empty: Database, tmp_path: Path
) -> None:
    before = stored(filled)
    migrate.downgrade(database, "013_add_file_classes")
    file = tmp_path / "backup"
    old = subprocess.run(
        [
            installed_programs() / "pg_dump",
            *("--format=custom", "--data-only", f"--file={file}", "--table=onextree.*"),
            "--table=public.onextree_alembic_version",
            database.engine.url.set(drivername="postgresql").render_as_string(False),
        ],
        check=False,
    )
    assert old.returncode == 0
    assert load(empty, file).revision == "013_add_file_classes"
    assert schema.current(empty) == schema.LATEST
    loaded = reopened(empty, settings)
    assert {key: files for key, files in before.items() if key[0] == "one"} == {
        key: files for key, files in stored(loaded).items() if key[0] == "one"
    }
    assert all(checked.is_sound for checked in loaded.check())


def test_it_is_of_one_moment(
    database: Database,
    settings: Settings,
    filled: OnexTreeService,
    empty: Database,
    tmp_path: Path,
) -> None:
    before = stored(filled)
    run: Callable[..., str] = programs.run

    def meanwhile(*arguments: str, **options: Any) -> str:
        (tmp_path / "one" / "late").write_text("1")
        filled.generate("one")
        return run(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "run", meanwhile)
        made = save(database, tmp_path / "backup")
    assert made.versions == len(before)
    load(empty, tmp_path / "backup")
    assert stored(reopened(empty, settings)) == before


def test_its_owner_alone_may_read_it(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    save(database, file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_is_replaced_on_demand_alone(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    file.write_text("mine")
    with pytest.raises(InvalidRequest, match="--overwrite"):
        save(database, file)
    assert file.read_text() == "mine"
    save(database, file, overwrite=True)
    assert file.read_bytes().startswith(b"PGDMP")
    with pytest.raises(InvalidRequest, match="cannot be written"):
        save(database, tmp_path / "missing" / "backup")


def test_a_backup_that_fails_leaves_what_was_there(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup"
    file.write_text("mine")
    monkeypatch.setattr("os.replace", Mock(side_effect=OSError("broken")))
    with pytest.raises(OSError, match="broken"):
        save(database, file, overwrite=True)
    monkeypatch.undo()
    with pytest.raises(DeadlineExceeded, match="ONEXTREE_BACKUP_TIMEOUT"):
        backups.backup(database, file, overwrite=True, timeout=0.001)
    with database.transaction() as connection:
        connection.execute("LOCK onextree.versions")
        impatient = Database(database.engine.url.render_as_string(False), lock_timeout=0.1)
        with pytest.raises(DatabaseError, match="LOCK TABLE"):
            save(impatient, file, overwrite=True)
        impatient.close()
    assert file.read_text() == "mine"
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup"]


def test_nothing_is_loaded_over_projects(
    database: Database, filled: OnexTreeService, tmp_path: Path
) -> None:
    save(database, tmp_path / "backup")
    before = rows(database)
    with pytest.raises(InvalidRequest, match="holds 2 projects"):
        load(database, tmp_path / "backup")
    assert rows(database) == before


def test_what_is_no_backup_is_refused(
    cluster: Cluster, empty: Database, empty_database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidRequest, match="no backup of OnexTree"):
        load(empty, tmp_path / "missing")
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"PGDMP" + bytes(range(256)))
    with pytest.raises(InvalidRequest, match="no backup of OnexTree"):
        load(empty, garbage)
    other = tmp_path / "other"
    name = f"other_{tmp_path.name}"[:60]
    create_database(cluster, name)
    theirs = Database(cluster.url(name, driver="psycopg"))
    with theirs.transaction() as connection:
        connection.execute("CREATE TABLE theirs AS SELECT 1")
    programs.run("pg_dump", "-Fc", f"-f{other}", url=theirs.engine.url, timeout=60)
    with pytest.raises(InvalidRequest, match="but no backup of OnexTree"):
        load(empty, other)
    migrate.upgrade(theirs)
    with theirs.transaction() as connection:
        connection.execute("UPDATE public.onextree_alembic_version SET version_num = '999_later'")
    programs.run("pg_dump", "-Fc", f"-f{other}", url=theirs.engine.url, timeout=60)
    theirs.close()
    with pytest.raises(InvalidRequest, match=r"newer OnexTree \(revision 999_later\)"):
        load(empty, other)
    assert schema.current(empty) is None


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_half_a_backup_loads_nothing(
    database: Database, filled: OnexTreeService, empty: Database, tmp_path: Path, share: float
) -> None:
    file = tmp_path / "backup"
    save(database, file)
    os.truncate(file, int(file.stat().st_size * share))
    with pytest.raises((DatabaseError, InvalidRequest)):
        load(empty, file)
    assert schema.current(empty) is None or not rows(empty)["projects"]


def test_a_restore_that_is_cut_off_can_be_repeated(
    database: Database,
    filled: OnexTreeService,
    empty: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "backup"
    save(database, file)
    run: Callable[..., str] = programs.run

    def blocked(program: str, *arguments: str, **options: Any) -> str:
        if "--single-transaction" not in arguments:
            return run(program, *arguments, **options)
        with empty.transaction() as connection:  # so that it waits in the midst of its work
            connection.execute("LOCK onextree.versions IN SHARE MODE")
            return run(program, *arguments, **{**options, "timeout": 1})

    monkeypatch.setattr(programs, "run", blocked)
    with pytest.raises(DeadlineExceeded, match="pg_restore was stopped after 1 s"):
        load(empty, file)
    monkeypatch.undo()
    assert rows(empty)["projects"] == []
    load(empty, file)
    assert rows(empty) == rows(database)


def test_a_password_stays_out_of_command_lines_and_errors(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Any, dict[str, str]]] = []
    run = subprocess.run

    def seen(command: Any, **options: Any) -> Any:
        started.append((command, options["env"]))
        return run(command, **options)

    monkeypatch.setattr("onextree.store.programs.subprocess.run", seen)
    url = database.engine.url.set(host="localhost", port=1, query={}, password="s3cret")
    with pytest.raises(DatabaseError) as caught:
        programs.run("pg_dump", "--data-only", url=url, timeout=30)
    ((command, environment),) = started
    assert environment["PGPASSWORD"] == "s3cret"
    assert "s3cret" not in repr(command) + str(caught.value)


def test_commands(
    database: Database,
    filled: OnexTreeService,
    empty: Database,
    shell: Shell,
    tmp_path: Path,
) -> None:
    file = tmp_path / "backup"
    shell.patch.setenv("ONEXTREE_DATABASE_URL", database.engine.url.render_as_string(False))
    status, out, _ = shell("onextree", "db", "backup", str(file))
    assert (status, out) == (0, "2 projects with 8 versions written.\n")
    assert shell.refused("onextree", "db", "backup", str(file))["error_code"] == "INVALID_REQUEST"
    shell.patch.setenv("ONEXTREE_DATABASE_URL", empty.engine.url.render_as_string(False))
    loaded = shell.json("onextree", "db", "restore", str(file))
    assert loaded == {
        "file": str(file),
        "revision": schema.LATEST,
        "projects": 2,
        "versions": 8,
        "size": file.stat().st_size,
    }
    checked = shell.json("onextree", "db", "check")
    assert sum(each["versions"] for each in checked) == 8
