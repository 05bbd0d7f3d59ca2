"""The sensor `git_commits`: a commit becomes a run, and the run a version."""

from collections.abc import Iterator
from typing import Any, cast

import dagster as dg
import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree_assets.definitions import defs
from sensors.git_commits import git_commits
from tests.repositories import Repository
from tests.shop import Shop, dagster_instance


@pytest.fixture
def shop(
    service: OnexTreeService,
    repository: Repository,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    monkeypatch.setenv("ONEXTREE_DEBOUNCE_SECONDS", "0")
    monkeypatch.setenv("ONEXTREE_ALLOWED_ROOTS", str(repository.root.parent))
    repository.write("app.py", "print(0)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    with dagster_instance(monkeypatch, database_url) as instance:
        yield Shop(service, repository, instance, database, database_url)


def tick(shop: Shop, cursor: str | None = None) -> tuple[list[Any], str | None]:
    """What a tick yields, and its cursor."""
    with dg.build_sensor_context(
        instance=shop.instance, resources=shop.resources, cursor=cursor
    ) as context:
        yielded = list(cast(Iterator[object], git_commits(context)))
        return yielded, context.cursor


def test_a_commit_is_a_run_with_both_commits(shop: Shop) -> None:
    old = shop.root.git("rev-parse", "HEAD").decode().strip()
    (skipped,), _ = tick(shop)
    assert isinstance(skipped, dg.SkipReason)
    shop.root.write("app.py", "print(1)\n")
    new = shop.root.commit()
    (request,), _ = tick(shop)
    assert (request.partition_key, request.run_key) == ("shop", None)
    assert request.tags == {
        "onextree/reason": "commit",
        "onextree/old_commit": old,
        "onextree/new_commit": new,
    }
    assert "shop" in shop.instance.get_dynamic_partitions("projects")
    (skipped,), _ = tick(shop)  # it was taken
    assert isinstance(skipped, dg.SkipReason)
    result = defs.resolve_job_def("update_project_tree").execute_in_process(
        instance=shop.instance,
        partition_key="shop",
        tags={**request.tags, "dagster/sensor_name": "git_commits"},
    )
    assert result.success
    snapshot = shop.service.show("shop")
    assert (snapshot.version, snapshot.commit_id, snapshot.trigger_type) == (2, new, "event")
    assert len(shop.told("snapshot_changes")) == 2
    (skipped,), _ = tick(shop)
    assert "1 projects, 0 moved, 0 broken" in str(skipped.skip_message)


def test_a_run_that_fails_is_tried_again_later_and_not_at_every_tick(shop: Shop) -> None:
    shop.root.write("app.py", "print(1)\n")
    shop.root.commit()
    (request,), _ = tick(shop)
    assert isinstance(request, dg.RunRequest)
    for _ in range(3):  # the run was never launched, or died
        (skipped,), _ = tick(shop)
        assert isinstance(skipped, dg.SkipReason)
    with shop.database.transaction() as connection:
        connection.execute("UPDATE onextree.update_requests SET not_before = now()")
    (again,), _ = tick(shop)
    assert (again.partition_key, again.run_key) == ("shop", None)


def test_a_broken_project_is_named_once(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    (shop.root.root / ".git/HEAD").write_bytes(b"nonsense")
    (skipped,), cursor = tick(shop)
    assert "1 broken" in str(skipped.skip_message)
    assert cursor == "shop"
    _, again = tick(shop, cursor)
    assert again == "shop"
    (shop.root.root / ".git/HEAD").write_bytes(b"ref: refs/heads/trunk\n")
    _, cursor = tick(shop, cursor)
    assert cursor == ""


@pytest.mark.parametrize(
    ("triggers", "sensor", "schedule"),
    [
        ("development", "RUNNING", "STOPPED"),
        ("production", "STOPPED", "RUNNING"),
        ("hybrid", "RUNNING", "RUNNING"),
    ],
)
def test_what_starts_scans_by_itself(triggers: str, sensor: str, schedule: str) -> None:
    import os
    import subprocess
    import sys

    script = (
        "from sensors.git_commits import git_commits;"
        "from onextree_assets.schedules import daily_regeneration;"
        "print(git_commits.default_status.name, daily_regeneration.default_status.name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "ONEXTREE_TRIGGERS": triggers},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == [sensor, schedule]
