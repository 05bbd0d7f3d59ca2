"""Versions: each reads back as the tree that was scanned, whatever came after it."""

import json
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from onextree.errors import (
    DeadlineExceeded,
    ProjectNotFound,
    ProjectRootMismatch,
    ProjectRootNotAllowed,
    ProjectRootNotFound,
    TreeNotFound,
)
from onextree.intelligence.basic import describe
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import projects, recording
from onextree.store.database import Database
from onextree.store.file_classes import FileClasses
from onextree.store.recording import Occasion
from onextree.tree.names import decode_name
from onextree.tree.scan import scan
from onextree.tree.tree_hash import hash_tree
from tests.repositories import Repository

SPECIFIED_COLUMNS = {
    "id": "uuid",
    "project_id": "character varying",
    "project_root": "text",
    "tree_structure": "jsonb",
    "tree_hash": "character varying",
    "total_files": "integer",
    "total_directories": "integer",
    "total_size_bytes": "bigint",
    "enrichment_data": "jsonb",
    "enrichment_sources": "ARRAY",
    "is_enriched": "boolean",
    "generation_time_ms": "integer",
    "enrichment_time_ms": "integer",
    "version": "integer",
    "parent_snapshot_id": "uuid",
    "created_at": "timestamp with time zone",
    "updated_at": "timestamp with time zone",
    "expires_at": "timestamp with time zone",
}


@pytest.fixture
def project_id(service: OnexTreeService, repository: Repository) -> str:
    repository.write("README.md", "# Hello\n")
    repository.write("src/app.py", "print()\n")
    repository.commit()
    return service.add_project(repository.root).project_id


def test_versions(service: OnexTreeService, repository: Repository, project_id: str) -> None:
    first = service.generate(project_id)
    assert (first.recorded.version, first.changed) == (1, True)
    same = service.generate(project_id)
    assert (same.recorded.version, same.changed) == (1, False)
    assert same.recorded.snapshot_id == first.recorded.snapshot_id

    repository.write("src/app.py", "print(1)\n")
    repository.write("new.txt", "x")
    (repository.root / "README.md").unlink()
    second = service.generate(project_id, trigger_type="event")
    assert (second.recorded.version, second.changed) == (2, True)
    shown = service.show(project_id)
    assert (shown.paths_added, shown.paths_modified, shown.paths_removed) == (
        ["new.txt"],
        ["src/app.py"],
        ["README.md"],
    )
    assert shown.parent_snapshot_id == first.recorded.snapshot_id
    assert (shown.is_dirty, shown.branch, shown.trigger_type) == (True, "trunk", "event")
    assert [entry.path for entry in service.files(project_id, 1)] == [b"README.md", b"src/app.py"]
    assert [entry.path for entry in service.files(project_id)] == [b"new.txt", b"src/app.py"]


def test_an_unchanged_tree_is_verified_and_lives_on(
    service: OnexTreeService, database: Database, project_id: str
) -> None:
    service.generate(project_id)
    with database.transaction() as connection:
        connection.execute("UPDATE onextree.versions SET expires_at = now()")
        (before,) = connection.execute("SELECT verified_at FROM onextree.projects").fetchone() or ()
    service.generate(project_id)
    with database.transaction() as connection:
        row = connection.execute(
            "SELECT p.verified_at, v.expires_at - now(), count(*) OVER ()"
            " FROM onextree.projects p JOIN onextree.versions v USING (project_key)"
        ).fetchone()
    assert row is not None
    assert row[0] > before
    assert row[1] > timedelta(days=29)
    assert row[2] == 1


def test_the_view_has_every_column_of_the_specification(
    service: OnexTreeService, database: Database, project_id: str
) -> None:
    with database.transaction() as connection:
        columns = dict(
            connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = 'onextree_snapshots'"
            ).fetchall()
        )
    assert SPECIFIED_COLUMNS.items() <= columns.items()


def nested_paths(node: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for child in node["children"]:
        assert child["path"] == (f"{node['path']}/" if node["path"] else "") + child["name"]
        if child["type"] == "directory" and "size" not in child:
            found |= nested_paths(child)
        else:
            found[child["path"]] = child
    return found


def test_the_view_puts_the_tree_together(
    service: OnexTreeService, database: Database, repository: Repository, project_id: str
) -> None:
    for path in ("a-b/x", "a/b/c.PY", "a.b/y", "a/\x01/z", "a\x01b/w", 'q"uote\\', "é/ü"):
        repository.write(path, path)
    repository.write("run", "x").chmod(0o755)
    (repository.root / "link").symlink_to("run")
    service.generate(project_id)
    repository.write("later", "x")
    service.generate(project_id)
    with database.transaction() as connection:
        rows = connection.execute(
            "SELECT tree_structure FROM onextree_snapshots WHERE project_id = %s ORDER BY version",
            (project_id,),
        ).fetchall()
    for version, (tree,) in enumerate(rows, start=1):
        assert (tree["path"], tree["name"], tree["type"]) == ("", "project", "directory")
        nodes = nested_paths(tree)
        files = {decode_name(entry.path): entry for entry in service.files(project_id, version)}
        assert nodes.keys() == files.keys()
        for path, entry in files.items():
            assert nodes[path]["size"] == entry.size
            assert nodes[path].get("digest") == (entry.digest.hex() if entry.digest else None)
    assert nodes["a/b/c.PY"]["extension"] == "py"
    assert nodes["run"]["executable"] is True
    assert nodes["link"]["kind"] == "symlink"


def test_an_older_scan_does_not_replace_a_newer_one(
    service: OnexTreeService, database: Database, repository: Repository, project_id: str
) -> None:
    with database.transaction() as connection:
        slow = projects.find_project(connection, project_id)
    old_tree = scan(repository.root, git_timeout=30).tree
    repository.write("newer", "x")
    newer = service.generate(project_id)
    with database.transaction() as connection:
        projects.lock_project(connection, slow.project_key, 5)
        late = recording.record_version(
            connection,
            slow,
            old_tree,
            root=repository.root,
            occasion=Occasion(slow.read_at, "manual", 1, 30),
            classes=FileClasses(),
            max_loss=0.5,
            describe=describe,
        )
    assert (late.superseded, late.changed, late.version) == (True, False, 1)
    assert late.tree_hash == newer.recorded.tree_hash


def test_a_writer_does_not_wait_for_ever(
    service: OnexTreeService, settings: Settings, database: Database, project_id: str
) -> None:
    impatient = Database(settings.database_url.get_secret_value(), lock_timeout=0.05)  # type: ignore[union-attr]
    waiting = OnexTreeService(impatient, settings, RetryPolicy(attempts=1))
    project = service.find_project(project_id)
    with database.transaction() as connection:
        projects.lock_project(connection, project.project_key, 5)
        with pytest.raises(DeadlineExceeded):
            waiting.generate(project_id)
        assert waiting.find_project(project_id).last_version == 0  # readers do not wait
    impatient.close()
    assert service.generate(project_id).changed


def test_concurrent_generations_make_one_version_each_change(
    service: OnexTreeService, project_id: str
) -> None:
    results: list[int] = []

    def generate() -> None:
        results.append(service.generate(project_id).recorded.version)

    threads = [threading.Thread(target=generate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1, 1, 1, 1]


def test_a_failed_generation_stores_nothing(
    service: OnexTreeService, database: Database, repository: Repository, project_id: str
) -> None:
    service.generate(project_id)
    repository.write("new", "x")
    with database.transaction() as connection:
        connection.execute(
            "ALTER TABLE onextree.versions ADD CONSTRAINT broken CHECK (version < 2) NOT VALID"
        )
    with pytest.raises(Exception, match="PostgreSQL refused"):
        service.generate(project_id)
    with database.transaction() as connection:
        connection.execute("ALTER TABLE onextree.versions DROP CONSTRAINT broken")
    assert service.find_project(project_id).last_version == 1
    assert b"new" not in {entry.path for entry in service.files(project_id)}
    assert service.generate(project_id).recorded.version == 2


def test_enrichment(service: OnexTreeService, project_id: str) -> None:
    service.generate(project_id)
    assert service.show(project_id).is_enriched is False
    enrichment = service.enrich(project_id)
    stored = service.show(project_id)
    assert stored.is_enriched is True
    assert stored.enrichment_sources == ["local"]
    assert stored.enrichment_data == json.loads(json.dumps(enrichment.data))
    statistics = stored.enrichment_data["statistics"]
    assert statistics["total_files_analyzed"] == 2
    assert statistics["file_type_distribution"] == {"md": 1, "py": 1}
    assert stored.enrichment_data["version"] == "1.0"


def test_roots(service: OnexTreeService, repository: Repository, tmp_path: Path) -> None:
    project = service.add_project(repository.root)
    assert project.project_id == "project"
    assert service.add_project(repository.root).project_key == project.project_key
    other = Repository.init(tmp_path / "elsewhere" / "project")
    assert service.add_project(other.root).project_id.startswith("project-")
    with pytest.raises(ProjectRootMismatch):
        service.add_project(other.root, "project")
    with pytest.raises(ProjectRootNotAllowed):
        service.add_project("/etc")
    (tmp_path / "way-out").symlink_to("/etc")
    with pytest.raises(ProjectRootNotAllowed):
        service.add_project(tmp_path / "way-out")
    with pytest.raises(ProjectRootNotFound):
        service.add_project(tmp_path / "missing")
    assert len(service.list_projects()) == 2


def test_a_root_that_leads_elsewhere_now(
    service: OnexTreeService, repository: Repository, project_id: str, tmp_path: Path
) -> None:
    service.generate(project_id)
    repository.root.rename(tmp_path / "moved")
    with pytest.raises(ProjectRootNotFound):
        service.generate(project_id)
    repository.root.symlink_to(tmp_path / "moved")
    with pytest.raises(ProjectRootMismatch):
        service.generate(project_id)
    assert service.find_project(project_id).last_version == 1


def test_removal(service: OnexTreeService, database: Database, project_id: str) -> None:
    service.generate(project_id)
    service.remove_project(project_id)
    with database.transaction() as connection:
        for table in ("projects", "versions", "current_entries", "closed_entries"):
            row = connection.execute(f"SELECT count(*) FROM onextree.{table}").fetchone()
            assert row == (0,)
    with pytest.raises(ProjectNotFound):
        service.remove_project(project_id)


def test_unknown_versions(service: OnexTreeService, project_id: str) -> None:
    with pytest.raises(TreeNotFound):
        service.show(project_id)
    service.generate(project_id)
    with pytest.raises(TreeNotFound):
        service.files(project_id, 2)
    with pytest.raises(ProjectNotFound):
        service.files("nobody")


def test_paths_too_long_for_an_index_key(
    service: OnexTreeService, database: Database, repository: Repository, project_id: str
) -> None:
    directory = b"/".join([b"\xff" * 100] * 12)  # escaped, each byte takes four
    paths = [directory + b"/" + b"\xfe" * 255, directory + b"/short"]
    for path in paths:
        repository.write(path, path[-10:])
    service.generate(project_id)
    repository.write(paths[1], "changed")
    service.generate(project_id)
    (repository.root / os.fsdecode(paths[0])).unlink()
    service.generate(project_id)
    stored = [{entry.path for entry in service.files(project_id, version)} for version in (1, 2, 3)]
    assert set(paths) <= stored[0]
    assert set(paths) <= stored[1]
    assert paths[0] not in stored[2]
    assert service.show(project_id, 2).paths_modified == [decode_name(paths[1])]


names = st.sampled_from([b"a", b"b", b"c.py", b"\xff", b"n\n"])
edits = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "delete", "link", "executable"]),
        st.lists(names, min_size=1, max_size=3).map(b"/".join),
        st.sampled_from([b"1", b"2"]),
    ),
    max_size=4,
)


@hypothesis_settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(edits, min_size=1, max_size=5))
def test_any_history_reads_back_as_it_was_scanned(
    service: OnexTreeService,
    tmp_path_factory: pytest.TempPathFactory,
    settings: Settings,
    history: list[list[tuple[str, bytes, bytes]]],
) -> None:
    root = tmp_path_factory.mktemp("history")
    settings.__dict__["allowed_root_directories"] = (root.resolve(),)
    project = service.add_project(root)
    settings.__dict__["allowed_root_directories"] = (root.resolve(),)
    seen = []
    for edit in history:
        for change, path, content in edit:
            apply(root, change, path, content)
        seen.append(service.generate(project.project_id))
    hashes = [generation.recorded.tree_hash for generation in seen]
    for position, generation in enumerate(seen):
        assert generation.changed == (position == 0 or hashes[position] != hashes[position - 1])
        stored = service.files(project.project_id, generation.recorded.version)
        assert stored == list(generation.tree.entries)
        assert hash_tree(stored).hex == generation.recorded.tree_hash


def apply(root: Path, change: str, path: bytes, content: bytes) -> None:
    target = root / os.fsdecode(path)
    try:
        if change == "delete":
            target.unlink()
        elif change == "executable":
            target.chmod(0o755)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            if change == "link":
                target.symlink_to(os.fsdecode(content))
            else:
                target.write_bytes(content)
    except OSError:
        pass  # the edit does not fit what is there; the next one may
