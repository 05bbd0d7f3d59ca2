"""Enrichments that are disturbed: by others, by failures, by being killed."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import psutil
import pytest

from onextree.errors import DatabaseError, TreeNotFound
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import enrichment_queue
from onextree.store.database import Database
from onextree.tree.reading.contents import W, WorkTreeContents
from tests.enrichments import CIRCLE, WEB, changed, machine, pairs, rows, statistics
from tests.repositories import ENVIRONMENT, Repository


def test_two_at_once_find_one_result(
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    shop: Repository,
    tmp_path: Path,
) -> None:
    service.enrich("shop")
    shutil.copytree(shop.root, tmp_path / "copy")
    service.add_project(tmp_path / "copy", "copy")
    changed(service, "copy")
    homes = (settings.home, tmp_path / "1", tmp_path / "2")
    others = [machine(database, settings, home) for home in homes]
    failures: list[BaseException] = []
    for number in range(4):
        for root in (shop.root, tmp_path / "copy"):
            Repository(root).write("app/cart.py", f"import app.new{number}\n" * (number % 3))
            Repository(root).write(f"app/new{number}.py", "from app import cart\n")
        changed(service, "copy")
        service.generate("shop")
        begin = Barrier(len(others) + 1)

        def enrich(each: OnexTreeService, begin: Barrier = begin) -> None:
            begin.wait()
            try:
                each.enrich("shop")
            except BaseException as error:
                failures.append(error)

        threads = [Thread(target=enrich, args=(each,)) for each in (service, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert rows(database) == rows(database, "copy")


def test_a_version_that_is_deleted_meanwhile_leaves_nothing(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.enrich("shop")
    before = rows(database)
    shop.write("app/prices.py", "")
    service.generate("shop")
    analyse = OnexTreeService._analyse

    def analysing(self: OnexTreeService, *arguments: Any, **options: Any) -> Any:
        analysed = analyse(self, *arguments, **options)
        self.delete_versions("shop", [2])
        return analysed

    monkeypatch.setattr(OnexTreeService, "_analyse", analysing)
    with pytest.raises(TreeNotFound):
        service.enrich("shop")
    monkeypatch.undo()
    assert rows(database) == before
    assert service.related("shop", "app/cart.py").analysed_version == 1


def test_what_fails_at_its_last_statement_leaves_nothing(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.enrich("shop")
    before = rows(database)
    shop.write("app/prices.py", "import app.new\n")
    shop.write("app/new.py", "")
    finish = enrichment_queue.finish_enrichment

    def finishing(connection: Any, *arguments: Any, **options: Any) -> None:
        finish(connection, *arguments, **options)
        connection.execute("SELECT 1 / 0")

    monkeypatch.setattr(enrichment_queue, "finish_enrichment", finishing)
    with pytest.raises(DatabaseError):
        changed(service)
    assert rows(database) == before
    assert service.related("shop", "app/cart.py").analysed_version == 1
    monkeypatch.undo()
    service.enrich("shop")
    assert pairs(service) == WEB | {
        ("app/cart.py", "app/prices.py"),
        ("app/prices.py", "app/new.py"),
    }
    assert pairs(service, 1) == CIRCLE | WEB


KILLED = """
import os, signal, sys

from onextree.opening import open_service
from onextree.settings import Settings
from onextree.store import enrichment_queue, extractions

owner, name = {"extracted": (extractions, "add_extractions"),
               "stored": (enrichment_queue, "finish_enrichment")}[sys.argv[1]]
function = getattr(owner, name)


def dying(*arguments, **options):
    function(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)


setattr(owner, name, dying)
with open_service(Settings()) as service:
    service.enrich("shop")
"""


@pytest.mark.parametrize("point", ["extracted", "stored"])
def test_who_is_killed_leaves_nothing_half_written(
    service: OnexTreeService,
    database: Database,
    database_url: str,
    shop: Repository,
    point: str,
) -> None:
    service.enrich("shop")
    before = rows(database)
    shop.write("app/prices.py", "import app.new\n")
    shop.write("app/new.py", "")
    service.generate("shop")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, point],
        env={
            **ENVIRONMENT,
            "ONEXTREE_HOME": str(shop.root.parent / "home"),
            "ONEXTREE_DATABASE_URL": database_url,
            "ONEXTREE_ALLOWED_ROOTS": str(shop.root.parent),
        },
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert rows(database) == before
    service.enrich("shop")
    assert pairs(service, 1) == CIRCLE | WEB
    assert pairs(service) == WEB | {
        ("app/cart.py", "app/prices.py"),
        ("app/prices.py", "app/new.py"),
    }


def test_workers_that_are_killed_cost_nothing(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(300):
        shop.write(f"app/m{number}.py", f"from app import m{number + 1}, cart\n" * 50)
    service.generate("shop")
    killed = 0
    read = WorkTreeContents.read

    def reading(self: WorkTreeContents, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        nonlocal killed
        for number, found in enumerate(read(self, wanted)):
            if number == 200:
                for child in psutil.Process().children():
                    if "onextree.intelligence.extraction.worker" in child.cmdline():
                        child.kill()
                        killed += 1
            yield found

    monkeypatch.setattr(WorkTreeContents, "read", reading)
    found = service.enrich("shop")
    assert killed > 0
    assert statistics(found)["unparsed_files"] == {}
    assert len([link for link in rows(database)[0] if link[1] == "app/cart.py"]) == 301
