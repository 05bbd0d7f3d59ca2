"""Enrichments, from files to rows: what each version has, and what is remembered."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from onextree.errors import TreeNotFound
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store.moments import Moment
from tests.enrichments import (
    CIRCLE,
    WEB,
    changed,
    delete,
    extracted,
    machine,
    pairs,
    rows,
    spoil_nothing,
    statistics,
)
from tests.repositories import Repository


def test_each_version_is_told_as_its_code_was(service: OnexTreeService, shop: Repository) -> None:
    first = service.enrich("shop")
    assert first.data["architecture"]["cycles"]
    assert statistics(first)["relationships_mapped"] == 3
    shop.write("app/prices.py", "def of():\n    pass\n")
    shop.write("app/new.py", "from app import cart\n")
    shop.write("web/b.ts", "import './a';\n")
    second = changed(service)
    assert (second.introduced, second.resolved) == (0, 2)
    assert pairs(service, 1) == CIRCLE | WEB
    assert pairs(service) == WEB | {
        ("app/cart.py", "app/prices.py"),
        ("app/new.py", "app/cart.py"),
        ("web/b.ts", "web/a.ts"),
    }
    related = service.related("shop", "app/cart.py", moment=Moment(version=1))
    assert (related.version, related.analysed_version) == (1, 1)
    assert [link.target for link in related.imports] == ["app/prices.py"]
    assert [link.source for link in related.imported_by] == ["app/prices.py"]
    related = service.related("shop", "app/cart.py")
    assert [link.source for link in related.imported_by] == ["app/new.py"]
    impact = service.impact("shop", "app/prices.py")
    assert [(each.path, each.distance) for each in impact.files] == [
        ("app/cart.py", 1),
        ("app/new.py", 2),
    ]
    assert [each.path for each in service.impact("shop", "app/new.py").files] == []
    old = service.impact("shop", "app/prices.py", moment=Moment(version=1))
    assert [each.path for each in old.files] == ["app/cart.py"]
    (cycle,) = service.cycles("shop", moment=Moment(version=1)).introduced
    assert cycle.evidence["files"] == ["app/cart.py", "app/prices.py"]
    assert (cycle.first_seen_version, cycle.resolved_in_version) == (1, 2)
    assert service.cycles("shop").introduced == []
    since = service.findings("shop", since=1)
    assert since.introduced == []
    assert sorted(each.rule for each in since.resolved) == [
        "circular_dependency",
        "unresolved_import",
    ]
    with pytest.raises(TreeNotFound):
        service.related("shop", "no/such.py")
    assert service.related("shop", "web/index.ts").similar_files == ["web/b.ts"]
    assert service.related("shop", "web/index.ts", moment=Moment(version=1)).similar_files == []


def test_a_version_that_was_not_analysed_has_what_the_one_before_has(
    service: OnexTreeService, shop: Repository
) -> None:
    service.enrich("shop")
    shop.write("app/prices.py", "")
    service.generate("shop")
    shop.write("app/cart.py", "")
    changed(service)
    assert pairs(service, 2) == CIRCLE | WEB
    assert service.related("shop", "app/cart.py", moment=Moment(version=2)).analysed_version == 1
    assert pairs(service, 3) == WEB


def test_an_older_version_is_enriched_by_its_tree_alone(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    shop.write("app/cart.py", "")
    changed(service)
    before = rows(database)
    older = service.enrich("shop", 1)
    assert older.analysed is None
    assert "architecture" not in older.data
    assert statistics(older)["total_files_analyzed"] == 5
    assert rows(database) == before


def test_analysing_a_version_again_replaces_what_it_had(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.enrich("shop")
    shop.write("app/prices.py", "from app import cart\nimport app.new\n")
    shop.write("app/new.py", "")
    changed(service)
    expected = rows(database)
    again = service.enrich("shop")
    assert (again.introduced, again.resolved, extracted(again)) == (0, 0, 0)
    assert rows(database) == expected
    (shop.root / "app/cart.py").rename(shop.root / "app/moved")
    with database.transaction() as connection:
        connection.execute("DELETE FROM onextree.extractions")
    shutil.rmtree(service._settings.home / "analyses")
    blind = machine(database, service._settings, service._settings.home / "other")
    (shop.root / "app").rename(shop.root / "gone")
    assert statistics(blind.enrich("shop"))["unread_files"] == 4
    assert not pairs(service, 2) & CIRCLE
    assert pairs(service, 1) == CIRCLE | WEB
    (shop.root / "gone").rename(shop.root / "app")
    (shop.root / "app/moved").rename(shop.root / "app/cart.py")
    blind.enrich("shop")
    assert rows(database) == expected


def test_versions_that_are_deleted_leave_the_others_as_they_were(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.enrich("shop")
    first = rows(database)
    shop.write("app/prices.py", "from app import cart as c\n\n\nfrom app import new\n")
    shop.write("app/new.py", "import os\n")
    changed(service)
    shop.write("app/prices.py", "\nfrom app import cart as c\n")
    changed(service)
    service.delete_versions("shop", [3])
    with database.transaction() as connection:
        connection.execute("DELETE FROM onextree_snapshots WHERE version = 2")
    assert pairs(service) == CIRCLE | WEB
    assert service.related("shop", "app/cart.py").analysed_version == 1
    (shop.root / "app/new.py").unlink()
    shop.write("app/prices.py", "from app import cart\nfrom app.nowhere import x\n")
    service.generate("shop")
    again = service.enrich("shop")
    assert (again.introduced, again.resolved) == (0, 0)
    # Lines that were told of versions that are no more are told anew.
    assert rows(database) == first
    assert all(checked.is_sound for checked in service.check())


def test_the_oldest_versions_take_what_only_they_had(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.enrich("shop")
    shop.write("app/prices.py", "")
    changed(service)
    shop.write("web/a.ts", "export const a = 2;\n")
    service.generate("shop")
    service.delete_versions("shop", [1, 2])
    assert service.related("shop", "app/cart.py").analysed_version == 2
    links, found = rows(database)
    assert {link[:2] for link in links} == WEB | {("app/cart.py", "app/prices.py")}
    assert "circular_dependency" not in {row[1] for row in found}
    service.remove_project("shop")
    with database.reading() as connection:
        for table in ("analyses", "relationships", "findings"):
            count = connection.execute(f"SELECT count(*) FROM onextree.{table}".encode())
            assert count.fetchone() == (0,)


def truncate(directory: Path) -> None:
    for file in directory.glob("*"):
        file.write_bytes(file.read_bytes()[:-7])


def confuse(directory: Path) -> None:
    """As if another project's, or another database's, analysis were remembered."""
    kept = sorted(directory.glob("*.known"))
    contents = [file.read_bytes() for file in kept]
    for file, content in zip(kept, contents[1:] + contents[:1], strict=True):
        file.write_bytes(content)


@pytest.mark.parametrize("spoil", [spoil_nothing, delete, truncate, confuse])
def test_what_is_remembered_on_disk_makes_no_difference(
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    shop: Repository,
    spoil: Callable[[Path], None],
) -> None:
    copy = shop.root.parent / "copy"
    shutil.copytree(shop.root, copy)
    service.add_project(copy, "copy")
    changed(service, "copy")
    service.enrich("shop")
    edits = [
        ("app/prices.py", "from app import cart\n\nclass A:\n    pass\n"),
        ("app/cart/__init__.py", "import app\n"),
        ("web/a.ts", "import './index';\n"),
        ("tsconfig.json", '{"compilerOptions": {"baseUrl": "web"}}'),
    ]
    for path, content in edits:
        for root in (shop.root, copy):
            Repository(root).write(path, content)
        spoil(settings.home / "analyses")
        fresh = machine(database, settings, settings.home)
        assert extracted(changed(fresh)) <= 1
        changed(service, "copy")
        assert rows(database) == rows(database, "copy")
