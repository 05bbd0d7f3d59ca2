"""`onextree db check` is proven by damage: each kind is named, and what can be repaired is."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from onextree.service import OnexTreeService
from onextree.store import lifecycle, projects
from onextree.store.database import Database
from onextree.store.integrity.findings import Finding, Problem
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.model import Entry, Kind
from tests.repositories import Repository
from tests.stores import read, record

PYTHON = FileClass("Python", Category.SOURCE, "extension")
LONG = b"/".join([b"\xff" * 100] * 12)
KEPT = (1, 2, 4, 5, 6)

# In the order that lets every row be damaged: what guards the tables in daily life is off.
UNGUARDED = """
ALTER TABLE onextree.versions DISABLE TRIGGER USER;
ALTER TABLE onextree.projects DISABLE TRIGGER USER;
ALTER TABLE onextree.versions DROP CONSTRAINT versions_project_fkey;
ALTER TABLE onextree.versions DROP CONSTRAINT versions_parent_snapshot_id_fkey;
ALTER TABLE onextree.current_entries DROP CONSTRAINT current_entries_kind_check;
ALTER TABLE onextree.current_entries DROP CONSTRAINT current_entries_size_check;
ALTER TABLE onextree.current_entries DROP CONSTRAINT current_entries_digest_check;
ALTER TABLE onextree.closed_entries DROP CONSTRAINT closed_entries_check;
"""


def file(path: bytes, digest: int, size: int = 10) -> Entry:
    directory, _, name = path.rpartition(b"/")
    return Entry(directory, name, Kind.FILE, size, bytes([digest]) * 32, PYTHON)


def history() -> dict[int, list[Entry]]:
    """Six versions; the third is deleted afterwards."""
    link = Entry(b"", b"link", Kind.SYMLINK, 4, bytes([9]) * 32, None)
    always = [link, file(LONG + b"/x", 8), file(b"b/c.py", 2), file(b"keep", 1)]
    return {
        1: [*always, file(b"a.py", 1), file(b"b/d", 3)],
        2: [*always, file(b"a.py", 2)],
        3: [*always, file(b"a.py", 2), file(b"b/d/e", 4)],
        4: [*always, file(b"a.py", 4), file(b"z", 5)],
        5: [*always, file(b"a.py", 4)],
        6: [*always, file(b"a.py", 6), file(b"b/new", 7)],
    }


@pytest.fixture
def project_id(service: OnexTreeService, database: Database, tmp_path: Path) -> str:
    with database.transaction() as connection:
        for name in ("p", "other"):
            projects.register_project(connection, name, tmp_path / name)
        for entries in history().values():
            record(connection, "p", entries)
        record(connection, "other", [file(b"a", 1)])
    service.delete_versions("p", [3])
    service.enrich("p", 6)
    assert all(checked.is_sound for checked in service.check())
    return "p"


@dataclass(frozen=True)
class Damage:
    """SQL that damages project ``p``, and the finding that names it."""

    sql: str
    problem: Problem
    repairable: bool
    version: int | None = None
    path: str | None = None
    lost: tuple[int, ...] = ()
    """Versions whose very row is gone."""


def _current(change: str, where: str) -> str:
    return f"UPDATE onextree.current_entries SET {change} WHERE project_key = 1 AND {where}"


def _closed(change: str, where: str) -> str:
    return f"UPDATE onextree.closed_entries SET {change} WHERE project_key = 1 AND {where}"


def _version(change: str, version: int) -> str:
    return f"UPDATE onextree.versions SET {change} WHERE project_key = 1 AND version = {version}"


_COPY = (
    "INSERT INTO onextree.{table} SELECT project_key, {interval}, size, kind, {dir}, {name},"
    " digest, long_dir, class_id FROM onextree.current_entries"
    " WHERE project_key = 1 AND name = 'keep'"
)
_INTO_CURRENT = (
    "current_entries (project_key, v_from, size, kind, dir, name, digest, long_dir, class_id)"
)
_INTO_CLOSED = (
    "closed_entries (project_key, v_from, v_to, size, kind, dir, name, digest, long_dir, class_id)"
)


def _copied(
    table: str,
    interval: str,
    directory: str = "dir",
    name: str = "name",
    project: str = "project_key",
) -> str:
    copy = _COPY.format(table=table, interval=interval, dir=directory, name=name)
    return copy.replace("SELECT project_key", f"SELECT {project}")


DAMAGES = {
    "a digest": Damage(
        _current("digest = sha256('x')", "name = 'a.py'"), Problem.TREE_HASH, False, 6
    ),
    "a digest of old": Damage(
        _closed("digest = sha256('x')", "name = 'a.py' AND v_from = 4"), Problem.TREE_HASH, False, 4
    ),
    "an unreadable file": Damage(
        _current("digest = NULL", "name = 'keep'"), Problem.TREE_HASH, False, 1
    ),
    "a kind": Damage(_current("kind = 'x'", "name = 'keep'"), Problem.TREE_HASH, False, 1),
    "a size": Damage(_current("size = 11", "name = 'keep'"), Problem.TOTALS, False, 6),
    "a name": Damage(_current("name = 'kept'", "name = 'keep'"), Problem.TREE_HASH, False, 6),
    "a current row lost": Damage(
        "DELETE FROM onextree.current_entries WHERE project_key = 1 AND name = 'new'",
        Problem.TREE_HASH,
        False,
        6,
    ),
    "a closed row lost": Damage(
        "DELETE FROM onextree.closed_entries WHERE project_key = 1 AND name = 'z'",
        Problem.TREE_HASH,
        False,
        4,
    ),
    "a row too many": Damage(
        _copied(_INTO_CURRENT, "2", name="'more'"), Problem.TREE_HASH, False, 2
    ),
    "two rows at once": Damage(_copied(_INTO_CLOSED, "2, 4"), Problem.OVERLAP, False, path="keep"),
    "two closed rows at once": Damage(
        _closed("v_to = 5", "name = 'a.py' AND v_from = 2"), Problem.OVERLAP, False, 4, "a.py"
    ),
    "a row too early": Damage(
        _current("v_from = 5", "name = 'a.py'"), Problem.OVERLAP, False, 5, "a.py"
    ),
    "a row too late": Damage(_current("v_from = 2", "name = 'keep'"), Problem.TREE_HASH, False, 1),
    "closed too early": Damage(
        _closed("v_to = 5", "name = 'a.py' AND v_from = 4"), Problem.TREE_HASH, False, 5
    ),
    "closed too late": Damage(
        _closed("v_to = 6", "name = 'z' AND v_from = 4"), Problem.TREE_HASH, False, 5
    ),
    "closed but not past": Damage(
        "WITH gone AS (DELETE FROM onextree.current_entries WHERE project_key = 1 AND name = 'keep'"
        " RETURNING *) INSERT INTO onextree."
        + _INTO_CLOSED
        + " SELECT project_key, v_from, 9, size,"
        " kind, dir, name, digest, long_dir, class_id FROM gone",
        Problem.NOT_CURRENT,
        True,
        6,
        "keep",
    ),
    "an interval of nothing": Damage(
        _copied(_INTO_CLOSED, "4, 4", name="'none'"), Problem.INTERVAL, False, path="none"
    ),
    "a row of the future": Damage(
        _copied(_INTO_CURRENT, "9", name="'future'"), Problem.NO_VERSION, True, path="future"
    ),
    "a row of no version": Damage(
        _copied(_INTO_CLOSED, "3, 4", name="'nowhere'"), Problem.UNCOVERED, True, path="nowhere"
    ),
    "rows of no project": Damage(_copied(_INTO_CURRENT, "1", project="77"), Problem.ORPHAN, True),
    "closed rows of no project": Damage(
        _copied(_INTO_CLOSED, "1, 2", project="77"), Problem.ORPHAN, True
    ),
    "a tree hash": Damage(_version("tree_hash = repeat('0', 64)", 4), Problem.TREE_HASH, False, 4),
    "total files": Damage(_version("total_files = 99", 2), Problem.TOTALS, True, 2),
    "total directories": Damage(_version("total_directories = 0", 2), Problem.TOTALS, True, 2),
    "total size": Damage(_version("total_size_bytes = 0", 2), Problem.TOTALS, False, 2),
    "paths added": Damage(_version("paths_added = '{nothing}'", 6), Problem.DELTA, True, 6),
    "paths modified": Damage(_version("paths_modified = '{}'", 6), Problem.DELTA, True, 6),
    "paths removed": Damage(_version("paths_removed = '{keep}'", 5), Problem.DELTA, True, 5),
    "a delta without its parent": Damage(
        _version("paths_added = '{keep}'", 4), Problem.DELTA, False, 4
    ),
    "no parent": Damage(_version("parent_snapshot_id = NULL", 6), Problem.PARENT, True, 6),
    "another parent": Damage(
        _version(
            "parent_snapshot_id = (SELECT id FROM onextree.versions WHERE project_id = 'other')", 5
        ),
        Problem.PARENT,
        True,
        5,
    ),
    "the counter": Damage(
        "UPDATE onextree.projects SET last_version = 4 WHERE project_id = 'p'",
        Problem.COUNTER,
        True,
    ),
    "verified tomorrow": Damage(
        "UPDATE onextree.projects SET verified_at = now() + interval '1 day'"
        " WHERE project_id = 'p'",
        Problem.VERIFIED,
        True,
    ),
    "another project's version": Damage(
        _version("project_id = 'stranger'", 5), Problem.PROJECT_ID, True, 5
    ),
    "enriched by nothing": Damage(
        _version("enrichment_sources = '{}'", 6), Problem.ENRICHMENT, True, 6
    ),
    "a wrong directory key": Damage(
        _current("dir = 'elsewhere'", "long_dir <> ''"), Problem.DIRECTORY_KEY, True
    ),
    "a needless directory key": Damage(
        _current("dir = 'k', long_dir = 'b'", "dir = 'b' AND name = 'c.py'"),
        Problem.DIRECTORY_KEY,
        True,
        path="b/c.py",
    ),
    "a name with a slash": Damage(_current("name = 'ke/ep'", "name = 'keep'"), Problem.NAME, False),
    "an empty name": Damage(_current("name = ''", "name = 'keep'"), Problem.NAME, False),
    "a way up": Damage(_current("dir = '..'", "name = 'keep'"), Problem.NAME, False),
    "a file and a directory": Damage(
        _copied(_INTO_CURRENT, "6", name="'b'"), Problem.FILE_AND_DIRECTORY, False, 6, "b"
    ),
    "a directory below a file": Damage(
        _copied(_INTO_CURRENT, "6", directory="'keep'"),
        Problem.FILE_AND_DIRECTORY,
        False,
        6,
        "keep",
    ),
    "an unknown kind": Damage(
        _current("kind = 'q'", "name = 'keep'"), Problem.KIND, False, path="keep"
    ),
    "a negative size": Damage(
        _current("size = -1", "name = 'keep'"), Problem.SIZE, False, path="keep"
    ),
    "a short digest": Damage(
        _current("digest = '\\x00'", "name = 'keep'"), Problem.DIGEST, False, path="keep"
    ),
    "an unknown class": Damage(
        _current("class_id = 999", "name = 'keep'"), Problem.CLASS, True, path="keep"
    ),
    "the newest version lost": Damage(
        "DELETE FROM onextree.versions WHERE project_key = 1 AND version = 6",
        Problem.NO_VERSION,
        True,
        path="a.py",
        lost=(6,),
    ),
    "a middle version lost": Damage(
        "DELETE FROM onextree.versions WHERE project_key = 1 AND version = 4",
        Problem.UNCOVERED,
        True,
        path="z",
        lost=(4,),
    ),
    "the first version lost": Damage(
        "DELETE FROM onextree.versions WHERE project_key = 1 AND version = 1",
        Problem.UNCOVERED,
        True,
        path="b/d",
        lost=(1,),
    ),
}


def damage(database: Database, sql: str) -> None:
    with database.transaction() as connection:
        connection.execute(UNGUARDED.encode())
        assert connection.execute(sql.encode()).rowcount > 0


def names(findings: list[Finding], expected: Damage) -> bool:
    return any(
        finding.problem is expected.problem
        and finding.project_id == (None if expected.problem is Problem.ORPHAN else "p")
        and expected.version in (None, finding.version)
        and expected.path in (None, finding.path)
        and finding.is_repairable == expected.repairable
        for finding in findings
    )


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_and_repaired_where_it_can_be(
    name: str, service: OnexTreeService, database: Database, project_id: str
) -> None:
    expected = DAMAGES[name]
    damage(database, expected.sql)
    checked = list(service.check())
    assert names([finding for each in checked for finding in each.findings], expected), checked
    assert [each.versions for each in checked if each.project_id == "other"] == [1]
    assert all(each.is_sound for each in checked if each.project_id == "other")

    left = list(service.check(repair=True))
    if not expected.repairable:
        assert names([finding for each in left for finding in each.findings], expected), left
        return
    assert all(each.is_sound for each in left), left
    assert sum(each.repaired for each in left) > 0
    assert all(each.is_sound for each in service.check())
    expected_content = history()
    with database.reading() as connection:
        project = projects.find_project(connection, project_id)
        kept = [version for version in KEPT if version not in expected.lost]
        assert [each.version for each in lifecycle.list_versions(connection, project_id)] == kept[
            ::-1
        ]
        for version in kept:
            stored = {entry.path: entry[2:5] for entry in read(connection, project, version)}
            assert stored == {entry.path: entry[2:5] for entry in expected_content[version]}


def test_a_store_without_versions_is_sound(service: OnexTreeService, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    service.add_project(tmp_path / "empty")
    assert [(each.project_id, each.versions, each.is_sound) for each in service.check()] == [
        ("empty", 0, True),
        (None, 0, True),
    ]


def test_many_findings_alike_are_counted(
    service: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as connection:
        projects.register_project(connection, "p", tmp_path)
        record(connection, "p", [file(b"f%03d" % number, 1) for number in range(50)])
    damage(database, "UPDATE onextree.current_entries SET size = -1")
    (checked,) = service.check("p")
    sizes = [finding for finding in checked.findings if finding.problem is Problem.SIZE]
    assert len(sizes) == 21
    assert "30 more" in sizes[-1].message


def test_a_damaged_newest_tree_is_stored_anew_from_its_files(
    service: OnexTreeService, database: Database, repository: Repository
) -> None:
    repository.write("a", "x")
    repository.write("b", "x")
    project_id = service.add_project(repository.root).project_id
    service.generate(project_id)
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.current_entries SET digest = sha256('y') WHERE name = 'a'"
        )
    assert not service.generate(project_id).changed
    again = service.generate(project_id, rehash=True)
    assert (again.changed, again.recorded.version) == (True, 2)
    assert again.recorded.changes.pairs() == [("modified", "a")]
    assert service.files(project_id) == list(again.tree.entries)
    service.delete_versions(project_id, [1])
    assert [checked for checked in service.check() if not checked.is_sound] == []
    assert not service.generate(project_id, rehash=True).changed
