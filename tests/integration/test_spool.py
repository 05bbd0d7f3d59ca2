"""Draining the spool: what hooks left becomes requests, and what others left does no harm."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import cast

import dagster as dg
import pytest

from onextree.errors import ConfigurationError, DatabaseUnavailable
from onextree.hook.spool import Spool
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from sensors.git_commits import git_commits
from tests.hooks import entries, run_script
from tests.repositories import Repository
from tests.shop import Shop, dagster_instance

SAME = ("a" * 40, "a" * 40)


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """A project ``shop``, scanned at its first commit."""
    repository.write("app.py", "print(1)\n")
    repository.write("web/a.ts")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


@pytest.fixture
def spool(settings: Settings) -> Path:
    place = Spool.of(settings.home)
    place.create()
    return place.directory


def note(spool: Path, top: Path, event: str = "post-commit", *words: str) -> None:
    run_script("sh", top, spool, event, *words)


def requests(database: Database) -> dict[str, str]:
    """Reason by project."""
    with database.reading() as connection:
        found = connection.execute(
            "SELECT project_id, reason FROM onextree.update_requests"
            " JOIN onextree.projects USING (project_key)"
        ).fetchall()
    return dict(found)


def test_nothing_there(service: OnexTreeService, settings: Settings) -> None:
    assert service.drain_spool().entries == 0
    assert not (settings.home / "spool").exists()


def test_which_projects_an_entry_tells_of(
    shop: Repository, service: OnexTreeService, spool: Path, database: Database, tmp_path: Path
) -> None:
    """Those of its own work tree: not of one within, beside or around it."""
    within = Repository.init(shop.root / "vendor/library")
    beside = Repository.init(tmp_path / "project2")
    around = Repository(tmp_path / "plain")
    for repository in (within, beside):
        repository.commit()
    around.write("a")
    inside = shop.root / "web"
    places = {"within": within.root, "beside": beside.root, "web": inside, "plain": around.root}
    for name, root in places.items():
        service.add_project(root, name)
        service.generate(name)
    service.add_project(shop.root, "unscanned")
    note(spool, shop.root)
    drained = service.drain_spool()
    assert drained.requested == {"shop", "web"}
    assert requests(database) == {"shop": "commit", "web": "commit"}
    note(spool, tmp_path)  # no work tree of git's that we see, but somebody's all the same
    assert service.drain_spool().requested == {"plain"}
    note(spool, Path("/"))
    assert service.drain_spool().requested == {"plain"}
    assert requests(database)["plain"] == "requested"
    assert entries(spool) == []


def test_a_top_that_was_told_through_a_symlink(
    shop: Repository, service: OnexTreeService, spool: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(shop.root)
    text = f"onextree-hook 1\npost-merge\n\n\n\n{tmp_path}/link\n"
    (spool / "onextree-0123456789.entry").write_text(text)
    assert service.drain_spool().requested == {"shop"}


def test_files_that_were_checked_out(
    shop: Repository, service: OnexTreeService, spool: Path, database: Database
) -> None:
    """HEAD stays: the request says so, and comes again for a scan that began before."""
    note(spool, shop.root, "post-checkout", *SAME, "0")
    service.drain_spool()
    assert requests(database) == {"shop": "requested"}
    service.generate("shop")
    note(spool, shop.root, "post-checkout", *SAME, "0")
    note(spool, shop.root, "post-commit")  # does not say less than the one before
    service.drain_spool()
    assert requests(database) == {"shop": "requested"}
    assert service.watch_heads().moved == []
    service.generate("shop")
    note(spool, shop.root, "post-merge", "1")
    service.drain_spool()
    assert requests(database) == {"shop": "requested"}
    service.generate("shop")
    note(spool, shop.root, "post-merge", "0")
    note(spool, shop.root, "post-checkout", *SAME, "1")
    service.drain_spool()
    assert requests(database) == {"shop": "commit"}


def test_a_repository_that_is_broken(
    shop: Repository, service: OnexTreeService, spool: Path, database: Database
) -> None:
    """Told of twice, through two tops: one request."""
    (shop.root / ".git/HEAD").write_text("nonsense")
    note(spool, shop.root)
    note(spool, shop.root.parent)
    assert service.drain_spool().requested == {"shop"}
    assert requests(database) == {"shop": "requested"}


def test_a_removed_project_and_an_unknown_one(
    shop: Repository, service: OnexTreeService, spool: Path, database: Database, tmp_path: Path
) -> None:
    service.remove_project("shop", keep_history=True)
    note(spool, shop.root)
    gone = tmp_path / "gone"
    gone.mkdir()
    note(spool, gone)
    gone.rmdir()
    drained = service.drain_spool()
    assert (drained.entries, drained.requested) == (2, frozenset())
    assert requests(database) == {}
    assert entries(spool) == []


def test_a_name_that_is_no_utf_8(
    service: OnexTreeService, spool: Path, database: Database, tmp_path: Path
) -> None:
    repository = Repository.init(tmp_path / os.fsdecode(b"latin-\xe9\nline"))
    repository.commit()
    service.add_project(repository.root, "latin")
    service.generate("latin")
    note(spool, repository.root)
    assert service.drain_spool().requested == {"latin"}


HEADER = b"onextree-hook 1\npost-commit\n\n\n\n"
UNCLEAR = [
    b"",
    b"\n",
    Random(7).randbytes(500),
    HEADER,
    HEADER + b"\n",
    HEADER + b"/cut off",
    HEADER + b"relative\n",
    HEADER + b"/with\0nul\n",
    HEADER + b"/" + b"x" * 10_000 + b"\n",
    HEADER.replace(b"hook 1", b"hook 2") + b"/x\n",
    HEADER.replace(b"post-commit", b"pre-commit") + b"/x\n",
    HEADER.replace(b"\n\n\n\n", b"\nHEAD\n\n\n") + b"/x\n",
    HEADER.replace(b"\n\n\n\n", b"\n\n\n2\n") + b"/x\n",
]


@pytest.mark.parametrize("content", UNCLEAR)
def test_an_entry_that_cannot_be_understood(
    content: bytes, shop: Repository, service: OnexTreeService, spool: Path
) -> None:
    (spool / "onextree-ABCDEFGHIJ.entry").write_bytes(content)
    note(spool, shop.root)
    drained = service.drain_spool()
    assert (drained.entries, drained.unclear) == (1, 1)
    assert drained.requested == {"shop"}
    assert os.listdir(spool) == []


def test_a_hostile_spool(
    shop: Repository, service: OnexTreeService, spool: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(HEADER + os.fsencode(shop.root) + b"\n")
    (spool / "onextree-0000000000.entry").symlink_to(secret)
    os.mkfifo(spool / "onextree-1111111111.entry")
    with (spool / "onextree-2222222222.entry").open("wb") as file:
        file.truncate(1 << 40)
    (spool / "onextree-3333333333.entry").symlink_to("onextree-3333333333.entry")
    (spool / "onextree-4444444444.entry").mkdir()
    (spool / "onextree-5555555555.entry").symlink_to("/dev/zero")
    drained = service.drain_spool()
    assert (drained.entries, drained.unclear, drained.requested) == (0, 5, frozenset())
    assert secret.exists()
    assert os.listdir(spool) == ["onextree-4444444444.entry"]
    assert service.drain_spool().unclear == 0


def test_files_of_others_and_half_written_ones(
    shop: Repository, service: OnexTreeService, spool: Path
) -> None:
    for name in ("notes", "onextree-short.entry", "onextree-0123456789.entry~", "x.entry"):
        (spool / name).write_text("x")
    old, young = spool / "onextree-0123456789", spool / "onextree-9876543210"
    for path in (old, young):
        path.write_text("onextree-hook 1\n")
    before = time.time() - 7_200
    os.utime(old, (before, before))
    others = set(os.listdir(spool)) - {old.name}
    assert service.drain_spool().unclear == 0
    assert set(os.listdir(spool)) == others


def test_a_crash_in_between_repeats_it(
    shop: Repository,
    service: OnexTreeService,
    spool: Path,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note(spool, shop.root)

    def crash(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("It crashed.")

    with monkeypatch.context() as patch:
        patch.setattr("onextree.store.update_requests.request_updates", crash)
        with pytest.raises(DatabaseUnavailable):
            service.drain_spool()
    assert (requests(database), len(entries(spool))) == ({}, 1)
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "delete", crash)
        with pytest.raises(DatabaseUnavailable):
            service.drain_spool()
    assert (requests(database), len(entries(spool))) == ({"shop": "commit"}, 1)
    assert service.drain_spool().requested == {"shop"}
    assert (requests(database), entries(spool)) == ({"shop": "commit"}, [])


def test_many_entries(
    shop: Repository, service: OnexTreeService, spool: Path, database: Database
) -> None:
    """At most 2,000 a tick; many of one work tree are one request."""
    for number in range(2_500):
        content = HEADER + os.fsencode(shop.root) + b"\n"
        (spool / f"onextree-{number:010}.entry").write_bytes(content)
    assert service.drain_spool().entries == 2_000
    assert service.drain_spool().entries == 500
    assert requests(database) == {"shop": "commit"}


@pytest.fixture
def tick(
    shop: Repository,
    service: OnexTreeService,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[], object]]:
    """A tick of `git_commits`, whose window is over at once; the one thing that it yields."""
    monkeypatch.setenv("ONEXTREE_DEBOUNCE_SECONDS", "0")
    with dagster_instance(monkeypatch, database_url) as instance:
        resources = Shop(service, shop, instance, database, database_url).resources

        def tick() -> object:
            with dg.build_sensor_context(instance=instance, resources=resources) as context:
                (yielded,) = cast(Iterator[object], git_commits(context))
            return yielded

        yield tick


def test_the_sensor_drains_it(
    shop: Repository,
    tick: Callable[[], object],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert isinstance(tick(), dg.SkipReason)
    spool = Spool.of(tmp_path / "no-home")
    spool.create()
    note(spool.directory, shop.root, "post-checkout", *SAME, "0")
    (spool.directory / "onextree-ABCDEFGHIJ.entry").write_text("garbage")
    request = tick()
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "shop"
    assert request.tags["onextree/reason"] == "requested"
    assert "1 file(s) in the spool were no entries" in capfd.readouterr().err
    assert os.listdir(spool.directory) == []
    spool.directory.rmdir()
    spool.directory.write_text("a file")
    with pytest.raises(ConfigurationError, match="remove it"):
        spool.names(1)
    shop.commit()  # found all the same
    assert isinstance(tick(), dg.RunRequest)
    assert "cannot be drained" in capfd.readouterr().err
