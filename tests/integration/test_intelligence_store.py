"""What is known of code is stored as intervals of versions: each version has what was found of it.

Steps are drawn by Hypothesis and run on a real PostgreSQL; after each of them all versions are
compared with what an analysis has put in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

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

from onextree.service import OnexTreeService
from onextree.store import archon_answers, extractions, findings, lifecycle, projects, relationships
from onextree.store.analyses import (
    StoredAnalysis,
    analysed_up_to,
    latest_analysis,
    record_analysis,
)
from onextree.store.database import Database, RawConnection
from onextree.store.findings import FindingChanges, FindingRow
from onextree.store.lifecycle import Retention
from onextree.store.moments import Moment
from onextree.store.relationships import Links, RelationshipChanges
from onextree.tree.model import Entry, Kind
from tests.stores import ROOTS, record

TABLES = ("analyses", "relationships", "findings")
NAMES = st.sampled_from(["a.py", "b.py", "c/ü.py", '"\\\t\n\U0010ff80'])
LINKS = st.dictionaries(
    st.tuples(NAMES, NAMES), st.tuples(st.integers(1, 3), st.sampled_from(["import", "type"]))
)
FINDINGS = st.dictionaries(st.tuples(NAMES, st.sampled_from(["", "f"])), st.integers(0, 3))
State = tuple[Mapping[Any, int], Mapping[Any, int]]
"""Relationships and findings, and the versions that they were first seen in."""


def finding(place: tuple[str, str], line: int = 0) -> FindingRow:
    path, subject = place
    key = f"{path}\0{subject}".encode().ljust(16, b"\1")[:16]
    told = {"lines": [line], "text": path}
    return FindingRow(key, "rule", 1, "high", path, line, subject, f"In line {line}.", told)


def store(
    connection: RawConnection, key: int, version: int, links: Links, found: Sequence[FindingRow]
) -> None:
    """Store an analysis, as an enrichment that remembers nothing does."""
    projects.lock_project(connection, key, 5)
    relationships.record_relationships(
        connection,
        key,
        version,
        RelationshipChanges.between(relationships.open_links(connection, key), links),
    )
    findings.record_findings(
        connection,
        key,
        version,
        FindingChanges.between(
            findings.open_findings(connection, key), {row.key: row for row in found}
        ),
    )
    record_analysis(
        connection, key, StoredAnalysis(uuid4(), version, "1", 1, 0, len(links), len(found))
    )


def begun(database: Database, versions: int = 1) -> int:
    """The key of a project with some versions."""
    with database.transaction() as connection:
        connection.execute("DELETE FROM onextree.projects")
        project = projects.register_project(connection, "p", ROOTS / "p")
    for number in range(versions):
        with database.transaction() as connection:
            record(connection, "p", [marker(number)])
    return project.project_key


def marker(number: int) -> Entry:
    return Entry(b"", b"marker", Kind.FILE, number, bytes([number]) * 32, None)


def same(found: findings.StoredFinding) -> tuple[str, str]:
    return found.path, found.subject


@dataclass
class Model:
    """What a project should have.

    Attributes:
        analyses: What each of them has found.
    """

    versions: list[int] = field(default_factory=list)
    analyses: dict[int, State] = field(default_factory=dict)
    counter: int = 0

    def analysed(self, version: int) -> int | None:
        return max((each for each in self.analyses if each <= version), default=None)

    def at(self, version: int) -> State:
        analysed = self.analysed(version)
        return self.analyses[analysed] if analysed is not None else ({}, {})

    def analyse(self, version: int, links: Links, found: Mapping[Any, int]) -> None:
        """What is found again was first seen when it was, as far as a version is left of it."""
        known = [self.at(version)]
        if any((self.analysed(version - 1) or version) <= each < version for each in self.versions):
            known.append(self.at(version - 1))
        links_before = {pair: first for state in known for pair, first in state[0].items()}
        found_before = {place: first for state in known for place, first in state[1].items()}
        self.analyses[version] = (
            {pair: links_before.get(pair, version) for pair in links},
            {place: found_before.get(place, version) for place in found},
        )

    def delete(self, versions: Sequence[int]) -> None:
        self.versions = [version for version in self.versions if version not in versions]
        newest = max(self.versions, default=0)
        self.analyses = {each: found for each, found in self.analyses.items() if each <= newest}


class IntelligenceMachine(RuleBasedStateMachine):
    database: Database
    service: OnexTreeService

    @initialize()
    def begin(self) -> None:
        self.key = begun(self.database, 0)
        self.model = Model()

    @rule()
    def generate(self) -> None:
        self.model.counter += 1
        with self.database.transaction() as connection:
            recorded = record(connection, "p", [marker(self.model.counter)])
        self.model.versions.append(recorded.version)

    @rule(links=LINKS, found=FINDINGS)
    def generate_and_analyse(self, links: Links, found: Mapping[tuple[str, str], int]) -> None:
        self.generate()
        self.analyse(links, found)

    @precondition(lambda self: self.model.versions)
    @rule(links=LINKS, found=FINDINGS)
    def analyse(self, links: Links, found: Mapping[tuple[str, str], int]) -> None:
        newest = self.model.versions[-1]
        rows = [finding(place, line) for place, line in found.items()]
        with self.database.transaction() as connection:
            store(connection, self.key, newest, links, rows)
        self.model.analyse(newest, links, found)
        with self.database.reading() as connection:
            assert relationships.open_links(connection, self.key) == links
            assert findings.open_findings(connection, self.key) == {row.key: row for row in rows}

    @precondition(lambda self: self.model.versions)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        gone = data.draw(
            st.lists(st.sampled_from(self.model.versions), min_size=1, max_size=3, unique=True)
        )
        with self.database.transaction() as connection:
            projects.lock_project(connection, self.key, 5)
            lifecycle.delete_versions(connection, "p", self.key, gone)
        self.model.delete(gone)

    @precondition(lambda self: len(self.model.versions) > 2)
    @rule()
    def let_retention_delete(self) -> None:
        with self.database.transaction() as connection:
            projects.lock_project(connection, self.key, 5)
            lifecycle.delete_outlived(connection, self.key, Retention(2, 30, 0))
        self.model.delete(self.model.versions[:-2])

    @invariant()
    def each_version_has_what_was_found_of_it(self) -> None:
        with self.database.reading() as connection:
            for version in self.model.versions:
                links, found = self.model.at(version)
                assert analysed_up_to(connection, self.key, version) == self.model.analysed(version)
                stored = relationships.read_relationships(connection, self.key, version)
                assert [link[:2] for link in stored] == sorted(links)
                rows = findings.select_findings(connection, self.key, version)
                assert {same(each): each.first_seen_version for each in rows} == found
                for source in {source for source, _ in links}:
                    used = relationships.imports(connection, self.key, version, [source])
                    assert used == [link for link in stored if link.source == source]

    @invariant()
    def what_came_and_went_is_told(self) -> None:
        for since in self.model.versions:
            for version in self.model.versions:
                if since <= version:
                    told = self.service.findings("p", since=since, moment=Moment(version=version))
                    before, after = self.model.at(since)[1], self.model.at(version)[1]
                    introduced = {same(each) for each in told.introduced}
                    assert introduced == after.keys() - before.keys()
                    assert {same(each) for each in told.resolved} == before.keys() - after.keys()

    @invariant()
    def nothing_is_kept_that_no_version_has(self) -> None:
        with self.database.reading() as connection:
            for table in ("relationships", "findings"):
                unused = connection.execute(
                    f"SELECT count(*) FROM onextree.{table} r WHERE NOT EXISTS ("
                    " SELECT FROM onextree.versions v WHERE v.project_key = r.project_key"
                    " AND v.version >= r.v_from"
                    " AND (r.v_to IS NULL OR v.version < r.v_to))".encode()
                ).fetchone()
                assert unused == (0,)
            kept = connection.execute("SELECT version FROM onextree.analyses").fetchall()
        needed = {self.model.analysed(version) for version in self.model.versions}
        assert needed - {None} <= {version for (version,) in kept} <= self.model.analyses.keys()

    def teardown(self) -> None:
        assert all(checked.is_sound for checked in self.service.check())


def test_a_row_is_told_as_it_was_last(database: Database) -> None:
    key = begun(database, 2)
    pair = ("a.py", "b.py")
    with database.transaction() as connection:
        store(connection, key, 1, {pair: (1, "type")}, [finding(pair, 1)])
        store(connection, key, 2, {pair: (7, "import")}, [finding(pair, 7)])
        for version in (1, 2):
            (link,) = relationships.read_relationships(connection, key, version)
            assert link == (*pair, 7, "import")
            (found,) = findings.select_findings(connection, key, version)
            assert (found.line, found.message, found.first_seen_version) == (7, "In line 7.", 1)
            assert findings.findings_of_file(connection, key, version, "a.py", most=9) == [found]
            assert findings.findings_of_file(connection, key, version, "b.py", most=9) == []


def test_what_comes_back_when_a_version_is_deleted_is_another_analysis(database: Database) -> None:
    key = begun(database, 3)
    with database.transaction() as connection:
        store(connection, key, 1, {("a.py", "b.py"): (1, "import")}, [])
        first = latest_analysis(connection, key)
        store(connection, key, 3, {("a.py", "b.py"): (2, "import")}, [])
        third = latest_analysis(connection, key)
        lifecycle.delete_versions(connection, "p", key, [2])
        assert latest_analysis(connection, key) == third
        lifecycle.delete_versions(connection, "p", key, [3])
        again = latest_analysis(connection, key)
    assert first is not None
    assert again is not None
    assert (again.version, again.relationships) == (1, 1)
    assert again.id != first.id


def test_a_project_that_is_deleted_takes_everything_with_it(database: Database) -> None:
    key = begun(database, 2)
    with database.transaction() as connection:
        store(connection, key, 1, {("a.py", "b.py"): (1, "import")}, [finding(("a.py", ""))])
        store(connection, key, 2, {}, [])
        connection.execute("DELETE FROM onextree.projects")
        for table in TABLES:
            count = connection.execute(f"SELECT count(*) FROM onextree.{table}".encode())
            assert count.fetchone() == (0,)


def test_projects_have_nothing_to_do_with_each_other(database: Database) -> None:
    one = begun(database)
    with database.transaction() as connection:
        other = projects.register_project(connection, "q", ROOTS / "q").project_key
        record(connection, "q", [marker(1)])
        store(connection, one, 1, {("a.py", "b.py"): (1, "import")}, [finding(("a.py", ""))])
        store(connection, other, 1, {("a.py", "b.py"): (2, "type")}, [finding(("a.py", ""), 3)])
        store(connection, other, 1, {}, [])
        lifecycle.delete_versions(connection, "q", other, [1])
        assert latest_analysis(connection, other) is None
        assert len(relationships.read_relationships(connection, one, 1)) == 1
        assert len(findings.select_findings(connection, one, 1)) == 1


def test_what_contents_say_is_kept_by_digest_language_and_version(database: Database) -> None:
    contents = {(bytes([number]) * 32, "Python"): b"%d" % number for number in range(5)}
    odd = {(b"\0" * 32, "config"): b"\0\xff", (b"\0" * 32, "C#"): b""}
    with database.transaction() as connection:
        extractions.add_extractions(connection, contents | odd, extraction_version=1)
        extractions.add_extractions(connection, {}, extraction_version=1)
        wanted = [*contents, *odd, (b"\7" * 32, "Python")]

        def found(version: int) -> Mapping[extractions.Content, bytes]:
            return extractions.find_extractions(connection, wanted, extraction_version=version)

        assert found(1) == contents | odd
        assert found(2) == {}
        one = next(iter(contents))
        extractions.add_extractions(connection, {one: b"new"}, extraction_version=2)
        assert found(2) == {one: b"new"}
        assert found(1) == {key: facts for key, facts in (contents | odd).items() if key != one}


def test_what_is_asked_for_is_not_deleted(database: Database) -> None:
    contents = {(bytes([number]) * 32, "Python"): b"x" for number in range(3)}
    used, *others = contents
    with database.transaction() as connection:
        extractions.add_extractions(connection, contents, extraction_version=1)
        connection.execute("UPDATE onextree.extractions SET used_on = current_date - 100")
        assert extractions.find_extractions(connection, [used], extraction_version=1)
        assert extractions.delete_extractions(connection, days=101) == 0
        assert extractions.delete_extractions(connection, days=90) == 2
        assert extractions.delete_extractions(connection, days=90) == 0
        left = extractions.find_extractions(connection, contents, extraction_version=1)
    assert list(left) == [used]
    assert others


def test_two_may_keep_the_same_contents_at_once(database: Database) -> None:
    contents = {(bytes([number]) * 32, "Go"): b"%d" % number for number in range(200)}
    begin = Barrier(4)
    failures: list[BaseException] = []

    def add(order: int) -> None:
        keys = list(contents)[::order]
        begin.wait()
        try:
            for _ in range(5):
                with database.transaction() as connection:
                    extractions.add_extractions(
                        connection, {key: contents[key] for key in keys}, extraction_version=1
                    )
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=add, args=(order,)) for order in (1, -1, 2, -3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.transaction() as connection:
        assert contents == extractions.find_extractions(connection, contents, extraction_version=1)


def test_answers_are_kept_until_they_are_old(database: Database) -> None:
    with database.transaction() as connection:
        archon_answers.add_archon_answers(connection, {"a": '{"x": "1"}', "b": "[]", "c": "1"})
        archon_answers.add_archon_answers(connection, {"a": '{"x": "ü"}'})
        archon_answers.outdate_archon_answers(connection, ["b"], days=7)
        found = archon_answers.find_archon_answers(connection, ["a", "b", "d"], days=7)
        assert {each.key: (each.answer, each.holds) for each in found} == {
            "a": ('{"x": "ü"}', True),
            "b": ("[]", False),
        }
        connection.execute(
            "UPDATE onextree.archon_answers SET answered_at = now() - interval '9 days'"
            " WHERE key <> 'c'"
        )
        assert archon_answers.delete_archon_answers(connection, days=8) == 2
        assert archon_answers.delete_archon_answers(connection, days=8) == 0
        kept = archon_answers.find_archon_answers(connection, ["a", "b", "c"], days=7)
    assert [each.key for each in kept] == ["c"]


def run(database: Database, service: OnexTreeService, examples: int, steps: int) -> None:
    machine = type("Machine", (IntelligenceMachine,), {"database": database, "service": service})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        ),
    )


def test_any_history_of_analyses(database: Database, service: OnexTreeService) -> None:
    run(database, service, 12, 12)


@pytest.mark.soak
def test_any_history_of_analyses_at_length(database: Database, service: OnexTreeService) -> None:
    run(database, service, 300, 30)
