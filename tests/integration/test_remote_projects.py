"""Remote repositories as projects, behind a real git server on loopback."""

from dataclasses import replace
from pathlib import Path

import pytest

from onextree.errors import (
    DeadlineExceeded,
    OnexTreeError,
    RemoteCommitNotFound,
    RemoteNotAllowed,
    RemoteTooLarge,
    RemoteUnreachable,
    TreeShrank,
    TreeTooLarge,
)
from onextree.git.mirror import Mirror
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService, sources
from onextree.service.detection import OnexTreeChangeDetector
from onextree.service.sources import remote_provenance
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.tree.changes.decision import Mode, ScanReason
from onextree.tree.commit.scan import scan_remote
from onextree.tree.scan import Scan
from tests.git_servers import Relay
from tests.mirrors import grow, head_of
from tests.remotes import Host, allowing, judged, machine, mirror_of, serving
from tests.repositories import Repository


@pytest.fixture
def settings(settings: Settings, host: Host) -> Settings:
    return allowing(settings, host.place)


@pytest.fixture
def service(database: Database, settings: Settings) -> OnexTreeService:
    return machine(database, settings)


def test_a_url_becomes_the_version_of_its_checkout(
    service: OnexTreeService, host: Host, remote: Repository
) -> None:
    url = host.url("shop.git")
    project = service.add_remote_project(url)
    assert (project.project_id, project.project_root, project.is_remote) == ("shop", url, True)
    assert (project.remote_branch, project.credential, project.last_version) == (None, None, 0)
    generation = service.generate("shop")
    assert generation.changed
    assert {"ask", "fetch", "list", "hash", "tree_hash", "store"} == generation.stages.keys()
    assert generation.as_dict()["git_tree"] == service.show("shop").git_tree
    judged(service, "shop", remote, url)
    assert service.add_remote_project(url + "/").project_id == "shop"
    assert all(checked.is_sound for checked in service.check())
    mirror = mirror_of(service, url)
    assert not list(mirror.git_dir.glob("**/a.py"))


def test_a_push_is_the_next_version(
    service: OnexTreeService, host: Host, remote: Repository
) -> None:
    url = host.url("shop.git")
    service.add_remote_project(url)
    service.generate("shop")
    remote.write("a.py", "print('again')\n")
    remote.write("new/c.py", "c\n")
    (remote.root / "sub/b.txt").unlink()
    remote.commit()
    update, *others = service.refresh("shop")
    assert others == []
    assert (update.mode, update.reason) == (Mode.FULL, ScanReason.REMOTE)
    assert (update.recorded.version, update.recorded.is_whole) == (2, True)
    assert update.recorded.changes.pairs() == [
        ("added", "new/c.py"),
        ("modified", "a.py"),
        ("removed", "sub/b.txt"),
    ]
    judged(service, "shop", remote, url)
    assert all(checked.is_sound for checked in service.check())


def test_a_commit_that_was_scanned_is_verified_and_not_read(
    service: OnexTreeService,
    host: Host,
    remote: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.add_remote_project(host.url("shop.git"))
    first = service.generate("shop")
    before = service.find_project("shop").verified_at
    read: list[str] = []

    def counting(mirror: Mirror, commit: str, **options: object) -> Scan:
        read.append(commit)
        return real(mirror, commit, **options)  # type: ignore[arg-type]

    real = scan_remote
    monkeypatch.setattr(sources, "scan_remote", counting)
    again = service.generate("shop")
    assert (again.changed, again.read, read) == (False, None, [])
    assert replace(again.summary, unsettled=0) == first.summary
    assert again.as_dict()["total_files"] == 4
    with pytest.raises(ValueError, match="not read"):
        _ = again.tree
    after = service.find_project("shop").verified_at
    assert before is not None
    assert after is not None
    assert after > before
    assert not service.generate("shop", rehash=True).changed
    assert len(read) == 1


def test_what_touched_the_newest_version_has_it_read_again(
    service: OnexTreeService, database: Database, host: Host, remote: Repository
) -> None:
    url = host.url("shop.git")
    service.add_remote_project(url)
    service.generate("shop")
    exported = service.export_tree("shop")["tree"]
    first = head_of(remote)
    remote.write("a.py", "2\n")
    remote.commit()
    service.generate("shop")
    service.delete_versions("shop", [2])  # the first is the newest again, and the head is another
    assert service.generate("shop").recorded.version == 3
    judged(service, "shop", remote, url)
    service.import_tree("shop", exported)
    assert service.show("shop").git_tree is None
    assert service.generate("shop").recorded.version == 5
    judged(service, "shop", remote, url)
    remote.git("reset", "-q", "--hard", first)
    assert service.generate("shop").recorded.version == 6
    judged(service, "shop", remote, url)
    with database.transaction() as connection:
        connection.execute("SET LOCAL onextree.repair = 'on'")
        connection.execute("DELETE FROM onextree.current_entries WHERE name = 'run'")
    assert not service.generate("shop").changed  # as of work trees: hashes are compared
    assert service.generate("shop", rehash=True, force=True).changed
    judged(service, "shop", remote, url)


def test_an_empty_commit_verifies(service: OnexTreeService, host: Host, remote: Repository) -> None:
    service.add_remote_project(host.url("shop.git"))
    service.generate("shop")
    remote.commit("nothing")
    assert not service.generate("shop").changed
    assert service.generate("shop").read is None
    remote.git("branch", "-m", "main")
    remote.git("symbolic-ref", "HEAD", "refs/heads/main")
    assert [each.branch for each in service.watch_remotes().moved] == ["main"]
    assert not service.generate("shop").changed
    assert list(service.watch_remotes().moved) == []


def test_a_branch_is_followed(service: OnexTreeService, host: Host, remote: Repository) -> None:
    url = host.url("shop.git")
    remote.git("checkout", "-q", "-b", "dev/é")
    remote.write("dev.py", "x")
    remote.commit()
    remote.git("checkout", "-q", "trunk")
    service.add_remote_project(url)
    dev = service.add_remote_project(url, branch="dev/é")
    assert dev.project_id.startswith("shop-")
    assert dev.remote_branch == "dev/é"
    assert service.add_remote_project(url, branch="dev/é").project_id == dev.project_id
    assert service.add_remote_project(url).project_id == "shop"
    service.generate("shop")
    service.generate(dev.project_id)
    assert service.show("shop").branch == "trunk"
    assert service.show(dev.project_id).branch == "dev/é"
    judged(service, "shop", remote, url)
    remote.git("checkout", "-q", "dev/é")
    judged(service, dev.project_id, remote, url)
    changed = service.add_remote_project(url, "shop", branch="dev/é")
    assert changed.remote_branch == "dev/é"
    assert [each.project_id for each in service.watch_remotes().moved] == ["shop"]
    service.generate("shop")
    assert service.show("shop").branch == "dev/é"
    with pytest.raises(RemoteCommitNotFound, match="No branch can have that name"):
        service.add_remote_project(url, branch="--upload-pack=x")


def test_a_force_push_is_a_version(
    service: OnexTreeService, host: Host, remote: Repository
) -> None:
    url = host.url("shop.git")
    service.add_remote_project(url)
    service.generate("shop")
    remote.git("checkout", "-q", "--orphan", "other")
    remote.write("a.py", "other\n")
    remote.commit()
    remote.git("branch", "-M", "trunk")
    remote.git("reflog", "expire", "--expire=now", "--all")
    remote.git("gc", "-q", "--prune=now")
    generation = service.generate("shop")
    assert generation.recorded.changes.pairs() == [("modified", "a.py")]
    judged(service, "shop", remote, url)
    for name in ("run", "link", "sub/b.txt"):
        (remote.root / name).unlink()
    remote.commit()
    with pytest.raises(TreeShrank):
        service.generate("shop")
    assert service.generate("shop", force=True).changed
    judged(service, "shop", remote, url)


def test_a_commit_that_is_replaced_between_question_and_fetch(
    service: OnexTreeService, host: Host, remote: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = host.url("shop.git")
    service.add_remote_project(url)
    real = scan_remote
    asked: list[str] = []

    def replaced(mirror: Mirror, commit: str, **options: object) -> Scan:
        asked.append(commit)
        if len(asked) == 1:
            remote.git("commit", "-q", "--amend", "-m", "another")
            remote.git("reflog", "expire", "--expire=now", "--all")
            remote.git("gc", "-q", "--prune=now")
        return real(mirror, commit, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(sources, "scan_remote", replaced)
    service.generate("shop")
    assert asked[-1] == head_of(remote)
    judged(service, "shop", remote, url)


def test_two_machines_take_turns(
    database: Database, settings: Settings, tmp_path: Path, host: Host, remote: Repository
) -> None:
    url = host.url("shop.git")
    first, second = (machine(database, settings, tmp_path / name) for name in ("one", "two"))
    first.add_remote_project(url)
    first.generate("shop")
    assert second.generate("shop").read is None
    assert not (tmp_path / "two/mirrors").exists() or not list((tmp_path / "two/mirrors").iterdir())
    remote.write("a.py", "2\n")
    remote.commit()
    assert second.generate("shop").recorded.version == 2
    judged(second, "shop", remote, url)
    remote.write("a.py", "3\n")
    remote.commit()
    assert first.generate("shop").recorded.version == 3
    judged(first, "shop", remote, url)
    assert all(checked.is_sound for checked in first.check())


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"remote_hosts": ""}, RemoteNotAllowed),
        ({"remote_schemes": "https"}, RemoteNotAllowed),
        ({"max_files": 2}, TreeTooLarge),
        ({"max_bytes": 5}, TreeTooLarge),
        ({"remote_max_bytes": 1 << 16}, RemoteTooLarge),
    ],
)
def test_what_is_not_allowed_any_more(
    *,
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    host: Host,
    remote: Repository,
    changed: dict[str, object],
    error: type[OnexTreeError],
) -> None:
    service.add_remote_project(host.url("shop.git"))
    service.generate("shop")
    grow(remote)
    narrowed = machine(database, settings.model_copy(update=changed))
    with pytest.raises(error):
        narrowed.generate("shop")
    assert service.show("shop").version == 1
    assert service.generate("shop").recorded.version == 2


def test_a_server_that_is_down_loses_nothing(
    service: OnexTreeService, settings: Settings, database: Database, tmp_path: Path
) -> None:
    base = tmp_path / "others"
    with serving(base) as host:
        remote = host.repository("shop")
        with Relay(host.port) as relay:
            own = machine(database, allowing(settings, f"127.0.0.1:{relay.port}"))
            own.add_remote_project(f"git://127.0.0.1:{relay.port}/shop")
            own.generate("shop")
            url = own.find_project("shop").project_root
    with pytest.raises(RemoteUnreachable):
        own.generate("shop")
    assert own.show("shop").version == 1
    with serving(base) as again:
        moved = machine(database, allowing(settings, again.place))
        remote.write("a.py", "2\n")
        remote.commit()
        moved.move_project("shop", again.url("shop"))
        assert moved.generate("shop").recorded.version == 2
        assert moved.show("shop", 1).project_root == url


def test_a_server_that_comes_back_is_tried_again(
    database: Database,
    settings: Settings,
    host: Host,
    remote: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient = OnexTreeService(database, settings, RetryPolicy(3, 0.01, 0.02))
    patient.add_remote_project(host.url("shop.git"))
    real, calls = scan_remote, list[str]()

    def failing(mirror: Mirror, commit: str, **options: object) -> Scan:
        calls.append(commit)
        if len(calls) < 3:
            raise RemoteUnreachable("It is down.")
        return real(mirror, commit, **options)  # type: ignore[arg-type]

    def slow(*_: object, **__: object) -> Scan:
        calls.append("slow")
        raise DeadlineExceeded("It takes too long.")

    monkeypatch.setattr(sources, "scan_remote", failing)
    assert patient.generate("shop").changed
    assert len(calls) == 3
    calls.clear()
    monkeypatch.setattr(sources, "scan_remote", slow)
    with pytest.raises(DeadlineExceeded):
        patient.generate("shop", rehash=True)
    assert calls == ["slow"]


async def detected(service: OnexTreeService, url: str, tree_hash: str) -> dict[str, object]:
    return await OnexTreeChangeDetector(service).detect_changes(url, tree_hash, [])


def test_changes_are_told_without_storing_them(
    service: OnexTreeService, host: Host, remote: Repository
) -> None:
    import asyncio

    url = host.url("shop.git")
    service.add_remote_project(url)
    tree_hash = service.generate("shop").recorded.tree_hash
    remote.write("a.py", "2\n")
    remote.commit()
    found = asyncio.run(detected(service, url, tree_hash))
    assert found["modified"] == ["a.py"]
    assert service.show("shop").version == 1


def test_provenance_of_a_detached_head(
    service: OnexTreeService, host: Host, remote: Repository
) -> None:
    remote.git("checkout", "-q", "--detach")
    service.add_remote_project(host.url("shop.git"))
    service.generate("shop")
    snapshot = service.show("shop")
    assert (snapshot.commit_id, snapshot.branch) == (head_of(remote), None)
    assert list(service.watch_remotes().moved) == []
    head = mirror_of(service, host.url("shop.git")).head()
    assert remote_provenance(head).branch is None
