"""Contents with stamps, as files of projects of tests have them, and what is stored of these."""

from datetime import UTC, datetime
from pathlib import Path

from onextree.service import Manifest, OnexTreeService
from onextree.stamping import marking
from onextree.stamping.model import NAMESPACE, Marked, Stamp, StampType, stamp_id
from onextree.stamping.sidecars import sidecar_name
from onextree.store import manifest_files, projects
from onextree.store.database import Database
from onextree.store.stamp_manifest import ManifestRow
from tests.repositories import Repository

__all__ = [
    "FOREIGN_HASH",
    "beside",
    "check_is_fresh",
    "forget",
    "looked_at",
    "manifest_of",
    "mark",
    "stamped_project",
    "states",
    "write_sidecar",
    "write_stamped",
]

FOREIGN_HASH = "ab" * 32
_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def mark(
    content: str | bytes,
    name: str,
    stamp_type: StampType = StampType.LIGHTWEIGHT,
    *,
    sidecar: bool = False,
) -> Marked:
    """A content with its own stamp, in it or beside it."""
    raw = content.encode() if isinstance(content, str) else content
    reading = marking.read(raw)
    uid = stamp_id(NAMESPACE, reading.content_hash)
    stamp = Stamp(uid, reading.content_hash, _AT, stamp_type)
    return marking.mark(raw, reading, name, stamp, sidecar=sidecar)


def write_stamped(
    root: Repository,
    path: str,
    content: str | bytes,
    stamp_type: StampType = StampType.LIGHTWEIGHT,
) -> Marked:
    """Write a file with its stamp, in it, or beside it where its type has no comments."""
    marked = mark(content, path.rpartition("/")[2], stamp_type)
    root.write(path, marked.content)
    if marked.sidecar is not None:
        root.write(beside(path), marked.sidecar)
    return marked


def write_sidecar(root: Repository, path: str, content: str | bytes) -> None:
    """Write the sidecar that a file of that content has, and leave the file as it is."""
    made = mark(content, path.rpartition("/")[2], sidecar=True).sidecar
    assert made is not None
    root.write(beside(path), made)


def beside(path: str) -> str:
    """The path of a file's sidecar."""
    directory, _, name = path.rpartition("/")
    return f"{directory}/{sidecar_name(name)}".lstrip("/")


def manifest_of(database: Database, project_id: str) -> dict[str, ManifestRow]:
    """The rows of a project's manifest, by path."""
    with database.reading() as connection:
        project = projects.find_project(connection, project_id)
        return manifest_files.manifest_rows(connection, project.project_key)


def forget(database: Database) -> None:
    """Have no manifest, nor know what contents say."""
    with database.transaction() as connection:
        for table in ("stamp_manifest", "stamp_manifests", "stamp_contents"):
            connection.execute(f"DELETE FROM onextree.{table}".encode())


def states(database: Database, service: OnexTreeService, project_id: str) -> dict[str, str]:
    """Make the manifest of the newest version: path to state."""
    manifest = service.stamp_manifest(project_id)
    rows = manifest_of(database, project_id)
    found = {path: row.state.value for path, row in rows.items()}
    assert manifest.is_stored
    assert sum(manifest.counts.values()) == len(found)
    for state, number in manifest.counts.items():
        assert number == sum(each == state for each in found.values())
    return found


def looked_at(service: OnexTreeService) -> Manifest:
    """The manifest of a new version of ``shop``."""
    service.generate("shop")
    return service.stamp_manifest("shop")


def check_is_fresh(service: OnexTreeService, database: Database) -> None:
    """The manifest of ``shop`` that is stored is what a first one would be."""
    before, rows = service.stamp_manifest("shop"), manifest_of(database, "shop")
    forget(database)
    fresh = service.stamp_manifest("shop")
    assert fresh.before is None
    assert manifest_of(database, "shop") == rows
    assert (fresh.version, fresh.counts) == (before.version, before.counts)
    assert (fresh.mismatched, fresh.waiting) == (before.mismatched, before.waiting)


def stamped_project(root: Path, service: OnexTreeService) -> Repository:
    """A project with a file that has a stamp, one that has none, and a sidecar; no version yet."""
    made = Repository(root)
    made.write("plain.py", "print()\n")
    write_stamped(made, "src/app.py", "print(1)\n")
    write_stamped(made, "data.json", '{"a": 1}\n')
    service.add_project(root, root.name)
    return made
