"""How long versions live, and what becomes of projects that are renamed, moved or removed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from onextree.errors import (
    DeadlineExceeded,
    InvalidProjectId,
    ProjectNotFound,
    ProjectRootMismatch,
    ProjectRootNotAllowed,
    TreeNotFound,
)
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import projects
from onextree.store.database import Database
from onextree.tree.scan import Scan, scan
from tests.repositories import Repository

AGE = "UPDATE onextree.versions SET {} WHERE version = %s"


@pytest.fixture
def project_id(service: OnexTreeService, repository: Repository) -> str:
    return service.add_project(repository.root).project_id


@pytest.fixture(autouse=True)
def sound(service: OnexTreeService) -> Iterator[None]:
    """Whatever a test did, the store is sound afterwards."""
    yield
    assert [checked for checked in service.check() if not checked.is_sound] == []


def generate(service: OnexTreeService, project_id: str, versions: int) -> None:
    root = service.find_project(project_id).root
    for _ in range(versions):
        number = service.find_project(project_id).last_version
        (root / "file").write_text(str(number))
        (root / f"only-{number}").write_text(str(number))
        (root / f"only-{number - 1}").unlink(missing_ok=True)
        assert service.generate(project_id, force=True).changed


def versions(service: OnexTreeService, project_id: str) -> list[int]:
    return sorted(version.version for version in service.list_versions(project_id))


def retaining(database: Database, settings: Settings, **retention: int) -> OnexTreeService:
    changed = settings.model_copy(update={f"retention_{k}": v for k, v in retention.items()})
    return OnexTreeService(database, changed, RetryPolicy(attempts=1))


def age(database: Database, change: str, version: int) -> None:
    with database.transaction() as connection:
        connection.execute("SET LOCAL onextree.repair = 'on'")
        connection.execute(AGE.format(change).encode(), [version])


def test_the_last_versions_are_kept(
    database: Database, settings: Settings, service: OnexTreeService, project_id: str
) -> None:
    generate(service, project_id, 5)
    (retained,) = retaining(database, settings, versions=3).apply_retention()
    assert (retained.project_id, retained.deleted, retained.error) == (project_id, 2, None)
    assert versions(service, project_id) == [3, 4, 5]
    assert service.show(project_id, 3).parent_snapshot_id is None
    names = {entry.name for entry in service.files(project_id, 3)}
    assert names == {b"file", b"only-2"}


def test_expired_versions_go_but_the_newest_and_pinned_ones_stay(
    database: Database, service: OnexTreeService, project_id: str
) -> None:
    generate(service, project_id, 4)
    for version in (1, 2, 4):
        age(database, "expires_at = now() - interval '1 minute'", version)
    service.pin_version(project_id, 1)
    assert [retained.deleted for retained in service.apply_retention(project_id)] == [1]
    assert versions(service, project_id) == [1, 3, 4]
    service.pin_version(project_id, 1, is_pinned=False)
    assert [retained.deleted for retained in service.apply_retention()] == [1]
    with pytest.raises(TreeNotFound):
        service.pin_version(project_id, 1)


def test_a_verified_version_lives_on(
    database: Database, service: OnexTreeService, project_id: str
) -> None:
    generate(service, project_id, 1)
    age(database, "expires_at = now() - interval '1 minute'", 1)
    before = service.show(project_id).expires_at
    service.generate(project_id)
    after = service.show(project_id).expires_at
    assert before is not None
    assert after is not None
    assert after > before


def test_one_version_a_day_can_be_kept(
    database: Database, settings: Settings, service: OnexTreeService, project_id: str
) -> None:
    generate(service, project_id, 6)
    for version, days in ((1, 9), (2, 2), (3, 2), (4, 1)):
        age(database, f"created_at = date_trunc('day', now()) - interval '{days} day'", version)
    list(retaining(database, settings, versions=1, daily=7).apply_retention())
    assert versions(service, project_id) == [3, 4, 6]


def test_many_outlived_versions_go_in_batches(
    database: Database, settings: Settings, service: OnexTreeService, project_id: str
) -> None:
    generate(service, project_id, 1)
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO onextree.versions (project_key, project_id, version, project_root,"
            " tree_hash, total_files, total_directories, total_size_bytes, trigger_type)"
            " SELECT project_key, project_id, g, project_root, tree_hash, total_files,"
            " total_directories, total_size_bytes, trigger_type"
            " FROM onextree.versions, generate_series(2, 251) g"
        )
        connection.execute("UPDATE onextree.projects SET last_version = 251")
    (retained,) = retaining(database, settings, versions=2).apply_retention()
    assert retained.deleted == 249
    assert versions(service, project_id) == [250, 251]
    service.delete_versions(project_id, [250, 251])


def test_a_project_that_is_held_does_not_keep_the_others_from_retention(
    database: Database, settings: Settings, service: OnexTreeService, project_id: str
) -> None:
    other = service.add_project(service.find_project(project_id).root, "other")
    for name in (project_id, "other"):
        generate(service, name, 3)
    assert settings.database_url is not None
    impatient = Database(settings.database_url.get_secret_value(), lock_timeout=0.05)
    with database.transaction() as connection:
        projects.lock_project(connection, other.project_key, 5)
        cleaning = retaining(impatient, settings, versions=1)
        held, done = cleaning.apply_retention()
        assert isinstance(held.error, DeadlineExceeded)
        assert (held.project_id, held.deleted) == ("other", 0)
        assert (done.project_id, done.deleted, done.error) == (project_id, 2, None)
        repaired = {each.project_id: each for each in cleaning.check(repair=True)}
        assert isinstance(repaired["other"].error, DeadlineExceeded)
        assert repaired[project_id].is_sound
        assert all(each.is_sound for each in cleaning.check())  # readers do not wait
    impatient.close()


@pytest.mark.parametrize("deleted", [[1], [2], [4], [3, 4], [1, 3], [1, 2, 3, 4]])
def test_any_version_can_be_deleted(
    deleted: list[int], service: OnexTreeService, project_id: str
) -> None:
    generate(service, project_id, 4)
    before = {number: list(service.files(project_id, number)) for number in (1, 2, 3, 4)}
    service.delete_versions(project_id, deleted)
    left = [number for number in (1, 2, 3, 4) if number not in deleted]
    assert versions(service, project_id) == left
    for number in left:
        assert service.files(project_id, number) == before[number]
        with_parent = number - 1 in left
        assert (service.show(project_id, number).parent_snapshot_id is not None) == with_parent
    assert (service.find_project(project_id).verified_at is None) == (4 in deleted)
    with pytest.raises(TreeNotFound):
        service.delete_versions(project_id, [left[0] if left else 5, 9])
    assert versions(service, project_id) == left
    generate(service, project_id, 1)
    assert versions(service, project_id) == [*left, 5]  # no number is used twice


def test_a_renamed_project_keeps_its_history(
    service: OnexTreeService, project_id: str, database: Database
) -> None:
    generate(service, project_id, 2)
    assert service.rename_project(project_id, "new-name").last_version == 2
    with pytest.raises(ProjectNotFound):
        service.show(project_id)
    assert service.show("new-name", 1).project_id == "new-name"
    with database.transaction() as connection:
        rows = connection.execute("SELECT DISTINCT project_id FROM onextree_snapshots").fetchall()
    assert rows == [("new-name",)]
    generate(service, "new-name", 1)
    service.add_project(service.find_project("new-name").root, "taken")
    for wrong in ("taken", "cache", "no id"):
        with pytest.raises(InvalidProjectId):
            service.rename_project("new-name", wrong)


def test_a_moved_project_keeps_its_history(
    service: OnexTreeService, project_id: str, repository: Repository, tmp_path: Path
) -> None:
    generate(service, project_id, 1)
    old, new = repository.root, tmp_path / "elsewhere"
    old.rename(new)
    service.move_project(project_id, new)
    assert not service.generate(project_id).changed
    generate(service, project_id, 1)
    assert service.show(project_id, 1).project_root == str(old)
    assert service.show(project_id, 2).project_root == str(new)
    with pytest.raises(ProjectRootNotAllowed):
        service.move_project(project_id, "/etc")
    assert service.add_project(new).project_id == project_id


def test_a_scan_that_ran_while_its_project_was_moved_is_not_stored(
    service: OnexTreeService,
    project_id: str,
    repository: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repository.write("file", "x")
    (tmp_path / "elsewhere").mkdir()

    def moved(root: Path, **options: object) -> Scan:
        done = scan(root, **options)  # type: ignore[arg-type]
        service.move_project(project_id, tmp_path / "elsewhere")
        return done

    monkeypatch.setattr("onextree.service.sources.scan", moved)
    with pytest.raises(ProjectRootMismatch, match="again"):
        service.generate(project_id)
    assert versions(service, project_id) == []


def test_a_scan_that_ran_while_its_project_was_renamed_is_stored(
    service: OnexTreeService,
    project_id: str,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repository.write("file", "x")

    def renamed(root: Path, **options: object) -> Scan:
        service.rename_project(project_id, "renamed")
        return scan(root, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("onextree.service.sources.scan", renamed)
    service.generate(project_id)
    assert versions(service, "renamed") == [1]


def test_a_removed_project_can_leave_its_history(
    database: Database, settings: Settings, service: OnexTreeService, project_id: str
) -> None:
    generate(service, project_id, 3)
    root = service.find_project(project_id).root
    service.remove_project(project_id, keep_history=True)
    assert service.list_projects() == []
    assert [each.project_id for each in service.list_projects(with_removed=True)] == [project_id]
    with pytest.raises(ProjectNotFound, match="takes it up again"):
        service.generate(project_id)
    assert list(retaining(database, settings, versions=1).apply_retention()) == []
    age(database, "expires_at = now() - interval '1 minute'", 1)
    with database.transaction() as connection:
        cleaned = connection.execute("SELECT cleanup_expired_onextree_snapshots()").fetchone()
    assert cleaned == (0,)
    assert versions(service, project_id) == [1, 2, 3]
    assert service.export_tree(project_id, 2)["tree"]["children"]
    assert service.add_project(root).project_id == project_id
    generate(service, project_id, 1)
    assert versions(service, project_id) == [1, 2, 3, 4]


def test_a_removed_project_leaves_nothing_by_default(
    service: OnexTreeService, project_id: str, database: Database
) -> None:
    generate(service, project_id, 3)
    service.remove_project(project_id, keep_history=True)
    service.remove_project(project_id)
    with database.transaction() as connection:
        for table in ("projects", "versions", "current_entries", "closed_entries"):
            query = f"SELECT count(*) FROM onextree.{table}"
            assert connection.execute(query.encode()).fetchone() == (0,)


def test_what_was_remembered_of_a_moved_root_is_forgotten(
    service: OnexTreeService, project_id: str, repository: Repository, tmp_path: Path
) -> None:
    generate(service, project_id, 1)
    remembered = set(os.listdir(service._memory._directory))
    assert remembered
    (tmp_path / "elsewhere").mkdir()
    service.move_project(project_id, tmp_path / "elsewhere")
    assert not remembered & set(os.listdir(service._memory._directory))
