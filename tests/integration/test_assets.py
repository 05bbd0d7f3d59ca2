"""The assets on real PostgreSQL, with an instance that lives as long as the test."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from onextree.intelligence.version import INTELLIGENCE_VERSION
from onextree.service import OnexTreeService
from onextree_assets.assets import projects
from onextree_assets.definitions import defs
from onextree_assets.jobs import generate_project_tree
from onextree_assets.partitions import PROJECTS
from onextree_assets.schedules import daily_regeneration
from resources import OnexTreeResource, PostgresResource, RetryConfig
from sensors.registered_projects import registered_projects
from tests.repositories import Repository

KEYS = ("project_tree", "tree_snapshot", "tree_enrichment")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def resources(database_url: str) -> dict[str, object]:
    postgres = PostgresResource(url=database_url)
    return {"onextree": OnexTreeResource(postgres=postgres)}


@pytest.fixture
def project_id(
    service: OnexTreeService, repository: Repository, instance: dg.DagsterInstance
) -> str:
    repository.write("a.py", "1")
    repository.commit()
    project = service.add_project(repository.root)
    instance.add_dynamic_partitions(PROJECTS, [project.project_id])
    return project.project_id


def materialise(
    instance: dg.DagsterInstance,
    resources: dict[str, object],
    project_id: str,
    *,
    force: bool = False,
) -> dg.ExecuteInProcessResult:
    definitions = dg.Definitions(
        assets=[projects],
        jobs=[generate_project_tree],
        resources=resources,
        executor=dg.in_process_executor,
    )
    return definitions.resolve_job_def("generate_project_tree").execute_in_process(
        instance=instance,
        partition_key=project_id,
        raise_on_error=False,
        run_config={"ops": {"projects": {"config": {"force": force}}}} if force else None,
    )


def materialisation(instance: dg.DagsterInstance, key: str) -> dg.AssetMaterialization:
    event = instance.get_latest_materialization_event(dg.AssetKey(key))
    assert event is not None
    assert event.asset_materialization is not None
    return event.asset_materialization


def data_versions(instance: dg.DagsterInstance) -> list[str | None]:
    return [(materialisation(instance, key).tags or {}).get("dagster/data_version") for key in KEYS]


def test_a_partition_becomes_an_enriched_snapshot(
    instance: dg.DagsterInstance,
    resources: dict[str, object],
    service: OnexTreeService,
    project_id: str,
) -> None:
    assert materialise(instance, resources, project_id).success
    snapshot = service.show(project_id)
    assert (snapshot.version, snapshot.is_enriched, snapshot.trigger_type) == (1, True, "manual")
    for key in KEYS:
        assert materialisation(instance, key).partition == project_id
    assert data_versions(instance) == [
        snapshot.tree_hash,
        snapshot.tree_hash,
        f"{INTELLIGENCE_VERSION}-{snapshot.tree_hash}",
    ]
    metadata = materialisation(instance, "tree_snapshot").metadata
    assert metadata["version"].value == 1
    assert metadata["result"].value == "new version"
    assert materialisation(instance, "project_tree").metadata["total_files"].value == 1


def test_an_unchanged_tree_keeps_its_data_version(
    instance: dg.DagsterInstance,
    resources: dict[str, object],
    service: OnexTreeService,
    repository: Repository,
    project_id: str,
) -> None:
    materialise(instance, resources, project_id)
    before = data_versions(instance)
    assert materialise(instance, resources, project_id).success
    assert data_versions(instance) == before
    result = materialisation(instance, "tree_snapshot").metadata["result"].value
    assert result == "verified, unchanged"
    repository.write("b.py", "2")
    materialise(instance, resources, project_id)
    assert data_versions(instance) != before
    changes = materialisation(instance, "tree_snapshot").metadata["changes"]
    assert isinstance(changes, dg.TableMetadataValue)
    assert [record.data for record in changes.records] == [{"change": "added", "path": "b.py"}]
    assert service.show(project_id).version == 2


def test_bad_input_fails_once_with_its_sentence(
    instance: dg.DagsterInstance,
    resources: dict[str, object],
    service: OnexTreeService,
    repository: Repository,
    project_id: str,
) -> None:
    materialise(instance, resources, project_id)
    shutil.rmtree(repository.root)
    result = materialise(instance, resources, project_id)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    assert error is not None
    assert "PROJECT_ROOT_NOT_FOUND" in error.message
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    assert service.find_project(project_id).last_version == 1


def test_the_schedule_asks_for_every_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = dg.DagsterInstance.local_temp(str(tmp_path))
    context = dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=dt.datetime(2026, 1, 2, 2, tzinfo=dt.UTC),
        repository_def=defs.get_repository_def(),
    )
    nothing = daily_regeneration.evaluate_tick(context)
    assert "onextree projects add" in (nothing.skip_message or "")
    instance.add_dynamic_partitions(PROJECTS, ["one", "two", "three"])
    monkeypatch.setenv("ONEXTREE_PROJECTS_PER_RUN", "2")
    requests = daily_regeneration.evaluate_tick(context).run_requests or []
    ends = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
    assert [[request.tags[end] for end in ends] for request in requests] == [
        ["one", "two"],
        ["three", "three"],
    ]
    assert [request.run_key for request in requests] == ["2026-01-02/0", "2026-01-02/1"]


def test_the_sensor_keeps_partitions_equal_to_the_register(
    instance: dg.DagsterInstance,
    resources: dict[str, object],
    service: OnexTreeService,
    project_id: str,
) -> None:
    def tick() -> tuple[list[str], list[str]]:
        with dg.build_sensor_context(instance=instance, resources=resources) as context:
            result = registered_projects(context)
        assert isinstance(result, dg.SensorResult)
        added: list[str] = []
        removed: list[str] = []
        for request in result.dynamic_partitions_requests or []:
            adds = isinstance(request, dg.AddDynamicPartitionsRequest)
            (added if adds else removed).extend(request.partition_keys)
        return added, removed

    assert tick() == ([], [])
    instance.delete_dynamic_partition(PROJECTS, project_id)
    instance.add_dynamic_partitions(PROJECTS, ["nobody"])
    assert tick() == ([project_id], ["nobody"])
    service.remove_project(project_id)
    assert tick() == ([], ["nobody"])


def test_a_password_stays_out_of_metadata_and_events(
    instance: dg.DagsterInstance, project_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_URL", "postgresql://user:s3cret@127.0.0.1:1/none")
    postgres = PostgresResource(url=dg.EnvVar("SECRET_URL"), retry=RetryConfig(max_attempts=1))
    result = materialise(instance, {"onextree": OnexTreeResource(postgres=postgres)}, project_id)
    assert not result.success
    events = instance.all_logs(result.run_id)
    assert events
    assert not [event for event in events if "s3cret" in str(event)]


def test_what_a_project_is_made_of_is_shown(
    instance: dg.DagsterInstance,
    resources: dict[str, object],
    repository: Repository,
    project_id: str,
) -> None:
    repository.write("pyproject.toml", "[project]\n")
    repository.write("README.md", "x")
    run = materialise(instance, resources, project_id)
    metadata = materialisation(instance, "tree_enrichment").metadata
    tables = {}
    for name in ("languages", "categories"):
        table = metadata[name]
        assert isinstance(table, dg.TableMetadataValue)
        tables[name] = [dict(record.data) for record in table.records]
    assert {"language": "Python", "files": 1, "size_mib": 0.0} in tables["languages"]
    assert {"category": "build", "files": 1} in tables["categories"]
    logged = [event.user_message for event in instance.all_logs(run.run_id)]
    assert [word for word in logged if word in ("list", "tree_hash", "store")] == [
        *("list", "tree_hash", "store"),
    ]
    assert any(word.startswith("hash: 3 of 3 files") for word in logged)


def test_most_files_gone_needs_force(
    instance: dg.DagsterInstance,
    resources: dict[str, object],
    service: OnexTreeService,
    repository: Repository,
    project_id: str,
) -> None:
    for name in ("b.py", "c.py"):
        repository.write(name, "1")
    materialise(instance, resources, project_id)
    for name in ("b.py", "c.py"):
        (repository.root / name).unlink()
    failed = materialise(instance, resources, project_id)
    assert not failed.success
    assert service.show(project_id).version == 1
    assert materialise(instance, resources, project_id, force=True).success
    assert service.show(project_id).version == 2
