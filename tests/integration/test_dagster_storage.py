"""Dagster's storage with a pool: bounded, and safe where a process forks or the server restarts."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import dagster as dg
import psycopg
import pytest

from onextree.store.database import parse_url
from resources.dagster_storage import OnexTreeDagsterStorage

Storage = OnexTreeDagsterStorage


@pytest.fixture
def url(empty_database_url: str) -> str:
    return parse_url(empty_database_url, driver="psycopg2").render_as_string(hide_password=False)


@pytest.fixture
def beside(empty_database_url: str) -> Iterator[psycopg.Connection[tuple[int, ...]]]:
    plain = parse_url(empty_database_url, driver="psycopg").set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as opened:
        yield opened


def backends(beside: psycopg.Connection[tuple[int, ...]]) -> list[int]:
    rows = beside.execute(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ).fetchall()
    return [pid for (pid,) in rows]


def use(storage: Storage) -> int:
    storage.event_log_storage.get_maximum_record_id()
    storage.schedule_storage.all_instigator_state()
    return storage.run_storage.get_runs_count()


def test_without_a_pool_nothing_stays_open(
    url: str, beside: psycopg.Connection[tuple[int, ...]]
) -> None:
    storage = Storage(url)
    assert use(storage) == 0
    deadline = time.monotonic() + 30
    while backends(beside):  # a server process ends a little after its connection
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_pool_is_bounded(url: str, beside: psycopg.Connection[tuple[int, ...]]) -> None:
    storage = Storage(url, pool_size=2)
    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(lambda _: use(storage), range(60))) == [0] * 60
    assert 1 <= len(backends(beside)) <= 2


def test_a_pool_outlives_its_connections(
    url: str, beside: psycopg.Connection[tuple[int, ...]]
) -> None:
    storage = Storage(url, pool_size=2)
    assert use(storage) == 0
    for pid in backends(beside):
        beside.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert use(storage) == 0


def test_a_forked_process_has_connections_of_its_own(
    url: str, beside: psycopg.Connection[tuple[int, ...]]
) -> None:
    storage = Storage(url, pool_size=2)
    assert use(storage) == 0
    (before,) = backends(beside)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        ok = use(storage) == 0 and len(backends_of(storage)) == 1
        os.write(writing, b"+" if ok else b"-")
        os._exit(0)
    assert os.read(reading, 1) == b"+"
    os.waitpid(child, 0)
    assert use(storage) == 0
    assert backends(beside) == [before]


def backends_of(storage: Storage) -> list[int]:
    """Of this process."""
    with storage.run_storage.connect() as connection:  # type: ignore[attr-defined]
        return [connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()]


@pytest.mark.parametrize("pool_size", [0, 3])
def test_dagster_yaml(url: str, pool_size: int) -> None:
    config = {"postgres_url": url, "pool_size": pool_size}
    storage = {
        "custom": {
            "module": "resources.dagster_storage",
            "class": "OnexTreeDagsterStorage",
            "config": config,
        }
    }
    with dg.instance_for_test(overrides={"storage": storage}) as instance:
        instance.add_dynamic_partitions("projects", ["a"])
        assert instance.get_dynamic_partitions("projects") == ["a"]
        instance.report_runless_asset_event(dg.AssetMaterialization("a", partition="a"))
        assert instance.get_materialized_partitions(dg.AssetKey("a")) == {"a"}
