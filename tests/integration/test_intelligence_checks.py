"""What the portfolio's checks say of the code of projects, on real PostgreSQL."""

from collections.abc import Iterator

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree_assets.definitions import defs
from tests.repositories import Repository
from tests.shop import dagster_instance


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(monkeypatch, database_url) as temporary:
        yield temporary


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """A project without a circle, enriched."""
    repository.write("shop/__init__.py", "")
    repository.write("shop/__main__.py", "from shop import cart\n\ncart.fill()\n")
    repository.write("shop/cart.py", "from shop import price\n\n\ndef fill():\n    price.of()\n")
    repository.write("shop/price.py", "def of():\n    return 1\n")
    service.add_project(repository.root, "shop")
    store(service)
    return repository


def store(service: OnexTreeService) -> None:
    service.generate("shop")
    service.enrich("shop")


def evaluate(instance: dg.DagsterInstance, name: str) -> dg.AssetCheckEvaluation:
    result = defs.resolve_job_def("check_projects").execute_in_process(instance=instance)
    (check,) = (each for each in result.get_asset_check_evaluations() if each.check_name == name)
    assert check.severity is dg.AssetCheckSeverity.WARN
    return check


def told(check: dg.AssetCheckEvaluation, label: str = "failed") -> list[tuple[object, ...]]:
    """Rows of a table that it shows."""
    rows = check.metadata.get(label)
    if rows is None:
        return []
    assert isinstance(rows, dg.TableMetadataValue)
    return [tuple(record.data.values()) for record in rows.records]


def test_a_circle_that_came_with_the_newest_version(
    instance: dg.DagsterInstance, service: OnexTreeService, shop: Repository
) -> None:
    assert evaluate(instance, "no_new_cycle").passed
    shop.write("shop/price.py", "from shop import cart\n\n\ndef of():\n    return cart.fill()\n")
    store(service)
    check = evaluate(instance, "no_new_cycle")
    assert not check.passed
    ((project_id, why),) = told(check)
    assert project_id == "shop"
    assert str(why).startswith("new circle of 2 files (shop/cart.py, shop/price.py): cut shop/")
    assert "onextree cycles" in (check.description or "")

    shop.write("shop/price.py", "from shop import cart, tax\n\n\ndef of():\n    return cart\n")
    shop.write("shop/tax.py", "from shop import cart\n\nRATE = cart\n")
    store(service)
    ((_, why),) = told(evaluate(instance, "no_new_cycle"))
    assert str(why).startswith("circle grown from 2 to 3 files (shop/cart.py, shop/price.py")

    shop.write("README.md", "The circle is known by now.\n")
    store(service)
    assert evaluate(instance, "no_new_cycle").passed
    assert service.cycles("shop").introduced


def test_circles_of_the_first_analysis_are_not_new(
    instance: dg.DagsterInstance, service: OnexTreeService, repository: Repository
) -> None:
    repository.write("a.py", "import b\n")
    repository.write("b.py", "import a\n")
    service.add_project(repository.root, "shop")
    store(service)
    assert service.cycles("shop").introduced
    assert evaluate(instance, "no_new_cycle").passed


def test_a_key_file_that_could_not_be_read(
    instance: dg.DagsterInstance, service: OnexTreeService, shop: Repository
) -> None:
    assert evaluate(instance, "key_files_covered").passed
    # Bytes that nobody reads anew: the tree has what was there, the work tree something else.
    shop.write("shop/__main__.py", "from shop import cart\n\ncart.fill(2)\n")
    service.generate("shop")
    shop.write("shop/__main__.py", "from shop import cart\n\ncart.fill(3)\n")
    service.enrich("shop")
    check = evaluate(instance, "key_files_covered")
    assert told(check) == [("shop", "not read: shop/__main__.py (unread)")]
    store(service)
    assert evaluate(instance, "key_files_covered").passed


def test_a_project_whose_directory_is_away(
    instance: dg.DagsterInstance, service: OnexTreeService, repository: Repository
) -> None:
    repository.write("a.py", "import b\n")
    repository.write("b.py", "x = 1\n")
    service.add_project(repository.root, "shop")
    service.generate("shop")
    repository.root.rename(repository.root.with_name("elsewhere"))
    service.enrich("shop")
    check = evaluate(instance, "key_files_covered")
    assert told(check) == [("shop", "none of its 2 files of code could be read")]


@pytest.mark.usefixtures("shop")
def test_what_archon_has_not_told_yet_is_listed_and_no_failure(
    instance: dg.DagsterInstance, database: Database
) -> None:
    assert told(evaluate(instance, "enrichment_coverage"), "partial") == []
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.versions SET enrichment_data = enrichment_data"
            """ || '{"partial_enrichment": true, "error_code": "ARCHON_UNAVAILABLE"}'"""
        )
    check = evaluate(instance, "enrichment_coverage")
    assert check.passed
    assert told(check, "partial") == [("shop", "ARCHON_UNAVAILABLE: completed by itself")]
    event = instance.get_latest_materialization_event(dg.AssetKey("portfolio"))
    assert event is not None
    assert event.asset_materialization is not None
    rows = event.asset_materialization.metadata["projects"]
    assert isinstance(rows, dg.TableMetadataValue)
    assert [record.data["enrichment"] for record in rows.records] == ["partial"]
