"""Any history of a store: every version that is left reads back as it was recorded.

Steps are drawn by Hypothesis and run on a real PostgreSQL; after each of them all versions are
compared with what was put in, and the check of `onextree db check` has nothing to say.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from onextree.errors import OnexTreeError
from onextree.store import lifecycle, projects, snapshots
from onextree.store.database import Database, RawConnection
from onextree.store.integrity.check import check_orphans, check_project
from onextree.store.lifecycle import Retention
from onextree.store.projects import Project
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.model import Entry, Kind
from onextree.tree.tree_hash import hash_tree
from tests.stores import ROOTS, Killed, read, record

LONG = b"/".join([b"\xff" * 100] * 12)  # escaped 4,800 bytes: no index key holds that
DIRECTORIES = st.sampled_from(
    [b"", b"a", b"a/b", b"a.b", b"\xff\x01", b"\xf4\x8f\xbc\x80/n\n", LONG]
)
NAMES = st.sampled_from([b"a", b"b", b"a.b", b'"\\', b"\xfe" * 255, "😀".encode(), b"\x01\x7f"])
CLASSES = st.sampled_from([None, FileClass("Python", Category.SOURCE, "extension")])
ENTRIES = st.builds(
    Entry,
    DIRECTORIES,
    NAMES,
    st.sampled_from([*Kind, Kind.FILE, Kind.FILE]),
    st.integers(0, 2**40),
    st.none() | st.sampled_from([bytes([number]) * 32 for number in range(4)]),
    CLASSES,
)
Content = list[Entry]


@dataclass
class Model:
    """What a project should have."""

    content: dict[int, Content] = field(default_factory=dict)
    pinned: set[int] = field(default_factory=set)
    counter: int = 0

    @property
    def newest(self) -> int | None:
        return max(self.content, default=None)

    def delete(self, versions: Sequence[int]) -> None:
        for version in versions:
            del self.content[version]
        self.pinned -= set(versions)


def placed(entries: Sequence[Entry]) -> Content:
    """Entries that can be one tree: a later one wins where two cannot both be there."""
    kept: dict[bytes, Entry] = {}
    for entry in entries:
        parents = _parents(entry.path)
        kept = {
            path: other
            for path, other in kept.items()
            if path not in parents and entry.path not in _parents(path)
        }
        kept[entry.path] = entry
    return sorted(kept.values(), key=lambda entry: (entry.directory, entry.name))


def _parents(path: bytes) -> set[bytes]:
    parts = path.split(b"/")
    return {b"/".join(parts[:length]) for length in range(1, len(parts))}


def marker(number: int) -> Entry:
    """An entry that no other tree of these tests has."""
    return Entry(b"", b"marker", Kind.FILE, number, bytes([100 + number]) * 32, None)


class StoreMachine(RuleBasedStateMachine):
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.models: dict[str, Model] = {}
        self.late: tuple[Project, Content] | None = None

    @initialize()
    def begin(self) -> None:
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM onextree.projects")
            for name in ("one", "two"):
                projects.register_project(connection, name, ROOTS / name)
        self.models = {"one": Model(), "two": Model()}

    def some(self, data: st.DataObject) -> tuple[str, Model]:
        name = data.draw(st.sampled_from(sorted(self.models)), label="project")
        return name, self.models[name]

    def version(self, data: st.DataObject, model: Model) -> int:
        return data.draw(st.sampled_from(sorted(model.content)), label="version")

    def edited(self, data: st.DataObject, model: Model) -> Content:
        """The newest tree, or any older one, with some entries put in and some taken out."""
        base = model.content[self.version(data, model)] if model.content else []
        kept = [entry for entry in base if not data.draw(st.booleans(), label="remove")]
        return placed([*kept, *data.draw(st.lists(ENTRIES, max_size=5), label="put")])

    def note(self, model: Model, content: Content) -> None:
        newest = model.newest
        if newest is not None and hash_tree(model.content[newest]).hex == hash_tree(content).hex:
            return
        model.counter += 1
        model.content[model.counter] = content

    @rule(data=st.data())
    def store(self, data: st.DataObject) -> None:
        name, model = self.some(data)
        content = self.edited(data, model)
        with self.database.transaction() as connection:
            recorded = record(connection, name, content)
        before = model.counter
        self.note(model, content)
        assert recorded.changed == (model.counter > before)
        assert recorded.version == model.newest

    @precondition(lambda self: any(model.content for model in self.models.values()))
    @rule(data=st.data())
    def store_again(self, data: st.DataObject) -> None:
        name, model = self.some(data)
        if model.newest is None:
            return
        with self.database.transaction() as connection:
            recorded = record(connection, name, model.content[model.newest])
        assert (recorded.changed, recorded.version) == (False, model.newest)

    @rule(data=st.data())
    def store_a_scan_that_came_late(self, data: st.DataObject) -> None:
        name, model = self.some(data)
        if model.newest is None:
            return
        with self.database.transaction() as connection:
            scanned = projects.find_project(connection, name)
        newer = self.edited(data, model)
        with self.database.transaction() as connection:
            record(connection, name, newer)
        self.note(model, newer)
        with self.database.transaction() as connection:
            late = record(connection, name, self.edited(data, model), scanned=scanned)
        assert late.superseded
        assert not late.changed

    @rule(data=st.data())
    def two_writers(self, data: st.DataObject) -> None:
        """Both are stored, one after the other; which is first is not Hypothesis's to decide."""
        name, model = self.some(data)
        base = self.edited(data, model)
        contents = [placed([*base, marker(number)]) for number in range(3)]
        with self.database.transaction() as connection:
            project = projects.find_project(connection, name)
        barrier = threading.Barrier(2)
        versions: dict[int, Content] = {}

        def write(content: Content) -> None:
            with self.database.transaction() as connection:
                barrier.wait(5)
                versions[record(connection, name, content, scanned=project).version] = content

        threads = [threading.Thread(target=write, args=[each]) for each in contents[:2]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for version in sorted(versions):
            self.note(model, versions[version])
        assert sorted(versions) == sorted(model.content)[-2:]
        self.every_version_reads_back()
        with self.database.transaction() as connection:
            record(connection, name, contents[2])
            self._delete(connection, name, sorted(versions), raw=True)
        self.note(model, contents[2])
        model.delete(sorted(versions))

    @rule(data=st.data(), raw=st.booleans())
    def delete(self, data: st.DataObject, raw: bool) -> None:
        name, model = self.some(data)
        if not model.content:
            return
        some = st.sets(st.sampled_from(sorted(model.content)), min_size=1)
        chosen = sorted(data.draw(some, label="versions"))
        with self.database.transaction() as connection:
            self._delete(connection, name, chosen, raw=raw)
        model.delete(chosen)

    def _delete(
        self, connection: RawConnection, name: str, chosen: list[int], *, raw: bool
    ) -> None:
        if raw:
            deleted = connection.execute(
                "DELETE FROM onextree_snapshots WHERE project_id = %s AND version = ANY(%s)",
                [name, chosen],
            )
            assert deleted.rowcount == len(chosen)
            return
        project = projects.find_project(connection, name)
        projects.lock_project(connection, project.project_key, 5)
        lifecycle.delete_versions(connection, name, project.project_key, chosen)

    @rule(data=st.data(), enriched=st.booleans())
    def enrich(self, data: st.DataObject, enriched: bool) -> None:
        name, model = self.some(data)
        if not model.content:
            return
        version = self.version(data, model)
        with self.database.transaction() as connection:
            if enriched:
                found = snapshots.find_snapshot(connection, name, version)
                snapshots.enrich_version(
                    connection, found.snapshot_id, data={"a": 1}, sources=["x"], time_ms=1
                )
            else:
                connection.execute(
                    "UPDATE onextree_snapshots SET enrichment_data = '{}', is_enriched = false"
                    " WHERE project_id = %s AND version = %s",
                    [name, version],
                )

    @rule(data=st.data(), is_pinned=st.booleans())
    def pin(self, data: st.DataObject, is_pinned: bool) -> None:
        name, model = self.some(data)
        if not model.content:
            return
        version = self.version(data, model)
        with self.database.transaction() as connection:
            lifecycle.pin_version(connection, name, version, is_pinned=is_pinned)
        (model.pinned.add if is_pinned else model.pinned.discard)(version)

    @rule(data=st.data(), keep=st.integers(1, 4))
    def retain(self, data: st.DataObject, keep: int) -> None:
        name, model = self.some(data)
        with self.database.transaction() as connection:
            project = projects.find_project(connection, name)
            projects.lock_project(connection, project.project_key, 5)
            count = lifecycle.delete_outlived(
                connection, project.project_key, Retention(keep, 30, 0)
            )
        outlived = [
            version for version in sorted(model.content)[:-keep] if version not in model.pinned
        ]
        model.delete(outlived)
        assert count == len(outlived)

    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        name, model = self.some(data)
        some = st.sets(st.sampled_from(sorted(model.content))) if model.content else st.just(set())
        expired = sorted(data.draw(some, label="expired"))
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE onextree_snapshots SET expires_at = now() - interval '1 day'"
                " WHERE project_id = %s AND version = ANY(%s)",
                [name, expired],
            )
            connection.execute("SELECT cleanup_expired_onextree_snapshots()")
            connection.execute("UPDATE onextree_snapshots SET expires_at = NULL")
        model.delete(
            [each for each in expired if each not in model.pinned and each != model.newest]
        )

    @rule(data=st.data(), keep_history=st.booleans())
    def remove_and_add_again(self, data: st.DataObject, keep_history: bool) -> None:
        name, _ = self.some(data)
        with self.database.transaction() as connection:
            project = projects.find_project(connection, name)
            projects.lock_project(connection, project.project_key, 5)
            projects.remove_project(connection, project, keep_history=keep_history)
        with self.database.transaction() as connection:
            projects.register_project(connection, name, ROOTS / name)
        if not keep_history:
            self.models[name] = Model()

    @rule()
    def swap_names(self) -> None:
        with self.database.transaction() as connection:
            for before, after in (("one", "third"), ("two", "one"), ("third", "two")):
                project = projects.find_project(connection, before)
                projects.lock_project(connection, project.project_key, 5)
                projects.rename_project(connection, project, after)
                projects.move_project(connection, project, ROOTS / after)
        self.models = {"one": self.models["two"], "two": self.models["one"]}

    @rule(data=st.data(), statements=st.integers(0, 9), deleting=st.booleans())
    def crash(self, data: st.DataObject, statements: int, deleting: bool) -> None:
        """The server's process dies between two statements: all of it is there, or nothing."""
        name, model = self.some(data)
        content = self.edited(data, model)
        chosen = sorted(model.content)[-2:]
        url = self.database.engine.url.set(drivername="postgresql")
        conninfo = url.render_as_string(hide_password=False)
        killer = psycopg.connect(conninfo, autocommit=True)
        connection = Killed.connect(conninfo)
        connection.killer, connection.left = killer, statements
        try:
            if deleting and chosen:
                self._delete(connection, name, chosen, raw=False)
            else:
                record(connection, name, content)
            connection.commit()
        except (psycopg.OperationalError, OnexTreeError):
            return
        finally:
            with suppress(psycopg.Error):
                connection.close()
            killer.close()
        if deleting and chosen:
            model.delete(chosen)
        else:
            self.note(model, content)

    @invariant()
    def every_version_reads_back(self) -> None:
        if not self.models:
            return
        with self.database.reading() as connection:
            for name, model in self.models.items():
                project = projects.find_project(connection, name)
                stored = lifecycle.list_versions(connection, name)
                assert [each.version for each in stored] == sorted(model.content, reverse=True)
                assert {each.version for each in stored if each.is_pinned} == model.pinned
                assert project.last_version == model.counter
                for version, content in model.content.items():
                    assert read(connection, project, version) == content
                checked = check_project(connection, project)
                assert list(checked.findings) == []
                assert checked.versions == len(model.content)
            assert list(check_orphans(connection)) == []


def run(database: Database, examples: int, steps: int) -> None:
    StoreMachine.database = database
    run_state_machine_as_test(
        StoreMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )


def test_any_history(database: Database) -> None:
    run(database, examples=25, steps=25)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_any_history_at_length(database: Database) -> None:
    run(database, examples=600, steps=50)
