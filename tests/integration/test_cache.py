"""The three levels of answers, on one database and from several processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from onextree.errors import DatabaseUnavailable, ProjectNotFound, TreeNotFound
from onextree.resilience.cache import Level
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store.moments import Moment
from tests.repositories import Repository

GENERATE = """
import sys
from onextree.cli.app import main
sys.argv = ["onextree", "generate", sys.argv[1], "--project-id", "shop"]
main()
"""


@pytest.fixture
def shop(service: OnexTreeService, tmp_path: Path) -> Repository:
    root = Repository(tmp_path / "shop")
    root.write("src/app.py", "print(1)\n")
    root.write("README.md", "# Shop\n")
    service.add_project(root.root, "shop")
    service.generate("shop")
    return root


@pytest.fixture
def another(settings: Settings) -> Iterator[OnexTreeService]:
    """A service of another process, as far as the database knows."""
    assert settings.database_url is not None
    opened = Database(settings.database_url.get_secret_value())
    yield OnexTreeService(opened, settings, RetryPolicy(attempts=1))
    opened.close()


def paths(service: OnexTreeService, text: str = "**/*.py") -> tuple[Level, int, list[str]]:
    answer = service.query("shop", text)
    assert answer.is_fresh
    assert answer.version == answer.value.version
    return answer.level, answer.version, [item.path for item in answer.value.items]


@pytest.mark.usefixtures("shop")
def test_the_second_answer_is_from_memory(service: OnexTreeService) -> None:
    assert paths(service) == (Level.DATABASE, 1, ["src/app.py"])
    assert paths(service) == (Level.MEMORY, 1, ["src/app.py"])
    assert paths(service, "*.md") == (Level.DATABASE, 1, ["README.md"])


def test_a_new_version_of_this_process_is_answered_anew(
    service: OnexTreeService, shop: Repository
) -> None:
    paths(service)
    shop.write("src/cart.py")
    service.generate("shop")
    assert paths(service) == (Level.DATABASE, 2, ["src/app.py", "src/cart.py"])


def test_a_new_version_of_another_process_is_never_missed(
    service: OnexTreeService, shop: Repository, settings: Settings, tmp_path: Path
) -> None:
    """No notification is sent at all: the version is looked up each time."""
    service.activate("shop")
    assert paths(service)[0] is Level.TREE
    assert paths(service)[0] is Level.MEMORY
    shop.write("src/cart.py")
    assert settings.database_url is not None
    subprocess.run(
        [sys.executable, "-c", GENERATE, str(shop.root)],
        env={
            "ONEXTREE_DATABASE_URL": settings.database_url.get_secret_value(),
            "ONEXTREE_ALLOWED_ROOTS": str(tmp_path),
            "ONEXTREE_HOME": str(tmp_path / "other-home"),
            "PATH": "/usr/bin:/bin",
        },
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert paths(service) == (Level.TREE, 2, ["src/app.py", "src/cart.py"])
    assert paths(service) == (Level.MEMORY, 2, ["src/app.py", "src/cart.py"])


def test_many_versions_of_another_service_in_a_row(
    service: OnexTreeService, another: OnexTreeService, shop: Repository
) -> None:
    service.activate("shop")
    for number in range(10):
        (shop.root / f"src/new{number - 1}.py").unlink(missing_ok=True)
        shop.write(f"src/new{number}.py", str(number))
        version = another.generate("shop").recorded.version
        expected = ["src/app.py", f"src/new{number}.py"]
        assert paths(service) == (Level.TREE, version, expected)
        assert paths(service) == (Level.MEMORY, version, expected)


def test_an_old_version_is_the_database_s(service: OnexTreeService, shop: Repository) -> None:
    shop.write("src/cart.py")
    service.generate("shop")
    service.activate("shop")
    answer = service.query("shop", "**/*.py", moment=Moment(version=1))
    assert (answer.level, len(answer.value.items)) == (Level.DATABASE, 1)
    answer = service.query("shop", "**/*.py", moment=Moment(version=2))
    assert (answer.level, len(answer.value.items)) == (Level.TREE, 2)


def test_after_the_newest_version_was_deleted_its_files_are_not_answered(
    service: OnexTreeService, another: OnexTreeService, shop: Repository
) -> None:
    shop.write("src/cart.py")
    service.generate("shop")
    service.activate("shop")
    paths(service)
    another.delete_versions("shop", [2])
    assert paths(service) == (Level.DATABASE, 1, ["src/app.py"])


def test_a_tree_of_a_deleted_version_is_not_brought_forward(
    service: OnexTreeService, another: OnexTreeService, shop: Repository
) -> None:
    """Version 2 changed a file, was deleted, and version 3 has the file as version 1 had it."""
    shop.write("src/app.py", "print(2)\n")
    service.generate("shop")
    service.activate("shop")
    another.delete_versions("shop", [2])
    shop.write("src/app.py", "print(1)\n")
    shop.write("src/cart.py")
    another.generate("shop")
    found = service.find_file("shop", "src/app.py")
    assert found.level is Level.DATABASE
    assert found.value == another.find_file("shop", "src/app.py").value
    assert service.activate("shop") == 3
    assert service.find_file("shop", "README.md").level is Level.TREE


def test_a_project_made_anew_under_the_same_id(
    service: OnexTreeService, another: OnexTreeService, shop: Repository
) -> None:
    service.activate("shop")
    paths(service)
    another.remove_project("shop")
    with pytest.raises(ProjectNotFound):
        service.query("shop", "**/*.py")
    (shop.root / "src/app.py").unlink()
    shop.write("main.py")
    another.add_project(shop.root, "shop")
    with pytest.raises(TreeNotFound):
        service.query("shop", "**/*.py")
    another.generate("shop")
    assert paths(service) == (Level.DATABASE, 1, ["main.py"])


@pytest.mark.usefixtures("shop")
def test_the_specification_s_invalidation(
    service: OnexTreeService, another: OnexTreeService
) -> None:
    service.activate("shop")
    paths(service)
    paths(service, "*.md")
    assert service.files_modified("shop") == 2  # answers alone: the tree is of a version
    assert paths(service)[0] is Level.TREE
    assert service.clear_cache("shop") == 2  # an answer and a tree
    assert paths(service)[0] is Level.DATABASE
    assert service.clear_cache() == 1
    assert service.clear_cache() == 0
    assert another.clear_cache("shop") == 0
    with pytest.raises(ProjectNotFound):
        service.clear_cache("nothing")


@pytest.mark.usefixtures("shop")
def test_a_stale_answer_never_passes_as_fresh(
    service: OnexTreeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable("PostgreSQL is away.")

    paths(service)
    monkeypatch.setattr(Database, "reading", away)
    with pytest.raises(DatabaseUnavailable):
        service.query("shop", "**/*.py")
    last = service.query("shop", "**/*.py", allow_stale=True)
    assert (last.is_fresh, last.level, last.version) == (False, Level.MEMORY, 1)
    with pytest.raises(DatabaseUnavailable):  # never asked before
        service.query("shop", "**/*.ts", allow_stale=True)
    monkeypatch.undo()
    assert service.query("shop", "**/*.py", allow_stale=True).is_fresh


def test_pages_stay_of_one_version(service: OnexTreeService, shop: Repository) -> None:
    for number in range(5):
        shop.write(f"src/m{number}.py", str(number))
    service.generate("shop")
    first = service.query("shop", "**/*.py", limit=2).value
    shop.write("src/a.py")
    (shop.root / "src/m3.py").unlink()
    service.generate("shop")
    second = service.query("shop", "**/*.py", limit=10, cursor=first.next_cursor).value
    assert second.version == first.version == 2
    assert [item.name for item in (*first.items, *second.items)] == [
        *("app.py", "m0.py", "m1.py", "m2.py", "m3.py", "m4.py")
    ]
    service.delete_versions("shop", [2])
    with pytest.raises(TreeNotFound):
        service.query("shop", "**/*.py", limit=3, cursor=first.next_cursor)
