"""Whether a tree is fresh, and what is started where it is not."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from onextree.errors import ProjectNotFound
from onextree.intelligence.freshness import OnexTreeFreshnessChecker, judge
from onextree.service import OnexTreeService
from onextree.store.database import Database
from tests.integration.test_updates import claimed, pass_time, queued
from tests.repositories import Repository

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0, {"is_fresh": True, "age_hours": 0, "recommendation": "use_existing_tree"}),
        (-1, {"is_fresh": True, "age_hours": 0, "recommendation": "use_existing_tree"}),
        (23.5, {"is_fresh": True, "age_hours": 23.5, "recommendation": "use_existing_tree"}),
        (
            25,
            {
                "is_fresh": False,
                "age_hours": 25,
                "recommendation": "regenerate_tree",
                "reason": "tree_age_25.0h_exceeds_limit_24h",
            },
        ),
    ],
)
def test_the_specification_s_answers(hours: float, expected: dict[str, object]) -> None:
    assert judge(NOW - timedelta(hours=hours), NOW).as_dict() == expected


def test_the_limit_itself_is_too_old() -> None:
    assert not judge(NOW - timedelta(hours=24), NOW).is_fresh
    assert judge(NOW - timedelta(hours=24, microseconds=-1), NOW).is_fresh


def test_the_specification_s_checker() -> None:
    def ask(**snapshot: object) -> dict[str, object]:
        return asyncio.run(OnexTreeFreshnessChecker().is_tree_fresh(snapshot, "/shop"))

    old, new = datetime.now(UTC) - timedelta(days=3), datetime.now(UTC)
    assert ask(created_at=old.isoformat())["recommendation"] == "regenerate_tree"
    assert ask(created_at=old, verified_at=new)["is_fresh"] is True
    assert ask(created_at=new.replace(tzinfo=None))["is_fresh"] is True
    assert "reason" not in ask(created_at=new)


@pytest.fixture
def shop(service: OnexTreeService, tmp_path: Path) -> Repository:
    root = Repository(tmp_path / "shop")
    root.write("app.py")
    service.add_project(root.root, "shop")
    return root


def age(database: Database, hours: float) -> None:
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.projects SET verified_at = now() - make_interval(hours => %s)", [hours]
        )


@pytest.mark.usefixtures("shop")
def test_a_quiet_project_is_fresh_while_it_is_verified(
    service: OnexTreeService, database: Database
) -> None:
    service.generate("shop")
    age(database, 30)
    assert not service.is_tree_fresh("shop").is_fresh
    service.generate("shop")  # nothing changed: no version, but verified
    assert service.is_tree_fresh("shop").is_fresh
    assert service.show("shop").version == 1


@pytest.mark.usefixtures("shop")
def test_who_must_not_wait_gets_what_there_is(service: OnexTreeService, database: Database) -> None:
    first = service.ensure_fresh("shop")
    assert (first.snapshot, first.is_requested) == (None, True)
    assert first.freshness.reason == "tree_was_never_verified"
    service.generate("shop")
    assert queued(database) == 0
    fresh = service.ensure_fresh("shop")
    assert fresh.snapshot is not None
    assert (fresh.snapshot.version, fresh.is_requested, queued(database)) == (1, False, 0)
    age(database, 30)
    stale = service.ensure_fresh("shop")
    assert stale.snapshot is not None
    assert (stale.snapshot.version, stale.is_requested) == (1, True)
    pass_time(database, 6)
    for _ in range(3):  # to ask again does not put it off
        service.ensure_fresh("shop")
    (request,) = claimed(service)
    assert (request.project_id, request.reason) == ("shop", "stale")
    service.ensure_fresh("shop")
    assert claimed(service) == []
    service.generate("shop")
    assert queued(database) == 0


def test_an_unknown_project(service: OnexTreeService) -> None:
    for ask in (service.is_tree_fresh, service.ensure_fresh):
        with pytest.raises(ProjectNotFound):
            ask("nothing")
