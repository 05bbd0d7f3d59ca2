"""One stamp, row and event of a content in a namespace, whoever stamps it and how often."""

import threading
from dataclasses import replace
from uuid import UUID

from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from onextree.service import OnexTreeService
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.stamping.model import StampType
from onextree.store.database import Database
from tests.repositories import Repository
from tests.stamps import asked, events_of, is_whole, loose, rows, whole


def test_stamps_of_a_batch_that_are_the_same_are_one(
    service: OnexTreeService, database: Database
) -> None:
    stamped = whole(service.stamp_all([loose("a"), loose("b"), loose("a"), loose("a\n")]))
    assert [each.is_new for each in stamped] == [True, True, False, False]
    assert len({each.created_at for each in stamped}) == 1
    assert len(rows(database)) == len(events_of(database)) == 2


def test_many_threads_that_stamp_the_same_have_one_stamp(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    stamped: list[Stamped] = []
    begin = threading.Barrier(20)

    def stamp(number: int) -> None:
        begin.wait(30)
        for turn in range(3):
            batch = [asked("same"), loose("same"), asked(f"{turn}"), asked(f"{number}-{turn}")]
            stamped.extend(whole(service.stamp_all(batch[:: (-1) ** number])))

    threads = [threading.Thread(target=stamp, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored, events = rows(database), events_of(database)
    assert len(stamped) == 20 * 3 * 4
    assert len(stored) == len(events) == 1 + 3 + 60
    assert sum(each.is_new for each in stamped) == len(stored)
    assert all(each.is_stored for each in stamped)
    by_id = {row["stamp_id"]: row for row in stored}
    for each in stamped:
        assert each.created_at == by_id[each.stamp_id]["created_at"]
        assert is_whole(each)
    assert (
        len({each.marked for each in stamped if each.content_hash == stamped[0].content_hash}) == 1
    )


CONTENTS = st.sampled_from(["", "a", "a\n", "\n\na", "b = 1\n", "\ufeffc", "#!/bin/sh\nd\n"])
STEPS = st.tuples(
    CONTENTS,
    st.sampled_from([None, "a.py", "b.json", "c.md"]),
    st.sampled_from(["one", "two"]),
    st.sampled_from([*StampType]),
    st.booleans(),
)


@trying(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(STEPS, max_size=4), max_size=5))
def test_any_sequence_leaves_one_row_and_one_event_of_each_content_and_namespace(
    service: OnexTreeService,
    database: Database,
    batches: list[list[tuple[str, str | None, str, StampType, bool]]],
) -> None:
    """Contents that carry stamps by now are among them."""
    last: dict[str | None, bytes] = {}
    for batch in batches:
        wanted = [
            Stamping(
                last.get(path, b"") if again else text.encode(),
                path,
                stamp_type=kind,
                namespace=namespace,
            )
            for text, path, namespace, kind, again in batch
        ]
        for each, answer in zip(wanted, whole(service.stamp_all(wanted)), strict=True):
            last[each.file_path] = answer.marked.content
            assert answer.is_stored
            again = service.stamp(replace(each, content=answer.marked.content))
            assert (again.stamp_id, again.created_at) == (answer.stamp_id, answer.created_at)
            assert again.marked.content == answer.marked.content
    stored, events = rows(database), events_of(database)
    keys = [(row["namespace"], row["content_hash"]) for row in stored]
    assert len(set(keys)) == len(keys)
    assert sorted(row["event_id"].hex for row in stored) == sorted(
        UUID(event.body["id"]).hex for event in events
    )
