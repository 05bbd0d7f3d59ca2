"""A new version and an enrichment UPDATE, beside the specification's document layout."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blake3 import blake3

from benchmarks.document_layout import DocumentLayout
from benchmarks.timing import Row, Timings, milliseconds
from onextree.service import OnexTreeService
from onextree.store.database import Database, statement
from onextree.store.rows import compare, to_rows
from onextree.store.snapshots import enrich_version

__all__ = ["measure_store"]

_CHANGED = 10
_DOCUMENT = "document with GIN"


def measure_store(
    service: OnexTreeService, database: Database, root: Path, files: int, rounds: int
) -> Iterator[Row]:
    """Both writes at one tree size; ``rounds`` of ours, a tenth of them of the peer's."""
    project = service.add_project(root, f"store-{files}")
    generation = service.generate(project.project_id)
    inserts = Timings(tuple(_insert_versions(service, database, project.project_id, rounds)))
    documents = DocumentLayout(database, _tree(database), generation.recorded.tree_hash)
    documents.insert()
    peer_rounds = max(5, rounds // 10)
    peer = Timings(tuple(milliseconds(documents.insert) for _ in range(peer_rounds)))
    yield Row(
        f"INSERT of a version, {_CHANGED} of {files:,} files changed",
        "100 ms",
        "p50 <= 1 ms, >= 100 x",
        inserts,
        _DOCUMENT,
        peer,
        faster=True,
    )

    enrichment = service.enrich(project.project_id)

    def enrich() -> None:
        with database.transaction() as connection:
            enrich_version(
                connection,
                enrichment.snapshot_id,
                data=enrichment.data,
                sources=["local"],
                time_ms=1,
            )

    enrich()
    mine = Timings(tuple(milliseconds(enrich) for _ in range(rounds)))
    other = Timings(
        tuple(milliseconds(lambda: documents.enrich(enrichment.data)) for _ in range(peer_rounds))
    )
    yield Row(
        f"UPDATE of the enrichment, {files:,} files",
        "50 ms",
        "p50 <= 1 ms",
        mine,
        _DOCUMENT,
        other,
        faster=True,
    )


def _insert_versions(
    service: OnexTreeService, database: Database, project_id: str, rounds: int
) -> Iterator[float]:
    """Milliseconds of the statement and its commit, with ten other digests each time."""
    snapshot = service.show(project_id)
    project = service.find_project(project_id)
    before = to_rows(service.files(project_id))
    step = len(before) // _CHANGED
    for number in range(1, rounds + 1):
        after = dict(before)
        for key in list(before)[::step][:_CHANGED]:
            kind, size, _ = before[key]
            after[key] = (kind, size, blake3(b"%d" % number).digest())
        changes = compare(before, after)
        parameters: dict[str, Any] = {
            **changes.parameters,
            "project_key": project.project_key,
            "version": snapshot.version + number,
            "project_root": project.project_root,
            "tree_hash": f"{number:064x}",
            "total_files": snapshot.total_files,
            "total_directories": snapshot.total_directories,
            "total_size_bytes": snapshot.total_size_bytes,
            "generation_time_ms": 1,
            "parent_snapshot_id": snapshot.snapshot_id,
            "commit_id": None,
            "branch": None,
            "is_dirty": None,
            "is_mixed": False,
            "trigger_type": "manual",
            "unreadable_files": 0,
            "skipped_files": 0,
            "paths_added": changes.added,
            "paths_modified": changes.modified,
            "paths_removed": changes.removed,
            "scanned_at": project.read_at,
            "retention_days": 30,
        }

        def insert(given: dict[str, Any] = parameters) -> None:
            with database.transaction() as connection:
                connection.execute(statement("record_version"), given)

        yield milliseconds(insert)
        before = after


def _tree(database: Database) -> dict[str, Any]:
    with database.transaction() as connection:
        row = connection.execute(
            "SELECT tree_structure FROM onextree_snapshots ORDER BY created_at LIMIT 1"
        ).fetchone()
    assert row is not None
    tree: dict[str, Any] = row[0]
    return tree
