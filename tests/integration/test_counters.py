"""Counts of all processes: nothing is lost but by a crash, and nobody waits for them."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import dagster as dg
import pytest

from onextree.errors import DatabaseUnavailable, OnexTreeError, ProjectNotFound
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.service.counting import COUNTED
from onextree.settings import Settings
from onextree.store import counters
from onextree.store.database import Database
from onextree_assets.assets import projects
from onextree_assets.jobs import generate_project_tree
from onextree_assets.partitions import PROJECTS
from resources import OnexTreeResource, PostgresResource
from tests.repositories import Repository
from tests.shell import Shell

Kind = tuple[str, tuple[str, ...]]


@pytest.fixture(autouse=True)
def shop(service: OnexTreeService, repository: Repository) -> str:
    repository.write("app.py", "x")
    repository.commit()
    service.add_project(repository.root, "shop")
    return "shop"


def stored(database: Database) -> dict[Kind, float]:
    """What is counted in the database, by names and values of labels."""
    with database.reading() as connection:
        return {
            (name, tuple(labels[label] for label in COUNTED[name].labels)): value
            for name, labels, value in counters.select_counts(connection)
        }


def times(database: Database, name: str) -> dict[tuple[str, ...], float]:
    return {labels: value for (each, labels), value in stored(database).items() if each == name}


def test_each_look_at_a_project_is_counted_once(
    service: OnexTreeService, database: Database, repository: Repository
) -> None:
    service.generate("shop")
    service.generate("shop", trigger_type="scheduled")
    repository.write("app.py", "y")
    repository.commit()
    service.update("shop")
    repository.write("new/app.py", "z")
    repository.commit()
    service.update("shop", trigger_type="manual")
    service.flush_counters()
    assert times(database, "generations") == {
        ("full", "manual", "stored"): 2,
        ("full", "scheduled", "verified"): 1,
        ("incremental", "event", "stored"): 1,
    }
    assert times(database, "update_scans") == {("directories",): 1}
    seconds = times(database, "generation_seconds")
    assert seconds.keys() == times(database, "generations").keys()
    assert all(0 < each < 60 for each in seconds.values())


def test_a_scan_that_many_share_is_one(service: OnexTreeService, database: Database) -> None:
    begun, may_end = Event(), Event()

    def hold(_: object) -> None:
        begun.set()
        assert may_end.wait(30)

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(service.generate, "shop", report=hold)
        assert begun.wait(30)
        rest = [threads.submit(service.generate, "shop") for _ in range(3)]
        may_end.set()
        for each in (first, *rest):
            each.result(30)
    service.flush_counters()
    assert 1 < sum(times(database, "generations").values()) <= 4
    assert times(database, "generations")["full", "manual", "stored"] == 1


def test_failures_are_counted_and_mistakes_of_callers_are_not(
    service: OnexTreeService, database: Database, repository: Repository
) -> None:
    repository.root.rename(repository.root.with_name("gone"))
    for use in (service.generate, service.update):
        with pytest.raises(OnexTreeError):
            use("shop")
    for other in (service.generate, service.update, service.enrich):
        with pytest.raises(ProjectNotFound):
            other("nothing")
    with pytest.raises(OnexTreeError):
        service.enrich("shop")  # it has no version yet
    service.flush_counters()
    assert {labels[2] for labels in times(database, "generations")} == {"failed"}
    assert times(database, "enrichments") == {}


def test_enrichments_are_counted(service: OnexTreeService, database: Database) -> None:
    service.generate("shop")
    service.enrich("shop")
    service.enrich("shop")
    service.flush_counters()
    assert times(database, "enrichments") == {("stored",): 2}
    assert times(database, "enrichment_seconds")["stored",] > 0


def test_what_is_not_declared_cannot_be_counted(service: OnexTreeService) -> None:
    with pytest.raises(KeyError):
        service.count("something")
    with pytest.raises(AssertionError):
        service.count("fallback_invocations", project="shop")


def test_counts_that_could_not_be_stored_are_stored_the_next_time(
    service: OnexTreeService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.count("fallback_invocations", level="scan")
    with monkeypatch.context() as away:
        away.setattr(service, "_database", Database("postgresql://nobody@127.0.0.1:1/x", timeout=2))
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable):
                service.flush_counters()
    service.count("fallback_invocations", 2, level="scan")
    service.flush_counters()
    service.flush_counters()
    assert times(database, "fallback_invocations") == {("scan",): 3}


def test_counts_are_stored_no_more_often_than_is_asked_for(
    service: OnexTreeService, database: Database
) -> None:
    service.count("fallback_invocations", level="scan")
    service.flush_counters(after=3600)
    assert times(database, "fallback_invocations") == {}
    service.flush_counters()
    assert times(database, "fallback_invocations") == {("scan",): 1}


def test_processes_that_add_at_the_same_time_lose_nothing_and_never_block_each_other(
    database: Database, settings: Settings
) -> None:
    kinds = ["snapshot", "scan", "basic", "none"]
    start = threading.Barrier(4)

    def process(number: int) -> None:
        own = OnexTreeService(database, settings, RetryPolicy(attempts=1))
        start.wait(30)
        for _ in range(25):
            for level in kinds[number:] + kinds[:number]:
                own.count("fallback_invocations", level=level)
                own.count("enrichments", outcome=level)
            own.flush_counters()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(process, range(4)))
    for name in ("fallback_invocations", "enrichments"):
        assert times(database, name) == {(level,): 100 for level in kinds}


def test_a_command_stores_what_it_counted_also_where_it_fails(
    shell: Shell, database: Database, repository: Repository
) -> None:
    assert shell("onextree", "update", "shop")[0] == 0
    assert times(database, "generations") == {("full", "manual", "stored"): 1}
    repository.root.rename(repository.root.with_name("gone"))
    assert shell("onextree", "update", "shop")[0] != 0
    assert {labels[2] for labels in times(database, "generations")} == {"stored", "failed"}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def run(instance: dg.DagsterInstance, resources: Mapping[str, object]) -> dg.ExecuteInProcessResult:
    definitions = dg.Definitions(
        assets=[projects],
        jobs=[generate_project_tree],
        resources=resources,
        executor=dg.in_process_executor,
    )
    return definitions.resolve_job_def("generate_project_tree").execute_in_process(
        instance=instance, partition_key="shop", raise_on_error=False
    )


def test_runs_of_dagster_leave_their_counts_in_the_database(
    instance: dg.DagsterInstance, database: Database, database_url: str, repository: Repository
) -> None:
    instance.add_dynamic_partitions(PROJECTS, ["shop"])
    resources = {"onextree": OnexTreeResource(postgres=PostgresResource(url=database_url))}
    assert run(instance, resources).success
    assert times(database, "generations") == {("full", "manual", "stored"): 1}
    repository.root.rename(repository.root.with_name("gone"))
    assert not run(instance, resources).success
    assert {labels[2] for labels in times(database, "generations")} == {"stored", "failed"}


def test_ticks_of_sensors_do_so_too(database: Database, database_url: str) -> None:
    @dg.sensor(job_name="nothing")
    def counting(onextree: OnexTreeResource) -> dg.SkipReason:
        onextree.service.count("fallback_invocations", level="scan")
        return dg.SkipReason("It only counts.")

    resources = {"onextree": OnexTreeResource(postgres=PostgresResource(url=database_url))}
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance, resources=resources) as context,
    ):
        counting.evaluate_tick(context)
    assert times(database, "fallback_invocations") == {("scan",): 1}
