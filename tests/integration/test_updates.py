"""What asks for an update: HEADs that moved, durably, many requests as one."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from onextree.errors import ProjectNotFound
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store.update_requests import UpdateRequest
from onextree.tree.scan import scan
from tests.repositories import Repository


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """A project ``shop``, scanned at its first commit."""
    repository.write("app.py", "print(1)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


def moved(service: OnexTreeService) -> list[str]:
    watched = service.watch_heads()
    assert not watched.broken
    return [each.project_id for each in watched.moved]


def pass_time(database: Database, seconds: float) -> None:
    """As if everything that is queued had been so for that long."""
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.update_requests SET"
            " requested_at = requested_at - make_interval(secs => %(seconds)s),"
            " changed_at = changed_at - make_interval(secs => %(seconds)s),"
            " not_before = not_before - make_interval(secs => %(seconds)s)",
            {"seconds": seconds},
        )


def claimed(service: OnexTreeService) -> list[UpdateRequest]:
    return service.claim_updates(100)


def queued(database: Database) -> int:
    with database.reading() as connection:
        row = connection.execute("SELECT count(*) FROM onextree.update_requests").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.usefixtures("shop")
def test_nothing_moved(service: OnexTreeService, database: Database) -> None:
    assert moved(service) == []
    assert queued(database) == 0


def merge(shop: Repository) -> None:
    shop.git("switch", "-q", "-c", "side")
    shop.write("side.py")
    shop.commit()
    shop.git("switch", "-q", "trunk")
    shop.write("trunk.py")
    shop.commit()
    shop.git("merge", "-q", "-m", "merge", "side")


def switch(shop: Repository) -> None:
    shop.git("switch", "-q", "-c", "side")


def detach(shop: Repository) -> None:
    shop.git("checkout", "-q", "--detach")


def amend(shop: Repository) -> None:
    shop.git("commit", "-q", "--amend", "-m", "other words")


def empty(shop: Repository) -> None:
    shop.commit("nothing changed")


def packed(shop: Repository) -> None:
    shop.commit()
    shop.git("pack-refs", "--all")


@pytest.mark.parametrize("happening", [merge, switch, detach, amend, empty, packed])
def test_whatever_moves_head_is_seen_once(
    happening: Callable[[Repository], None],
    shop: Repository,
    service: OnexTreeService,
    database: Database,
) -> None:
    happening(shop)
    assert moved(service) == ["shop"]
    pass_time(database, 6)
    (request,) = claimed(service)
    assert request.project_id == "shop"
    head = shop.git("rev-parse", "HEAD").decode().strip()
    assert request.new_commit == head
    service.generate("shop")
    assert queued(database) == 0
    assert moved(service) == []


def test_back_to_a_commit_that_was_seen_before(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    first = shop.git("rev-parse", "HEAD").decode().strip()
    for _ in range(3):
        shop.write("b.py")
        shop.commit()
        assert moved(service) == ["shop"]
        service.generate("shop")
        shop.git("reset", "-q", "--hard", first)
        assert moved(service) == ["shop"]
        service.generate("shop")
    assert moved(service) == []
    assert queued(database) == 0


def test_many_commits_are_one_update(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    for number in range(5):
        shop.write("app.py", f"print({number})\n" * 2)
        shop.commit()
        assert moved(service) == ["shop"]
        pass_time(database, 4)  # less than the window of five seconds
        assert claimed(service) == []
        assert moved(service) == ["shop"]  # the same commit again: the window goes on
    pass_time(database, 2)
    (request,) = claimed(service)
    assert request.attempts == 1
    assert claimed(service) == []
    service.generate("shop")
    assert len(service.list_versions("shop")) == 2
    assert queued(database) == 0


def test_constant_commits_do_not_put_an_update_off_for_ever(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    taken = 0
    for number in range(20):
        shop.commit(str(number))
        moved(service)
        pass_time(database, 4)
        taken += len(claimed(service))
    assert 2 <= taken <= 4  # 80 seconds in which it was never quiet, 30 at most each


def test_a_commit_during_the_scan_is_not_lost(
    shop: Repository, service: OnexTreeService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for after the scan began, so that scan does not fulfil it."""
    shop.write("b.py")
    shop.commit()
    assert moved(service) == ["shop"]
    pass_time(database, 6)
    assert len(claimed(service)) == 1

    def committed_meanwhile(*arguments: object, **options: object) -> object:
        scanned = scan(*arguments, **options)  # type: ignore[arg-type]
        shop.write("c.py")
        shop.commit()
        assert moved(service) == ["shop"]
        return scanned

    monkeypatch.setattr("onextree.service.sources.scan", committed_meanwhile)
    service.generate("shop")
    monkeypatch.undo()
    assert queued(database) == 1
    pass_time(database, 6)
    assert len(claimed(service)) == 1
    service.generate("shop")
    assert queued(database) == 0
    assert moved(service) == []


def test_who_dies_after_taking_it_leaves_it_to_others(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    shop.commit()
    moved(service)
    waits = [6.0, 301, 601, 1201, 2401]
    for attempt, wait in enumerate(waits, 1):
        pass_time(database, wait)
        (request,) = claimed(service)
        assert request.attempts == attempt
        assert moved(service) == ["shop"]  # still there, and no new request
        assert claimed(service) == []
    pass_time(database, 100_000)
    assert claimed(service) == []  # given up, until there is another commit
    shop.commit()
    moved(service)
    pass_time(database, 6)
    (request,) = claimed(service)
    assert request.attempts == 1


def test_several_at_once_take_it_once(
    shop: Repository, service: OnexTreeService, settings: Settings, database: Database
) -> None:
    shop.commit()
    moved(service)
    pass_time(database, 6)
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    taken: list[UpdateRequest] = []
    barrier = threading.Barrier(6)

    def take() -> None:
        opened = Database(url)
        try:
            another = OnexTreeService(opened, settings, RetryPolicy(attempts=1))
            barrier.wait()
            another.watch_heads()
            taken.extend(another.claim_updates(10))
        finally:
            opened.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_what_fails_for_one_project_keeps_no_other_from_its_turn(
    shop: Repository, service: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
        service.add_project(tmp_path / name, name)
        service.generate(name)
        (tmp_path / name / "file").write_text("changed")
        service.request_update(name)
    shutil.rmtree(tmp_path / "a")
    pass_time(database, 60)
    worked_off = service.work_off()
    assert (worked_off.updates, worked_off.enrichments, worked_off.failed) == (2, 3, 1)
    assert [service.show(name).version for name in ("a", "b")] == [1, 2]
    assert all(service.show(name).is_enriched for name in ("shop", "b"))
    assert service.work_off().updates == 0


def test_a_request_by_hand(shop: Repository, service: OnexTreeService, database: Database) -> None:
    service.request_update("shop")
    assert claimed(service) == []
    pass_time(database, 6)
    (request,) = claimed(service)
    assert (request.reason, request.new_commit) == ("requested", None)
    service.generate("shop")
    assert queued(database) == 0
    with pytest.raises(ProjectNotFound):
        service.request_update("nothing")


def test_a_plain_directory_and_one_that_git_ignores(
    service: OnexTreeService, shop: Repository, tmp_path: Path, database: Database
) -> None:
    plain = Repository(tmp_path / "plain")
    plain.write("a.py")
    service.add_project(plain.root, "plain")
    shop.write(".gitignore", "build/\n")
    shop.write("build/out.py")
    shop.commit()
    service.generate("shop")
    service.add_project(shop.root / "build", "built")
    assert moved(service) == []  # the first scan is asked for by people
    service.generate("plain")
    service.generate("built")
    assert moved(service) == []
    assert queued(database) == 0


def test_a_project_below_the_top_of_a_work_tree(service: OnexTreeService, shop: Repository) -> None:
    shop.write("web/a.ts")
    shop.commit()
    service.generate("shop")
    service.add_project(shop.root / "web", "web")
    service.generate("web")
    assert moved(service) == []
    shop.commit()
    assert moved(service) == ["shop", "web"]


def test_broken_projects_are_named_and_do_not_hurt_the_others(
    service: OnexTreeService, shop: Repository, tmp_path: Path, database: Database
) -> None:
    """A thousand projects, fifty of them broken in five ways: one look handles all."""
    with database.transaction() as connection:
        for number in range(949):
            root = tmp_path / f"p{number}"
            shutil.copytree(shop.root, root) if number < 3 else None
            connection.execute(
                "INSERT INTO onextree.projects"
                " (project_id, project_root, head_commit, head_branch)"
                " SELECT %s, %s, head_commit, head_branch FROM onextree.projects"
                " WHERE project_id = 'shop'",
                [f"p{number}", str(tmp_path / f"p{number % 3}")],
            )
        for number in range(50):
            root = tmp_path / f"broken{number}"
            shutil.copytree(shop.root, root)
            match number % 5:
                case 0:
                    shutil.rmtree(root)
                case 1:
                    (root / ".git/HEAD").write_bytes(b"\0" * 100)
                case 2:
                    os.unlink(root / ".git/HEAD")
                    os.mkfifo(root / ".git/HEAD")
                case 3:
                    (root / ".git/refs/heads/trunk").write_text("locked")
                case _:
                    shutil.rmtree(root)
                    root.write_text("a file")
            connection.execute(
                "INSERT INTO onextree.projects (project_id, project_root, head_branch)"
                " VALUES (%s, %s, 'trunk')",
                [f"broken{number}", str(root)],
            )
    shop.commit()
    watched = service.watch_heads()
    assert watched.projects == 1_000
    assert {each.project_id for each in watched.broken} == {
        f"broken{number}" for number in range(50)
    }
    assert all(each.error.message for each in watched.broken)
    assert [each.project_id for each in watched.moved] == ["shop"]


def test_an_imported_tree_is_not_scanned_over(
    service: OnexTreeService, shop: Repository, database: Database
) -> None:
    tree = service.export_tree("shop")["tree"]
    tree["children"][0]["size"] += 1
    tree["children"][0]["digest"] = "0" * 64
    service.request_update("shop")
    assert service.import_tree("shop", tree).changed
    assert service.import_tree("shop", tree).changed is False
    assert moved(service) == []
    assert queued(database) == 1  # an import is no scan
    shop.commit()
    assert moved(service) == ["shop"]
    service.generate("shop")
    assert moved(service) == []
    assert queued(database) == 0
