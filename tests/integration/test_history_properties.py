"""What differs, became of a file, changes often or is there twice: as in the trees themselves."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onextree.store import differences, file_history, lifecycle, moments, projects, statistics
from onextree.store.database import Database, RawConnection
from onextree.store.moments import Moment
from onextree.tree.diff.model import Change, ChangeKind, FileState, sum_directories
from onextree.tree.model import Entry
from onextree.tree.names import decode_name
from tests.integration.test_query_properties import TREES
from tests.integration.test_store_machine import placed
from tests.stores import record

States = dict[str, FileState]
NAMES = ("one", "two")


def states(entries: Sequence[Entry]) -> States:
    return {
        decode_name(entry.path): FileState(entry.kind.value, entry.size, entry.digest)
        for entry in entries
    }


def differing(
    before: States, after: States
) -> dict[str, tuple[FileState | None, FileState | None]]:
    return {
        path: (before.get(path), after.get(path))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def unpaired(changes: Sequence[Change]) -> dict[str, tuple[FileState | None, FileState | None]]:
    """Renames as what was removed and what was added."""
    found: dict[str, tuple[FileState | None, FileState | None]] = {}
    for change in changes:
        if change.old_path is None:
            found[change.path] = (change.before, change.after)
        else:
            found[change.old_path] = (change.before, None)
            found[change.path] = (None, change.after)
    return found


def check_difference(changes: Sequence[Change], before: States, after: States) -> None:
    assert unpaired(changes) == differing(before, after)
    assert [change.path for change in changes] == sorted(change.path for change in changes)
    left: dict[ChangeKind, set[object]] = {kind: set() for kind in ChangeKind}
    for change in changes:
        state = change.after or change.before
        assert state is not None
        if state.digest and state.size:
            kind = "f" if state.kind == "x" else state.kind
            left[change.change].add((kind, state.digest))
        if change.similarity == 1 and change.before and change.before.digest:
            assert change.after is not None
            assert change.before.digest == change.after.digest or not change.before.size
    # What has one content is never told as removed here and added there.
    assert not left[ChangeKind.REMOVED] & left[ChangeKind.ADDED]
    sums = {each.directory: each for each in sum_directories(changes)}
    for directory in ("", "a", "a/b"):
        inside = [path for path in (*before, *after) if path.startswith(f"{directory}/")]
        everything = list({*before, *after}) if not directory else inside
        grown = sum(after[path].size for path in everything if path in after)
        grown -= sum(before[path].size for path in set(everything) if path in before)
        if directory == "":
            assert (sums[""].grown if "" in sums else 0) == grown


def check_history(connection: RawConnection, trees: dict[int, States], path: str) -> None:
    """Each event is true, and every content of the path is told of until another file begins."""
    history = file_history.read_history(connection, "one", path)
    versions = sorted(trees)
    current = path
    for event in history.events:
        version = event.origin.version
        earlier = [each for each in versions if each < version]
        before = trees[earlier[-1]] if earlier else {}
        after = trees[version]
        match event.event:
            case "present":
                assert version == versions[0]
                assert after[event.path] == event.state
            case "added":
                assert event.path not in before
                assert after[event.path] == event.state
            case "modified":
                assert before[event.path] != after[event.path] == event.state
            case "removed":
                assert event.path in before
                assert event.path not in after
            case "renamed":
                assert event.old_path is not None
                assert event.old_path in before
                assert event.old_path not in after
                assert event.path not in before
                assert event.path in after
        if event.event == "renamed" and event.state is not None:
            current = str(event.old_path)
    ever = any(path in tree for tree in trees.values())
    assert bool(history.events) == ever
    assert history.period.versions == len(trees)
    first = history.first_seen
    if first is not None:
        assert current in trees[first.origin.version] or first.event == "renamed"
    numbers = [event.origin.version for event in history.events]
    assert numbers == sorted(numbers, reverse=True)
    changed = {
        version
        for earlier, version in pairwise(versions)
        if trees[earlier].get(path) != trees[version].get(path)
    }
    stop = next(
        (each.origin.version for each in history.events if each.event == "renamed" and each.state),
        0,
    )
    assert {number for number in numbers if number >= stop} - {versions[0]} == {
        number for number in changed if number >= stop
    }


def check_churn(
    connection: RawConnection, told: dict[int, set[str]], trees: dict[int, States]
) -> None:
    counted = Counter(path for version in trees for path in told[version])
    by_file = statistics.select_churn(connection, "one", by_directory=False, since=None, most=1_000)
    assert {each.place: each.changes for each in by_file} == counted
    assert [(-each.changes, each.place) for each in by_file] == sorted(
        (-each.changes, each.place) for each in by_file
    )
    by_directory = statistics.select_churn(
        connection, "one", by_directory=True, since=None, most=1_000
    )
    directories: Counter[str] = Counter()
    for path, changes in counted.items():
        directories[path.rpartition("/")[0]] += changes
    assert {each.place: each.changes for each in by_directory} == directories


def check_duplicates(connection: RawConnection, newest: dict[str, States]) -> None:
    for within in (None, "one"):
        places: dict[bytes, list[tuple[str, str]]] = {}
        sizes: dict[bytes, list[int]] = {}
        for name, tree in newest.items():
            for path, state in tree.items():
                wanted = within in (None, name) and state.size and state.kind in "fx"
                if wanted and state.digest is not None:
                    places.setdefault(state.digest, []).append((name, path))
                    sizes.setdefault(state.digest, []).append(state.size)
        found = statistics.select_duplicates(connection, within, least_size=1, most=1_000)
        assert {
            bytes.fromhex(each.blake3): list(zip(each.projects, each.paths, strict=True))
            for each in found
        } == {digest: sorted(paths) for digest, paths in places.items() if len(paths) > 1}


def run(database: Database, monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(edits=TREES, other=TREES, data=st.data())
    def any_history(
        edits: list[list[Entry]], other: list[list[Entry]], data: st.DataObject
    ) -> None:
        trees: dict[int, States] = {}
        told: dict[int, set[str]] = {}
        with database.transaction() as connection:
            connection.execute("DELETE FROM onextree.projects")
            for name in NAMES:
                projects.register_project(connection, name, Path("/nowhere") / name)
        entries: list[Entry] = []
        for edit in edits:
            kept = [entry for entry in entries if data.draw(st.booleans(), label="keep")]
            moved = [
                entry._replace(name=b"moved" + entry.name[:200])
                for entry in entries
                if entry not in kept and data.draw(st.booleans(), label="move")
            ]
            before, entries = entries, placed([*kept, *moved, *edit])
            with database.transaction() as connection:
                recorded = record(connection, "one", entries)
            if recorded.changed:
                trees[recorded.version] = states(entries)
                changes = differing(states(before), states(entries))
                told[recorded.version] = set(changes) if recorded.version > 1 else set()
        with database.transaction() as connection:
            record(connection, "two", placed(other[0]))
        gone = [each for each in list(trees)[:-1] if data.draw(st.booleans(), label="delete")]
        with database.transaction() as connection:
            key = projects.find_project(connection, "one").project_key
            projects.lock_project(connection, key, 5)
            lifecycle.delete_versions(connection, "one", key, gone)
        for version in gone:
            del trees[version]
        with database.reading() as connection:
            for before_version, before_tree in trees.items():
                for after_version, after_tree in trees.items():
                    located = [
                        moments.locate(connection, "one", Moment(version=version))
                        for version in (before_version, after_version)
                    ]
                    for most in (1_000, 0):  # by what versions told, and by intervals
                        monkeypatch.setattr(differences, "_MOST_PATHS", most)
                        found = differences.compare_versions(connection, "one", *located)
                        check_difference(found.changes, before_tree, after_tree)
            for path in {path for tree in trees.values() for path in tree}:
                check_history(connection, trees, path)
            check_churn(connection, told, trees)
            newest = {"one": trees[max(trees)], "two": states(placed(other[0]))}
            check_duplicates(connection, newest)

    any_history()


@pytest.mark.timeout(300)
def test_any_history_is_told_as_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run(database, monkeypatch, 60)


@pytest.mark.soak
def test_any_history_is_told_as_it_was_at_length(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(database, monkeypatch, 1_500)
