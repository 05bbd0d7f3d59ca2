"""Contents are stamped: once each, with what the tree knows, stored with their events."""

from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from onextree.errors import InvalidRequest, OnexTreeError, PayloadTooLarge, StampNotFound
from onextree.resilience.correlation import correlate
from onextree.resilience.retry import RetryPolicy
from onextree.service import IntelligenceLevel, OnexTreeService
from onextree.service.stamping.alone import stamp_all_alone
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.settings import Settings
from onextree.stamping.marking import read
from onextree.stamping.model import StampType
from onextree.store.database import Database
from tests.integration.test_updates import pass_time
from tests.repositories import Repository
from tests.stamps import CART, asked, events_of, grow_old, is_whole, loose, rows, waiting, whole

LIVE, SNAPSHOT, BASIC = IntelligenceLevel.LIVE, IntelligenceLevel.SNAPSHOT, IntelligenceLevel.BASIC
RICH = StampType.RICH


def told(stamped: Stamped) -> tuple[str, str | None, str]:
    return stamped.level.value, stamped.reason, stamped.regeneration


def outcomes(service: OnexTreeService) -> dict[tuple[str, ...], float]:
    service.flush_counters()
    return {
        tuple(count.labels.values()): count.value
        for count in service.measure(5).counts
        if count.name == "stamps"
    }


def test_a_content_has_one_stamp_wherever_it_comes_from(
    service: OnexTreeService, database: Database
) -> None:
    first = service.stamp(loose("#!/bin/sh\necho\n", "run.sh"))
    assert (first.is_new, first.is_stored, is_whole(first)) == (True, True, True)
    assert told(first) == ("basic", "no_project", "not_needed")
    again = service.stamp(loose("#!/bin/sh\necho\n", "run.sh", op_id="another"))
    assert again.marked == first.marked
    assert (again.stamp_id, again.created_at) == (first.stamp_id, first.created_at)
    assert (again.is_new, again.is_stored, again.op_id) == (False, True, "another")
    carried = service.stamp(replace(loose(path="run.sh"), content=first.marked.content))
    assert carried.marked.is_unchanged
    assert carried.marked.content == first.marked.content
    assert (carried.stamp_id, carried.is_new) == (first.stamp_id, False)
    (row,), (event,) = rows(database), events_of(database)
    assert (row["stamp_id"], row["op_id"]) == (first.stamp_id, first.op_id)
    assert row["created_at"] == first.created_at
    assert event.body["id"] == str(row["event_id"])


def test_each_namespace_has_a_stamp_of_its_own(
    service: OnexTreeService, database: Database
) -> None:
    one, two = whole(service.stamp_all([loose(), loose(namespace="another.one")]))
    assert one.content_hash == two.content_hash
    assert one.stamp_id != two.stamp_id
    assert one.is_new
    assert two.is_new
    theirs = service.stamp(replace(loose(namespace="another.one"), content=one.marked.content))
    assert theirs.stamp_id == two.stamp_id  # the other's stamp gives way to its own
    assert is_whole(theirs)
    assert [event.stream for event in events_of(database)] == [
        "namespace:omninode.services.metadata",
        "namespace:another.one",
    ]


def test_a_stamp_is_stored_with_all_that_it_comes_from(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    shop.write("new.py", "y = 1\n")
    commit = shop.commit()
    generation = service.generate("shop")
    identity = uuid4()
    stamped = service.stamp(
        asked(
            metadata={"author": "jo", "version": 3, "ticket": ["A-1"]},
            intelligence_data={"score": 0.5},
            workflow_id="w-1",
            op_id="op-1",
        ),
        correlation_id=identity,
    )
    assert told(stamped) == ("live", None, "not_needed")
    assert (stamped.project_id, stamped.path, stamped.tree_version) == ("shop", CART, 2)
    assert (stamped.workflow_id, stamped.op_id) == ("w-1", "op-1")
    assert ("author=jo" in stamped.marked.text, "v=3" in stamped.marked.text) == (True, True)
    (row,) = rows(database)
    assert row["intelligence"] == service.intelligence("shop", CART).data
    assert generation.recorded is not None
    expected = {
        "stamp_id": stamped.stamp_id,
        "namespace": stamped.namespace,
        "content_hash": stamped.content_hash,
        "blake3": stamped.blake3,
        "stamped_blake3": stamped.marked.blake3,
        "content_size": 6,
        "stamp_type": "lightweight",
        "stamp": stamped.marked.text,
        "is_sidecar": False,
        "project_id": "shop",
        "file_path": CART,
        "snapshot_id": generation.recorded.snapshot_id,
        "tree_version": 2,
        "commit_id": commit,
        "run_id": None,
        "intelligence_level": "live",
        "intelligence_data": {"score": 0.5},
        "metadata": {"author": "jo", "version": 3, "ticket": ["A-1"]},
        "op_id": "op-1",
        "workflow_id": "w-1",
        "correlation_id": identity,
    }
    assert {name: row[name] for name in expected} == expected
    (event,) = events_of(database)
    assert (event.project_id, event.correlation_id) == ("shop", identity)
    same = "namespace content_hash blake3 file_path stamp_type intelligence_level op_id workflow_id"
    assert {name: event.body[name] for name in same.split()} == {
        name: row[name] for name in same.split()
    }
    assert event.body["id"] == str(row["event_id"])
    assert (event.body["snapshot_id"], event.body["version"]) == (str(row["snapshot_id"]), 2)


def test_a_rich_stamp_tells_what_the_tree_knows_in_few_words(
    service: OnexTreeService, shop: Repository
) -> None:
    for number in range(12):
        shop.write(f"app/user{number:02}.py", "from app import cart\n")
    service.generate("shop")
    service.enrich("shop")
    stamped = service.stamp(asked(stamp_type=RICH, metadata={"author": "jo"}))
    (stamp,) = read(stamped.marked.content).stamps
    snapshot, fields = service.show("shop"), stamp.fields
    assert fields["author"] == "jo"
    place = {"project": "shop", "path": CART, "directory": "app"}
    assert fields["place"].items() >= place.items()
    assert (fields["language"], fields["category"], fields["level"]) == (
        "Python",
        "source",
        "live",
    )
    assert fields["tree"] == {"version": 2, "hash": snapshot.tree_hash}
    assert fields["imports"] == ["app/prices.py"]
    assert len(fields["imported_by"]) == 9
    assert {each["rule"] for each in fields["findings"]} == {"circular_dependency"}
    bare = service.stamp(
        asked("bare\n", stamp_type=RICH, includes_metadata=False, metadata={"author": "jo"})
    )
    (stamp,) = read(bare.marked.content).stamps
    assert not stamp.fields.keys() & {"author", "place", "tree", "level", "findings"}


def test_what_is_told_is_of_the_newest_version_and_its_enrichment(
    service: OnexTreeService, settings: Settings, database: Database, shop: Repository
) -> None:
    another = OnexTreeService(database, settings, RetryPolicy(attempts=1))
    assert service.stamp(asked()).intelligence["relationships"] == []
    another.enrich("shop")
    enriched = service.stamp(asked("y = 1\n"))
    assert {each["to"] for each in enriched.intelligence["relationships"]} == {
        CART,
        "app/prices.py",
    }
    shop.write("app/new.py")
    another.generate("shop")
    assert service.stamp(asked("z = 1\n", "app/new.py")).tree_version == 2


def test_a_file_is_found_by_where_it_lies(
    service: OnexTreeService, shop: Repository, tmp_path: Path
) -> None:
    service.add_project(shop.root / "web", "web")
    service.generate("web")
    top = str(shop.root)
    places = {
        f"{top}/{CART}": ("shop", CART, None),
        f"{top}/./app//cart.py": ("shop", CART, None),
        f"{top}/web/a.ts": ("web", "a.ts", None),
        f"{top}/gone.py": ("shop", "gone.py", None),
        f"{top}x/cart.py": (None, None, "no_project"),
        f"{top}/../x.py": (None, None, "no_project"),
        CART: (None, None, "no_project"),
        "/x.py": (None, None, "no_project"),
    }
    found = whole(service.stamp_all([loose(path, path) for path in places]))
    assert [(each.project_id, each.path, each.reason) for each in found] == [*places.values()]
    assert found[3].intelligence["exists_in_tree"] is False
    named = [
        loose("a", CART, metadata={"project_id": "shop"}),
        asked("b", f"{top}/{CART}"),
        asked("c", None),
        asked("d", "/elsewhere/cart.py"),
        asked("e", "../cart.py"),
        asked("f", project_id="none"),
        loose("g", "cart.py", metadata={"project_id": 7}),
    ]
    told_of = [
        (each.project_id, each.path, each.reason, each.regeneration)
        for each in whole(service.stamp_all(named))
    ]
    assert told_of == [
        ("shop", CART, None, "not_needed"),
        ("shop", CART, None, "not_needed"),
        ("shop", None, "no_path", "not_needed"),
        ("shop", None, "outside_of_root", "not_needed"),
        ("shop", None, "outside_of_root", "not_needed"),
        (None, None, "PROJECT_NOT_FOUND", "unavailable"),
        (None, None, "no_project", "not_needed"),
    ]


def test_a_project_is_known_as_soon_as_it_is_registered(
    service: OnexTreeService, repository: Repository
) -> None:
    path = str(repository.write("a.py"))
    assert service.stamp(loose("1", path)).project_id is None
    service.add_project(repository.root, "shop")
    assert service.stamp(loose("2", path)).project_id == "shop"
    service.remove_project("shop", keep_history=True)
    assert service.stamp(loose("3", path)).project_id is None


def test_a_stale_tree_is_asked_for_once_and_the_stamp_does_not_wait_for_it(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    grow_old(database, 25)
    stamped = whole(service.stamp_all([asked(str(number)) for number in range(5)]))
    reason = "tree_age_25.0h_exceeds_limit_24h"
    assert {told(each) for each in stamped} == {("snapshot", reason, "requested")}
    assert waiting(database) == [("shop", "stale")]
    pass_time(database, 3600)
    (update,) = service.claim_updates(10)
    assert (update.project_id, update.reason) == ("shop", "stale")
    service.update("shop")
    assert told(service.stamp(asked("fresh"))) == ("live", None, "not_needed")
    assert waiting(database) == []
    grow_old(database, 25)
    assert told(service.stamp(asked("later"))) == ("snapshot", reason, "requested")
    assert waiting(database) == []  # within a minute nobody is asked twice


def test_a_tree_that_is_missing_is_asked_for_too(
    service: OnexTreeService, database: Database, repository: Repository
) -> None:
    repository.write(CART)
    service.add_project(repository.root, "shop")
    stamped = service.stamp(asked())
    assert told(stamped) == ("basic", "no_version", "requested")
    assert stamped.project_id == "shop"
    assert stamped.intelligence["language"] == "Python"
    assert waiting(database) == [("shop", "stale")]
    service.generate("shop")
    later = service.stamp(asked())
    assert (told(later), later.is_new) == (("live", None, "not_needed"), False)
    (row,) = rows(database)  # it is told now what nobody knew when it was stamped
    assert (row["intelligence_level"], row["tree_version"]) == ("live", 1)


def refusals() -> Sequence[tuple[str, Stamping]]:
    deep: dict[str, object] = {}
    for _ in range(40):
        deep = {"in": deep}
    return [
        ("content", asked("x" * 101)),
        ("namespace", asked(namespace="a\0b")),
        ("op_id", asked(op_id="a\0")),
        ("op_id", asked(op_id="")),
        ("workflow_id", asked(workflow_id="w" * 201)),
        ("project_id", asked(project_id="a\0")),
        ("metadata", asked(metadata={"a": "\0"})),
        ("metadata", asked(metadata={"a": "\ud800"})),
        ("metadata", asked(metadata=deep)),
        ("intelligence_data", asked(intelligence_data={"a": [float("nan")]})),
        ("protocol_version", asked(protocol_version="2.0")),
        ("metadata_version", asked(metadata_version="\0")),
        ("version", asked(version=0)),
        ("version", asked(version=2**40)),
        ("stamp_type", asked(stamp_type="thick")),
        ("file_path", asked(path="a\0")),
        ("file_path", asked(path="a\udfff")),
        ("file_path", asked(path="a" * 5_000)),
        ("file_path", asked(path="app/.cart.json.onex-meta.json")),
    ]


def test_what_cannot_be_stamped_is_refused_for_itself(
    database: Database, settings: Settings, shop: Repository
) -> None:
    small = settings.model_copy(update={"stamp_max_bytes": 100})
    service = OnexTreeService(database, small, RetryPolicy(attempts=1))
    fields, contents = zip(*refusals(), strict=True)
    answers = service.stamp_all([asked("first"), *contents, asked("last")])
    assert [
        answer.details.get("field") if isinstance(answer, OnexTreeError) else None
        for answer in answers
    ] == [None, *fields, None]
    assert all(isinstance(answer, InvalidRequest) for answer in answers[1:-1])
    assert isinstance(answers[1], PayloadTooLarge)
    assert len(rows(database)) == len(events_of(database)) == 2
    with pytest.raises(InvalidRequest, match="op_id"):
        service.stamp(asked(op_id=""))
    alone = stamp_all_alone([*contents], most_bytes=100)
    assert [str(each) for each in alone] == [str(each) for each in answers[1:-1]]


def test_nothing_is_a_content_too(service: OnexTreeService) -> None:
    assert service.stamp_all([]) == []
    empty = service.stamp(asked("", "app/__init__.py"))
    assert is_whole(empty)
    assert service.stamp(replace(asked(), content=empty.marked.content)).marked.is_unchanged


def test_a_file_without_comments_has_its_stamp_beside_it(
    service: OnexTreeService, database: Database
) -> None:
    stamped = service.stamp(loose('{"a": 1}\n', "data.json"))
    assert stamped.marked.content == b'{"a": 1}\n'
    assert stamped.marked.sidecar is not None
    assert service.stamp(loose('{"a": 1}\n', "data.json")).marked == stamped.marked
    assert rows(database)[0]["is_sidecar"]


def test_a_request_is_known_again_by_its_correlation_id(
    service: OnexTreeService, database: Database
) -> None:
    identity = uuid4()

    def request() -> UUID:
        correlate(str(identity))
        return service.stamp(loose("a")).correlation_id

    assert copy_context().run(request) == identity
    mine = uuid4()
    found = whole(service.stamp_all([loose("b"), loose("c")], correlation_ids=[mine, None]))
    assert found[0].correlation_id == mine
    assert found[1].correlation_id not in (mine, identity)
    assert {event.correlation_id for event in events_of(database)} == {
        identity,
        *(each.correlation_id for each in found),
    }
    assert UUID(found[0].op_id) != UUID(found[1].op_id)


def test_stamps_are_found_by_any_of_their_hashes_and_by_namespace(
    service: OnexTreeService, shop: Repository
) -> None:
    first, second = service.stamp(asked()), service.stamp(loose("other", namespace="other.one"))
    for text in (first.content_hash, first.blake3, first.marked.blake3, first.blake3.upper()):
        assert [each.stamp_id for each in service.find_stamps(text)] == [first.stamp_id]
    with pytest.raises(StampNotFound):
        service.find_stamps(first.content_hash, namespace="other.one")
    with pytest.raises(StampNotFound):
        service.find_stamps("0" * 64)
    for text in ("", "x" * 64, "0" * 63, "0" * 66):
        with pytest.raises(InvalidRequest):
            service.find_stamps(text)
    page = service.stamps_of("other.one")
    assert (page.total, [each.stamp_id for each in page.stamps]) == (1, [second.stamp_id])
    assert service.stamps_of("other.one", project_ids=["shop"]).total == 0
    assert service.stamps_of(first.namespace, project_ids=["shop"]).total == 1
    for limit, offset in ((0, 0), (1_001, 0), (1, -1), (1, 2**70)):
        with pytest.raises(InvalidRequest):
            service.stamps_of("other.one", limit=limit, offset=offset)


def test_stamps_are_counted_by_what_came_of_them(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    first = service.stamp(asked("12345"))
    service.stamp_all([asked("12345"), loose("abc"), asked("rich", stamp_type=RICH)])
    service.stamp(replace(asked(), content=first.marked.content))
    assert outcomes(service) == {
        ("lightweight", "live", "new"): 1,
        ("lightweight", "live", "known"): 1,
        ("lightweight", "live", "unchanged"): 1,
        ("lightweight", "basic", "new"): 1,
        ("rich", "live", "new"): 1,
    }
    counts = {count.name: count.value for count in service.measure(5).counts}
    assert counts["stamped_bytes"] == 5 + 5 + 3 + 4 + len(first.marked.content)
    assert counts["intelligence_answers"] == 3  # one for each path that was asked about


def test_without_a_database_stamps_are_the_same_but_basic(service: OnexTreeService) -> None:
    wanted = [loose("x", "a.py", stamp_type=RICH), asked(), asked(version=-1)]
    alone, known, refused = stamp_all_alone(wanted, most_bytes=100)
    assert isinstance(alone, Stamped)
    assert isinstance(known, Stamped)
    stored = service.stamp(loose("x", "a.py", stamp_type=RICH))
    assert (alone.level, alone.is_stored, alone.is_new) == (BASIC, False, False)
    assert (alone.stamp_id, alone.content_hash) == (stored.stamp_id, stored.content_hash)
    assert is_whole(alone)
    assert told(known) == ("basic", "database_away", "unavailable")
    assert known.intelligence["language"] == "Python"
    assert isinstance(refused, InvalidRequest)
