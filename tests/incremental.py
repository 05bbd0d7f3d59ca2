"""A project that is updated by what changed, and what it has to be then."""

from onextree.service import OnexTreeService
from onextree.service.incremental import Update
from onextree.store.database import Database
from onextree.tree.changes.decision import Mode
from onextree.tree.names import decode_name, directory_key
from onextree.tree.tree_hash import hash_tree
from tests.repositories import Repository
from tests.trees import scanned

__all__ = ["check_equals_scan", "check_stored_digests"]


def check_equals_scan(
    service: OnexTreeService, database: Database, repository: Repository, update: Update
) -> None:
    """Whether the newest version is the tree that a scan finds, in all that is stored of it."""
    tree = scanned(repository.root)
    snapshot = service.show(update.project_id)
    assert sorted(service.files(update.project_id)) == sorted(tree.entries)
    assert snapshot.tree_hash == update.summary.tree_hash == tree.tree_hash
    assert snapshot.total_files == update.summary.total_files == tree.total_files
    assert snapshot.total_directories == tree.total_directories
    assert snapshot.total_size_bytes == tree.total_size_bytes
    assert snapshot.unreadable_files == tree.unreadable
    if update.changed:
        assert (snapshot.commit_id, snapshot.branch) == (
            tree.provenance.commit,
            tree.provenance.branch,
        )
        assert snapshot.is_reconciled == (update.mode is Mode.FULL)
    check_stored_digests(service, database, update.project_id)


def check_stored_digests(service: OnexTreeService, database: Database, project_id: str) -> None:
    """Whether the stored digests are those of the newest version's directories."""
    digests = hash_tree(service.files(project_id)).digests
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT parent, name, digest FROM onextree.current_directories d"
            " JOIN onextree.projects p USING (project_key) WHERE p.project_id = %s",
            [project_id],
        ).fetchall()
    stored = {(parent, name): bytes(digest) for parent, name, digest in rows}
    expected = {}
    for directory, digest in digests.items():
        parent, _, name = directory.rpartition(b"/")
        if directory:
            expected[directory_key(decode_name(parent)), decode_name(name)] = digest
    assert stored == expected
