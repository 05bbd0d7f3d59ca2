"""The portfolio and what its checks say of all projects, on real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree_assets.definitions import defs
from onextree_assets.specs import PORTFOLIO
from tests.repositories import Repository
from tests.shop import dagster_instance

PROJECTS = ("library", "shop")


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(monkeypatch, database_url) as temporary:
        yield temporary


@pytest.fixture
def roots(service: OnexTreeService, tmp_path: Path) -> dict[str, Repository]:
    """Two projects, enriched."""
    roots = {name: Repository.init(tmp_path / name) for name in PROJECTS}
    for name, root in roots.items():
        root.write("app.py", f"print('{name}')\n")
        service.add_project(root.root, name)
        service.generate(name)
        service.enrich(name)
    return roots


def evaluate(instance: dg.DagsterInstance) -> dict[str, dg.AssetCheckEvaluation]:
    """A run of the portfolio and its checks."""
    result = defs.resolve_job_def("check_projects").execute_in_process(instance=instance)
    assert result.success
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def failed(check: dg.AssetCheckEvaluation) -> list[tuple[object, ...]]:
    rows = check.metadata.get("failed")
    assert check.passed is (rows is None)
    if rows is None:
        return []
    assert isinstance(rows, dg.TableMetadataValue)
    return [tuple(record.data.values()) for record in rows.records]


@pytest.mark.usefixtures("roots")
def test_all_is_well(instance: dg.DagsterInstance) -> None:
    checks = evaluate(instance)
    assert len(checks) == 9
    for name, check in checks.items():
        assert failed(check) == []
        assert name == "archon_reachable" or check.metadata["projects"].value == 2


DAMAGES = {
    "stored_tree_hash": (
        "UPDATE onextree.current_entries e SET digest = sha256('damaged') FROM onextree.projects p"
        " WHERE p.project_key = e.project_key AND project_id = 'shop'"
    ),
    "files_classified": (
        "UPDATE onextree.current_entries e SET class_id = NULL FROM onextree.projects p"
        " WHERE p.project_key = e.project_key AND project_id = 'shop'"
    ),
    "verified_within_24_hours": (
        "UPDATE onextree.projects SET verified_at = now() - interval '25 h'"
        " WHERE project_id = 'shop'"
    ),
    "enrichment_coverage": (
        "SET onextree.repair = 'on'; UPDATE onextree.versions SET is_enriched = false,"
        " created_at = now() - interval '2 h' WHERE project_id = 'shop'"
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.usefixtures("roots")
def test_the_project_is_named(instance: dg.DagsterInstance, database: Database, name: str) -> None:
    with database.transaction() as connection:
        for statement in DAMAGES[name].split("; "):
            connection.execute(statement.encode())
    checks = evaluate(instance)
    ((project_id, _),) = failed(checks[name])
    assert project_id == "shop"
    assert (checks[name].description or "").startswith("1 of 2 projects. ")
    is_error = name == "stored_tree_hash"
    assert checks[name].severity is (
        dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN
    )
    assert [other for other, check in checks.items() if not check.passed] == [name]


def test_retention_that_is_not_applied(
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    database: Database,
    roots: dict[str, Repository],
) -> None:
    for number in range(11):
        roots["shop"].write("app.py", str(number))
        service.generate("shop")
    service.enrich("shop")
    assert failed(evaluate(instance)["retention_holds"]) == []  # it has until tomorrow
    with database.transaction() as connection:
        connection.execute("SET onextree.repair = 'on'")
        connection.execute(
            "UPDATE onextree.versions SET created_at = now() - interval '2 days'"
            " WHERE project_id = 'shop'"
        )
    assert failed(evaluate(instance)["retention_holds"]) == [("shop", "2 versions")]
    assert [retained.deleted for retained in service.apply_retention("shop")] == [2]
    assert failed(evaluate(instance)["retention_holds"]) == []


def test_all_projects_in_one_table(
    instance: dg.DagsterInstance,
    service: OnexTreeService,
    database: Database,
    roots: dict[str, Repository],
) -> None:
    evaluate(instance)
    roots["shop"].write("new.py", "x")
    service.generate("shop")
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO onextree.project_failures (project_key, run_id, error_code, message)"
            " SELECT project_key, 'run', 'TIMEOUT', 'Later.' FROM onextree.projects"
            " WHERE project_id = 'library'"
        )
    evaluate(instance)
    records = instance.fetch_materializations(dg.AssetKey("portfolio"), limit=2).records
    now, before = [record.asset_materialization for record in records]
    assert now is not None
    assert before is not None
    assert (now.tags or {})["dagster/data_version"] != (before.tags or {})["dagster/data_version"]
    figures = {name: now.metadata[name].value for name in ("total_projects", "failed_projects")}
    assert figures == {"total_projects": 2, "failed_projects": 1}
    rows = table(now)
    assert [
        (row["project_id"], row["version"], row["files"], row["last_failure"]) for row in rows
    ] == [("library", 1, 1, "TIMEOUT"), ("shop", 2, 2, None)]
    assert [(row["churn_30d"], row["enrichment"]) for row in rows] == [
        (0, "enriched"),
        (1, "queued"),
    ]
    assert [row["languages"] for row in rows] == ["Python 100%", "Python 100%"]
    assert {row["freshness"] for row in rows} == {"fresh"}
    assert now.metadata["dagster/row_count"].value == 2
    for picture in ("language_shares", "churn_shares"):
        assert "data:image/svg+xml;base64," in str(now.metadata[picture].value)


def table(event: dg.AssetMaterialization) -> list[dict[str, object]]:
    """Rows of the portfolio, whose columns are those that the asset is described with."""
    rows = event.metadata["projects"]
    assert isinstance(rows, dg.TableMetadataValue)
    described = PORTFOLIO.metadata["dagster/column_schema"]
    assert isinstance(described, dg.TableSchema)
    assert all(column.description for column in described.columns)
    names = [column.name for column in described.columns]
    assert [column.name for column in rows.schema.columns] == names
    return [dict(record.data) for record in rows.records]


def test_a_project_without_a_version(
    instance: dg.DagsterInstance, service: OnexTreeService, tmp_path: Path
) -> None:
    service.add_project(Repository.init(tmp_path / "empty").root, "empty")
    evaluate(instance)
    event = instance.get_latest_materialization_event(PORTFOLIO.key)
    assert event is not None
    assert event.asset_materialization is not None
    (row,) = table(event.asset_materialization)
    assert {name for name, value in row.items() if value is not None} == {
        *("project_id", "churn_30d", "freshness"),
    }
    assert (row["churn_30d"], row["freshness"]) == (0, "never")


def test_what_changed_lately(
    service: OnexTreeService, database: Database, roots: dict[str, Repository]
) -> None:
    """Paths of versions of the last thirty days, each time; a first version has none."""
    for content in ("1", "2"):
        roots["shop"].write("app.py", content)
        roots["shop"].write(f"{content}.py", content)
        service.generate("shop")
    assert [project.churn_30d for project in service.portfolio()] == [0, 4]
    with database.transaction() as connection:
        connection.execute("SET onextree.repair = 'on'")
        connection.execute(
            "UPDATE onextree.versions SET created_at = now() - interval '31 days'"
            " WHERE project_id = 'shop' AND version < 3"
        )
    assert [project.churn_30d for project in service.portfolio()] == [0, 2]


def test_an_enrichment_waits_until_it_is_given_up(
    service: OnexTreeService, database: Database, roots: dict[str, Repository]
) -> None:
    def queued() -> list[bool]:
        return [project.is_queued for project in service.portfolio()]

    assert queued() == [False, False]
    roots["shop"].write("new.py", "x")
    service.generate("shop")
    while service.claim_enrichments(1):
        with database.transaction() as connection:
            connection.execute("UPDATE onextree.enrichment_queue SET not_before = now()")
            found = connection.execute("SELECT attempts FROM onextree.enrichment_queue").fetchone()
        assert found is not None
        assert queued() == [False, found[0] < 5]
    assert queued() == [False, False]
