"""`dagster.yaml` as Dagster reads it."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.run_coordinator import QueuedRunCoordinator
from sqlalchemy.pool import NullPool, QueuePool

from onextree.instance.directory import dagster_home, prepare_instance
from onextree.settings import Settings
from onextree.store.locations import process_locations


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Path:
    for name in ("ONEXTREE_DATABASE_URL", "ONEXTREE_DAGSTER_DATABASE_URL"):
        monkeypatch.setenv(name, database_url)
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home(settings)))
    process_locations.cache_clear()
    prepare_instance(settings)
    return dagster_home(settings)


@pytest.mark.parametrize("pool_size", ["0", "3"])
def test_the_instance(home: Path, monkeypatch: pytest.MonkeyPatch, pool_size: str) -> None:
    monkeypatch.setenv("ONEXTREE_DAGSTER_POOL_SIZE", pool_size)
    with dg.DagsterInstance.get() as instance:
        assert instance.root_directory == str(home)
        pool = instance.run_storage._engine.pool  # type: ignore[attr-defined]
        assert isinstance(pool, NullPool if pool_size == "0" else QueuePool)
        assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
        assert instance.run_coordinator.dequeue_interval_seconds == 1
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs == 4
        (limit,) = queue.tag_concurrency_limits
        assert limit["key"] == "dagster/partition"
        assert limit["limit"] == 1
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled
        assert instance.get_run_records() == []
    process_locations.cache_clear()
