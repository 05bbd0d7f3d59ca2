"""A check that cannot fail is none: each finds what is made up here, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.checker import checks
from tests.checker.facts import (
    Acknowledged,
    Heard,
    Letter,
    Outage,
    Place,
    Record,
    Request,
    Sent,
    Stored,
    Taken,
)
from tests.checker.gathered import acknowledged, looks, promised, requests, sent
from tests.checker.history import Entry, Journal, read_journals
from tests.checker.watcher import Prefixes
from tests.checker.world import TOPICS, UPDATES, World

Check = Callable[[World], list[str]]
Break = Callable[[World], Any]

CHECKS: dict[str, Check] = {
    "versions": lambda w: checks.check_versions(w.versions, w.told, w.heard),
    "acknowledged": lambda w: checks.check_acknowledged(w.acknowledged, w.versions, w.told),
    "sequences": lambda w: checks.check_sequences(w.told),
    "heard": lambda w: checks.check_heard(w.told, w.heard, TOPICS),
    "order": lambda w: checks.check_order(w.versions, w.told),
    "sent": lambda w: checks.check_sent(w.sent, w.asked),
    "inbox": lambda w: checks.check_inbox(w.sent, w.asked, w.taken),
    "requests": lambda w: checks.check_requests(w.sent, w.taken, w.told),
    "told requests": lambda w: checks.check_told_requests(w.requests, w.told),
    "dead letters": lambda w: checks.check_dead_letters(w.sent, w.asked, w.letters, w.published),
    "answered": lambda w: checks.check_answered({"by-event", "by-worker"}, w.told),
    "ends": lambda w: checks.check_ends(w.looks, w.told),
}


def moved(world: World, event_id: str, **place: Any) -> None:
    """Have Kafka have an event elsewhere."""
    for index, each in enumerate(world.heard):
        if each.told.event_id == event_id:
            world.heard[index] = each._replace(place=each.place._replace(**place))


def unheard(world: World, event_id: str) -> None:
    world.heard = [each for each in world.heard if each.told.event_id != event_id]


def look(world: World, about: tuple[str, str], **numbers: int) -> None:
    for name, number in numbers.items():
        setattr(world.looks[about], name, number)


BREAKS: list[tuple[str, str, Break]] = [
    ("versions", "a version was not told of", lambda w: w.forget("e7")),
    ("versions", "a version was told of twice", lambda w: w.told.append(w.told_as("e7"))),
    ("versions", "a version that is not there", lambda w: w.versions.pop()),
    ("versions", "it is not on Kafka", lambda w: unheard(w, "e7")),
    ("versions", "two events on Kafka", lambda w: w.heard.append(again(w, "e7", event_id="x"))),
    ("versions", "the wrong number", lambda w: w.change("e7", version=4)),
    ("versions", "a verified version is none", lambda w: w.change("e7", changed=False)),
    (
        "acknowledged",
        "a version that was lost",
        lambda w: w.acknowledged.append(Acknowledged("generate", "shop", 4, "s4")),
    ),
    (
        "acknowledged",
        "another version of that number",
        lambda w: w.acknowledged.append(Acknowledged("update", "shop", 3, "s9")),
    ),
    ("acknowledged", "a version that nobody was told of", lambda w: w.forget("f3")),
    ("acknowledged", "an enrichment that nobody was told of", lambda w: w.forget("e9")),
    ("sequences", "a gap", lambda w: w.forget("e4")),
    ("sequences", "a number twice", lambda w: w.change("e4", sequence=5)),
    ("sequences", "it does not begin with 1", lambda w: w.forget("f1")),
    ("heard", "an event is missing", lambda w: unheard(w, "e9")),
    ("heard", "an event that is not stored", lambda w: w.forget("e9")),
    ("heard", "another content", lambda w: w.change("e9", version=2)),
    ("heard", "the wrong topic", lambda w: moved(w, "e9", topic="test.generation_started")),
    ("heard", "the wrong key", lambda w: w.heard.append(w.heard[0]._replace(key="mill"))),
    ("heard", "the wrong order", lambda w: moved(w, "e6", offset=1_000)),
    ("heard", "two partitions", lambda w: moved(w, "e7", partition=1)),
    ("order", "versions and events in another order", lambda w: w.change("e6", sequence=8)),
    ("sent", "Kafka has lost it", lambda w: w.asked.clear()),
    ("inbox", "it was not taken", lambda w: w.taken.clear()),
    ("inbox", "it was taken twice", lambda w: w.taken.append(w.taken[0])),
    ("inbox", "nobody sent it", lambda w: w.taken.append(Taken("i9", w.taken[0].place))),
    (
        "inbox",
        "it was not there",
        lambda w: w.taken.__setitem__(0, Taken("i1", Place(UPDATES, 2, 7))),
    ),
    ("requests", "it was told of twice", lambda w: w.change("e4", correlation_id="by-event")),
    ("requests", "it was not told of", lambda w: w.change("e1", correlation_id=None)),
    ("told requests", "it was told of twice", lambda w: w.change("e1", correlation_id="by-worker")),
    ("told requests", "it was not told of", lambda w: w.forget("e4")),
    (
        "answered",
        "nothing came after what an event asked for",
        lambda w: w.change("e1", sequence=70),
    ),
    ("answered", "nothing came after what a worker asked for", lambda w: w.forget("e6", "e7")),
    ("dead letters", "poison was passed over", lambda w: w.letters.clear()),
    ("dead letters", "poison was kept twice", lambda w: w.letters.append(w.letters[0])),
    (
        "dead letters",
        "a good message is one",
        lambda w: w.letters.append(Letter(Place(UPDATES, 0, 0), is_published=True)),
    ),
    ("dead letters", "it was not published", lambda w: w.published.clear()),
    (
        "dead letters",
        "something else was published",
        lambda w: w.published.append(Record(Place("test.dead_letters", 0, 2), "please")),
    ),
    (
        "dead letters",
        "it was not marked",
        lambda w: w.letters.__setitem__(0, w.letters[0]._replace(is_published=False)),
    ),
    ("ends", "a look has not ended", lambda w: look(w, ("mill", "d"), hanging=1)),
    ("ends", "nobody was told of the end", lambda w: w.forget("f3")),
    ("ends", "nobody was told of the failure", lambda w: w.forget("f6")),
    ("ends", "nobody was told of the beginning", lambda w: w.forget("f2")),
    ("ends", "a beginning too many", lambda w: look(w, ("mill", "d"), begun=0)),
]


def again(world: World, known: str, **fields: Any) -> Heard:
    """An event of Kafka's, changed."""
    told = world.told_as(known)._replace(**fields)
    return Heard(Place(TOPICS[told.event], 0, 500), told.project_id, told)


@pytest.mark.parametrize("name", CHECKS)
def test_where_all_is_well_nothing_is_found(name: str) -> None:
    assert CHECKS[name](World()) == []


@pytest.mark.parametrize(
    ("name", "harm"), [(name, harm) for name, _, harm in BREAKS], ids=[each[1] for each in BREAKS]
)
def test_what_is_wrong_is_found(name: str, harm: Break) -> None:
    world = World()
    harm(world)
    assert CHECKS[name](world) != []


def test_each_check_has_something_to_find() -> None:
    assert {name for name, _, _ in BREAKS} == CHECKS.keys()


def test_a_commit_that_was_asked_for_already_need_not_be_told_of() -> None:
    world = World()
    world.sent[0] = world.sent[0]._replace(names_files=False)
    world.change("e1", correlation_id=None)
    assert CHECKS["requests"](world) == []
    world.change("e1", correlation_id="by-event")
    world.change("e4", correlation_id="by-event")
    assert CHECKS["requests"](world) != []


def test_while_the_database_was_away_a_worker_may_be_told_of_twice() -> None:
    world = World()
    world.change("e1", correlation_id="by-worker")
    world.requests[0] = Request("shop", "by-worker", may_repeat=True)
    assert CHECKS["told requests"](world) == []


def test_a_look_that_was_not_asked_for_may_be_killed() -> None:
    world = World()
    world.forget("f6")
    assert CHECKS["answered"](world) == []


def test_what_runs_tell_of_is_not_compared_with_journals() -> None:
    world = World()
    world.told.append(world.told_as("f2")._replace(event_id="x", run_id="run"))
    assert CHECKS["ends"](world) == []


def test_a_file_that_somebody_was_promised_has_to_be_there() -> None:
    paths = {"shop": frozenset({"a"})}
    assert checks.check_effects([("shop", "a")], paths) == []
    assert checks.check_effects([("shop", "b")], paths) != []
    assert checks.check_effects([("mill", "a")], paths) != []


def test_nothing_may_be_left() -> None:
    assert checks.check_quiet(Stored()) == []
    assert checks.check_quiet(Stored(waiting=["shop"])) != []
    assert checks.check_quiet(Stored(unpublished=1)) != []


def test_a_prefix_has_no_gap_that_was_there_before() -> None:
    prefixes = Prefixes()
    for sequence in (1, 2, 4):
        prefixes.read("shop", sequence)
    assert prefixes.greatest() == {"shop": 4}
    assert prefixes.missing({"shop": 2}) == []
    assert prefixes.missing({"shop": 4}) != []
    prefixes.read("shop", 3)
    assert prefixes.missing({"shop": 4}) == []
    assert prefixes.missing({"mill": 1}) != []


def test_a_journal_outlives_its_process(tmp_path: Any) -> None:
    Journal(tmp_path, "worker-0.1").note("called", operation="generate")
    Journal(tmp_path, "worker-0.2").note("done", operation="generate")
    history = read_journals(tmp_path)
    assert [(each.process, each.what) for each in history] == [
        ("worker-0.1", "called"),
        ("worker-0.2", "done"),
    ]
    assert history[0].facts == {"operation": "generate"}
    assert history[0].at <= history[1].at


def entry(at: float, what: str, *known: dict[str, Any], process: str = "worker-0.1") -> Entry:
    facts: dict[str, Any] = {}
    for each in known:
        facts |= each
    return Entry(at, process, what, facts)


def test_what_was_acknowledged_is_known_from_journals() -> None:
    answered = {"operation": "generate", "project_id": "shop", "version": 1, "snapshot_id": "s1"}
    asking = {"operation": "request", "project_id": "shop", "correlation_id": "c"}
    sending = {"project_id": "shop", "correlation_id": "c", "paths": ["b"]}
    history = [
        entry(1, "answered", answered, {"paths": ["a"]}),
        entry(2, "called", asking, {"paths": ["x"]}),
        entry(3, "done", asking),
        entry(4, "called", asking, {"correlation_id": "unanswered", "paths": ["y"]}),
        entry(5, "sends", sending, {"value": "one", "event_id": "i1", "names_files": False}),
        entry(6, "sends", sending, {"value": "two", "event_id": None, "paths": ["z"]}),
        entry(7, "acknowledged", {"value": "one"}),
    ]
    assert acknowledged(history) == [Acknowledged("generate", "shop", 1, "s1")]
    assert requests(history, []) == [Request("shop", "c", may_repeat=False)]
    away = [Outage("database", 2.5, 2.6)]
    assert requests(history, away) == [Request("shop", "c", may_repeat=True)]
    assert requests(history, [Outage("broker", 2.5, 2.6)])[0].may_repeat is False
    assert sent(history) == [
        Sent("one", "shop", "i1", "c", is_acknowledged=True, names_files=False),
        Sent("two", "shop", None, "c", is_acknowledged=False),
    ]
    assert promised(history, {"one"}) == [("shop", "a"), ("shop", "b")]


def test_how_looks_have_ended_is_known_from_journals() -> None:
    about = {"project_id": "shop", "correlation_id": "c", "is_quiet": False}
    history = [
        entry(1, "begins", about),
        entry(2, "began", about),
        entry(3, "look completed", about),
        entry(4, "began", about, process="killed"),
        entry(5, "began", about, process="frozen"),
        entry(6, "began", about),
        entry(7, "look failed", about, {"code": "TREE_SHRANK"}),
        entry(8, "began", about, {"is_quiet": True}),
    ]
    found = looks(history, {"killed"}, [])["shop", "c"]
    assert (found.begun, found.completed, found.failed, found.hanging) == (1, 1, 1, 1)
    away = [Outage("database", 6.5, 7.5)]
    assert looks(history, {"killed"}, away)["shop", "c"].failed == 0
