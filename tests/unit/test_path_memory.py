"""What was stored about paths, in memory: as long as it holds, and a while without the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from onextree.service.path_memory import PathMemory
from onextree.store.moments import Located
from onextree.store.projects import Project
from onextree.store.tree_states import TreeState

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PROJECT = Project(1, "shop", "/srv/shop", 1, NOW, NOW, None, False, None, None, NOW)
STATE = TreeState(
    PROJECT,
    Located(1, UUID(int=1), 1, True, NOW),
    "0" * 64,
    False,
    [],
    None,
    None,
    "7",
    None,
)


class Clock:
    """Stands still, unless somebody moves it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> PathMemory:
    made = PathMemory(3, 60, clock)
    made.put(STATE, {"a": {"path": "a"}, "b": {"path": "b"}})
    return made


def test_facts_hold_as_long_as_nothing_of_the_version_is_another_one(memory: PathMemory) -> None:
    verified = replace(STATE, project=replace(PROJECT, verified_at=NOW + timedelta(1)))
    assert memory.get(verified, ["a", "b", "c"]) == {"a": {"path": "a"}, "b": {"path": "b"}}
    assert STATE.located is not None
    others = (
        replace(STATE, written="8"),
        replace(STATE, analysis_id=uuid4()),
        replace(STATE, located=STATE.located._replace(snapshot_id=uuid4())),
        replace(STATE, located=None),
        replace(STATE, project=replace(PROJECT, project_id="other")),
    )
    for other in others:
        assert memory.get(other, ["a"]) == {}


def test_facts_are_kept_for_a_limited_time(memory: PathMemory, clock: Clock) -> None:
    clock.now += 60
    memory.put(STATE, {})  # the database has just been asked: that makes no fact younger
    assert memory.get(STATE, ["a"])
    clock.now += 1
    assert memory.get(STATE, ["a"]) == {}
    told = memory.last("shop", "a")
    assert told is not None
    assert told.since == 1
    clock.now += 60
    assert memory.last("shop", "a") is None
    assert memory.last_states() == []


def test_what_is_told_without_the_database_has_the_age_of_when_it_was_told(
    memory: PathMemory, clock: Clock
) -> None:
    clock.now += 10
    later = replace(STATE, project=replace(PROJECT, verified_at=NOW + timedelta(1)))
    memory.put(later, {})
    clock.now += 5
    told = memory.last("shop", "a")
    assert told is not None
    assert (told.since, told.knowledge.state) == (5, later)
    memory.put(replace(STATE, written="8"), {})  # of which nobody asked about this path
    clock.now += 1
    told = memory.last("shop", "a")
    assert told is not None
    assert (told.since, told.knowledge.state) == (16, STATE)
    assert memory.last("shop", "c") is None


def test_so_many_paths_are_kept_at_most(memory: PathMemory) -> None:
    memory.put(STATE, {"c": {}, "d": {}})
    assert set(memory.get(STATE, "abcd")) == {"b", "c", "d"}
    memory.put(replace(STATE, project=replace(PROJECT, project_id="other")), {"e": {}})
    assert memory.clear("other") == 1
    assert memory.clear() == 2
    assert memory.last("shop", "d") is None
