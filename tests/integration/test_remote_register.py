"""The register with remote repositories in it: what may be there, moving, removing."""

import shutil
from pathlib import Path

import pytest

from onextree.errors import (
    InvalidRemote,
    InvalidRequest,
    OnexTreeError,
    ProjectNotFound,
    ProjectRootMismatch,
    RemoteNotAllowed,
)
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import migrate
from onextree.store.database import Database
from tests.remotes import Host, allowing, judged, machine, mirror_of
from tests.repositories import Repository


@pytest.fixture
def settings(settings: Settings, host: Host) -> Settings:
    return allowing(settings, host.place)


@pytest.fixture
def service(database: Database, settings: Settings) -> OnexTreeService:
    return machine(database, settings)


def test_what_cannot_be_registered(
    service: OnexTreeService, host: Host, remote: Repository, tmp_path: Path
) -> None:
    for url, error in (
        (f"git://jo:s3cret@{host.place}/shop.git", InvalidRemote),
        ("http://jo:s3cret@127.0.0.1/shop.git", InvalidRemote),
        ("git://127.0.0.1/shop.git", RemoteNotAllowed),
        ("https://example.org/shop.git", RemoteNotAllowed),
        ("file:///etc", RemoteNotAllowed),
        ("ext::sh://x", RemoteNotAllowed),
    ):
        with pytest.raises((error, InvalidRemote)) as caught:
            service.add_remote_project(url)
        assert "s3cret" not in repr(caught.value.as_dict())
    with pytest.raises(InvalidRemote) as caught:
        service.add_remote_project(host.url("shop.git"), credential="s3cret")
    assert "s3cret" not in repr(caught.value.as_dict())
    assert service.list_projects() == []
    service.add_remote_project(host.url("shop.git"), "one")
    with pytest.raises(ProjectRootMismatch, match="registered with git://"):
        service.add_remote_project(host.url("other.git"), "one")
    with pytest.raises(ProjectRootMismatch, match="registered with git://"):
        service.add_project(remote.root, "one")
    service.add_project(remote.root, "two")
    with pytest.raises(ProjectRootMismatch, match="registered with /"):
        service.add_remote_project(host.url("shop.git"), "two")


def test_moving(service: OnexTreeService, host: Host, remote: Repository, tmp_path: Path) -> None:
    url, other = host.url("shop.git"), host.url("moved.git")
    project = service.add_remote_project(url, credential="env:TOKEN")
    assert project.credential == "env:TOKEN"
    project = service.add_remote_project(url, credential=f"file:{tmp_path}/token")
    assert project.credential == f"file:{tmp_path}/token"
    with pytest.raises(InvalidRemote, match="which everybody can read"):
        service.generate("shop")
    service.remove_project("shop")
    service.add_remote_project(url)
    service.generate("shop")
    assert mirror_of(service, url).git_dir.exists()
    shutil.copytree(remote.root, host.base / "moved.git", symlinks=True)
    with pytest.raises(ProjectRootMismatch, match="another URL only"):
        service.move_project("shop", remote.root)
    with pytest.raises(RemoteNotAllowed):
        service.move_project("shop", "https://example.org/x")
    assert service.move_project("shop", other).project_root == other
    assert not mirror_of(service, url).git_dir.exists()
    generation = service.generate("shop")
    assert (generation.changed, generation.read is not None) == (False, True)
    service.add_project(remote.root, "here")
    with pytest.raises(ProjectRootMismatch, match="another directory only"):
        service.move_project("here", url)
    assert service.rename_project("shop", "store").is_remote
    assert service.show("store").version == 1
    remote_copy = Repository(host.base / "moved.git")
    remote_copy.write("a.py", "2\n")
    remote_copy.commit()
    assert service.generate("store").recorded.version == 2
    judged(service, "store", remote_copy, other)


def test_a_credential_is_not_taken_to_another_server(
    database: Database, settings: Settings, host: Host
) -> None:
    places = (host.place, "127.0.0.1:1", "localhost:1")
    service = machine(database, allowing(settings, *places))
    service.add_remote_project("http://127.0.0.1:1/a", "shop", credential="env:TOKEN")
    assert service.move_project("shop", "http://127.0.0.1:1/b").credential == "env:TOKEN"
    assert service.move_project("shop", "http://localhost:1/b").credential is None


def test_removing(
    service: OnexTreeService, database: Database, settings: Settings, host: Host, remote: Repository
) -> None:
    url = host.url("shop.git")
    mirror = mirror_of(service, url)
    for name in ("one", "two"):
        service.add_remote_project(url, name)
        service.generate(name)
    service.remove_project("one")
    assert mirror.git_dir.exists()  # the other one's, too
    narrowed = machine(database, settings.model_copy(update={"remote_hosts": ""}))
    narrowed.remove_project("two", keep_history=True)
    assert not mirror.git_dir.exists()
    assert service.watch_remotes().projects == 0
    with pytest.raises(ProjectNotFound):
        service.generate("two")
    assert len(service.files("two")) == 4
    assert service.add_remote_project(url).project_id == "two"
    assert not service.generate("two").changed


def test_directories_stay_what_they_are(
    service: OnexTreeService, settings: Settings, host: Host, remote: Repository, tmp_path: Path
) -> None:
    """What is for directories leaves remote projects alone, and the other way round."""
    own = Repository.init(tmp_path / "own")
    own.write("a", "x")
    own.commit()
    service.add_project(own.root)
    service.add_remote_project(host.url("shop.git"))
    for name in ("own", "shop"):
        service.generate(name)
    own.commit()
    remote.write("a.py", "2\n")
    remote.commit()
    watched = service.watch_heads()
    assert ([each.project_id for each in watched.moved], watched.projects) == (["own"], 1)
    asked = service.watch_remotes()
    assert ([each.project_id for each in asked.moved], asked.projects) == (["shop"], 1)
    assert service.project_around(own.root / "a") == ("own", "a")
    with pytest.raises(ProjectNotFound):
        service.project_around(remote.root)
    with pytest.raises(InvalidRequest, match="no directory here"):
        _ = service.find_project("shop").root
    service.request_update("shop", ["a.py", "/etc/passwd"])
    assert service.show("own").git_tree is None
    assert service.update("shop", ["a.py", "../x"]).recorded.version == 2
    spool = settings.home / "spool"
    spool.mkdir(parents=True, mode=0o700, exist_ok=True)
    entry = f"onextree-hook 1\npost-commit\n\n\n\n{own.root}\n"
    (spool / "onextree-0123456789.entry").write_text(entry)
    assert service.drain_spool().requested == {"own"}


def test_the_schema_can_go_down_and_up(
    service: OnexTreeService, database: Database, host: Host, remote: Repository
) -> None:
    url = host.url("shop.git")
    service.add_remote_project(url)
    service.generate("shop")
    remote.commit()
    service.watch_remotes()
    migrate.downgrade(database, "020_incremental_versions")
    migrate.upgrade(database)
    assert service.list_projects() == []
    (project,) = service.list_projects(with_removed=True)
    assert (project.is_remote, project.project_root) == (True, url)
    service.add_remote_project(url)
    assert service.show("shop").git_tree is None
    assert not service.generate("shop").changed
    remote.write("a.py", "2\n")
    remote.commit()
    service.generate("shop")
    judged(service, "shop", remote, url)


def test_the_database_holds_no_secret(database: Database, service: OnexTreeService) -> None:
    import psycopg

    for values in ("true, NULL, 's3cret'", "true, NULL, 'env:a b'", "false, NULL, 'env:A'"):
        with (
            pytest.raises((OnexTreeError, psycopg.errors.CheckViolation)),
            database.transaction() as connection,
        ):
            connection.execute(
                "INSERT INTO onextree.projects"
                " (project_id, project_root, is_remote, remote_branch, credential)"
                f" VALUES ('p', 'git://h/p', {values})"
            )
