"""A project named ``shop`` on real PostgreSQL, and a Dagster instance that lives as long as it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree.store.locations import process_locations
from onextree_assets.definitions import defs
from onextree_assets.partitions import PROJECTS
from resources import OnexTreeResource, PostgresResource
from sensors.enrichment_queue import enrichment_queue
from sensors.external_snapshots import external_snapshots
from sensors.failed_projects import failed_projects
from tests.dagster_answers import answers_of
from tests.repositories import Repository

__all__ = ["Shop", "dagster_instance", "materialisations"]

_AT_ONCE = {
    "run_coordinator": {
        "module": "dagster._core.run_coordinator",
        "class": "DefaultRunCoordinator",
    },
    "run_launcher": {
        "module": "dagster._core.launcher.sync_in_memory_run_launcher",
        "class": "SyncInMemoryRunLauncher",
    },
}


@contextmanager
def dagster_instance(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> Iterator[dg.DagsterInstance]:
    """An instance whose runs are launched in this process, with the snapshots' database."""
    for name in ("ONEXTREE_DATABASE_URL", "ONEXTREE_DAGSTER_DATABASE_URL"):
        monkeypatch.setenv(name, database_url)
    process_locations.cache_clear()
    with dg.instance_for_test(overrides=_AT_ONCE) as temporary:
        yield temporary
    process_locations.cache_clear()


def materialisations(
    instance: dg.DagsterInstance, key: str, partition: str
) -> list[dg.AssetMaterialization]:
    """Of a partition, the oldest first."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(key), asset_partitions=[partition]), limit=100
    ).records
    found = [record.asset_materialization for record in reversed(records)]
    return [materialisation for materialisation in found if materialisation]


@dataclass(frozen=True)
class Shop:
    """The project, and all that works on it.

    Attributes:
        root: Its work tree.
        database: Of the snapshots.
        database_url: The same.
    """

    service: OnexTreeService
    root: Repository
    instance: dg.DagsterInstance
    database: Database
    database_url: str

    @property
    def resources(self) -> dict[str, object]:
        return {"onextree": OnexTreeResource(postgres=PostgresResource(url=self.database_url))}

    def become_partition(self) -> None:
        self.instance.add_dynamic_partitions(PROJECTS, ["shop"])

    def generate(self, content: str) -> str:
        """A new version, as the command line stores one; its hash."""
        self.root.write("app.py", content)
        return self.service.generate("shop").recorded.tree_hash

    def run(self, job: str, *, first: str = "shop") -> dg.ExecuteInProcessResult:
        """Of its partition, or of a range of partitions up to it."""
        ends = {"start": first, "end": "shop"}
        tags = {f"dagster/asset_partition_range_{end}": name for end, name in ends.items()}
        return defs.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key="shop" if first == "shop" else None,
            tags=None if first == "shop" else tags,
            raise_on_error=False,
        )

    def statuses(self) -> list[str]:
        """What the UI says of tree, snapshot and enrichment."""
        with answers_of(self.instance) as answers:
            return answers.statuses("shop")

    def told(self, key: str) -> list[dg.AssetMaterialization]:
        """Materialisations of the partition, the oldest first."""
        return materialisations(self.instance, key, "shop")

    def hashes(self, key: str) -> list[str]:
        """Their data versions."""
        return [(event.tags or {})["dagster/data_version"] for event in self.told(key)]

    def mirror(self) -> int:
        """A tick of `external_snapshots`; how many versions it reported."""
        with dg.build_sensor_context(instance=self.instance, resources=self.resources) as context:
            skipped = external_snapshots(context)
        assert isinstance(skipped, dg.SkipReason)
        return int(str(skipped.skip_message).split(" ", 1)[0])

    def requests(self) -> list[dg.RunRequest]:
        """What a tick of `enrichment_queue` asks for."""
        with dg.build_sensor_context(instance=self.instance, resources=self.resources) as context:
            yielded = list(cast(Iterator[object], enrichment_queue(context)))
        return [request for request in yielded if isinstance(request, dg.RunRequest)]

    def end_leases(self) -> None:
        """All that is queued is due."""
        with self.database.transaction() as connection:
            connection.execute("UPDATE onextree.enrichment_queue SET not_before = now()")

    def fail(self, job: str, *, first: str = "shop") -> None:
        """A run that fails, and the sensor that is told of it."""
        result = self.run(job, first=first)
        failure = result.all_events[-1]
        assert failure.is_run_failure
        with dg.build_run_status_sensor_context(
            sensor_name="failed_projects",
            dagster_event=failure,
            dagster_instance=self.instance,
            dagster_run=result.dagster_run,
            resources=self.resources,
        ) as context:
            failed_projects(context.for_run_failure())
