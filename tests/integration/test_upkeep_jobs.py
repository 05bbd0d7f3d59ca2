"""The jobs that keep the store in order."""

from collections.abc import Iterator

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree_assets.upkeep import check_store, cleanup_expired_snapshots
from resources import OnexTreeResource, PostgresResource, RetryConfig
from tests.repositories import Repository


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def project_id(service: OnexTreeService, repository: Repository) -> str:
    found = service.add_project(repository.root).project_id
    for number in range(12):
        repository.write("file", str(number))
        service.generate(found)
    return found


def run(
    job: dg.JobDefinition, instance: dg.DagsterInstance, database_url: str
) -> dg.ExecuteInProcessResult:
    postgres = PostgresResource(url=database_url)
    resources = {"postgres": postgres, "onextree": OnexTreeResource(postgres=postgres)}
    return job.execute_in_process(instance=instance, resources=resources, raise_on_error=False)


def output(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (event,) = [event for event in result.all_events if event.is_successful_output]
    return {name: value.value for name, value in event.step_output_data.metadata.items()}


def failure(result: dg.ExecuteInProcessResult) -> tuple[str, dict[str, object]]:
    (event,) = [event for event in result.all_events if event.is_step_failure]
    found = event.step_failure_data.user_failure_data
    assert found is not None
    return found.description or "", {
        name: value.value for name, value in (found.metadata or {}).items()
    }


def test_retention_is_applied_to_every_project(
    service: OnexTreeService, project_id: str, instance: dg.DagsterInstance, database_url: str
) -> None:
    done = run(cleanup_expired_snapshots, instance, database_url)
    assert done.success
    assert output(done)["versions_deleted"] == 2
    assert [version.version for version in service.list_versions(project_id)] == [*range(12, 2, -1)]
    again = run(cleanup_expired_snapshots, instance, database_url)
    assert output(again)["versions_deleted"] == 0


def test_a_sound_store_passes_the_check(
    project_id: str, instance: dg.DagsterInstance, database_url: str
) -> None:
    done = run(check_store, instance, database_url)
    assert done.success
    assert output(done) == {"projects": 1, "versions": 12}


def test_a_damaged_version_fails_the_check_and_is_named(
    project_id: str, instance: dg.DagsterInstance, database_url: str, database: Database
) -> None:
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.closed_entries SET digest = sha256('x') WHERE v_from = 3"
        )
    failed = run(check_store, instance, database_url)
    assert not failed.success
    description, metadata = failure(failed)
    assert project_id in description
    assert "--repair" in description
    assert metadata["versions"] == 12
    assert "tree_hash" in str(metadata["findings"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEXTREE_LOCK_TIMEOUT", "0.1")


@pytest.mark.usefixtures("impatient")
def test_a_project_that_is_held_is_named_and_the_others_are_done(
    service: OnexTreeService,
    project_id: str,
    instance: dg.DagsterInstance,
    database_url: str,
    database: Database,
) -> None:
    held = service.find_project(project_id)
    service.add_project(held.root, "other")
    for number in range(11):
        (held.root / "file").write_text(f"other {number}")
        service.generate("other")
    postgres = PostgresResource(url=database_url)
    once = OnexTreeResource(postgres=postgres, retry=RetryConfig(max_attempts=1))
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(1330792788, %s)", [held.project_key])
        failed = cleanup_expired_snapshots.execute_in_process(
            instance=instance,
            resources={"postgres": postgres, "onextree": once},
            raise_on_error=False,
        )
    description, metadata = failure(failed)
    assert project_id in description
    assert metadata["versions_deleted"] == 1
    assert len(service.list_versions("other")) == 10
    assert len(service.list_versions(project_id)) == 12
