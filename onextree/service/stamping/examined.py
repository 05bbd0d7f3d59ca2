"""What of a version has to be looked at for its manifest of stamps."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from onextree.service.stamping.states import READING_VERSION
from onextree.stamping.sidecars import is_sidecar, sidecar_name, sidecar_of
from onextree.store import manifest_files, moments, projects, snapshots
from onextree.store.database import RawConnection
from onextree.store.manifest_files import ManifestFile
from onextree.store.moments import Moment
from onextree.store.projects import Project
from onextree.store.snapshots import Snapshot
from onextree.store.stamp_manifest import ManifestRow, StampState, StoredManifest, find_manifest

__all__ = ["Examined", "examine"]


@dataclass(frozen=True, slots=True)
class Examined:
    """A version, and what of it is to be looked at.

    Attributes:
        base: The manifest that is there.
        paths: Those that are to be looked at; None for all files.
        files: These files, and the sidecars beside them.
        rows: What the manifest has of them.
    """

    project: Project
    snapshot: Snapshot
    base: StoredManifest | None
    is_to_be_stored: bool
    paths: Collection[str] | None
    files: Mapping[str, ManifestFile]
    rows: Mapping[str, ManifestRow]

    def looked_at(self) -> Iterator[tuple[ManifestFile, ManifestFile | None, bool]]:
        """Files whose rows are to be made, by path: each with its sidecar, or whether it is one."""
        files = self.files
        for path in sorted(files if self.paths is None else files.keys() & self.paths):
            directory, _, name = path.rpartition("/")
            if is_sidecar(name):
                yield files[path], None, True
            else:
                yield files[path], files.get(_join(directory, sidecar_name(name))), False


def examine(connection: RawConnection, project_id: str, version: int | None) -> Examined:
    """A version of a registered project, the newest one by default.

    Raises:
        ProjectNotFound, TreeNotFound: No such project or version.
    """
    project = projects.find_project(connection, project_id)
    located = moments.locate(connection, project_id, Moment(version=version))
    snapshot = snapshots.find_snapshot(connection, project_id, located.version)
    key = project.project_key
    base = find_manifest(connection, key)
    if base is not None and base.version > located.version and not located.is_newest:
        files = manifest_files.files_of_version(connection, key, located.version)
        return Examined(project, snapshot, base, False, None, files, {})
    paths = _paths_to_look_at(connection, key, base, located.version)
    if paths is None:
        files = manifest_files.files_of_version(connection, key, located.version)
        rows = manifest_files.manifest_rows(connection, key) if base else {}
        return Examined(project, snapshot, base, True, None, files, rows)
    files = manifest_files.files_named(
        connection, key, located.version, paths | set(_sidecars(paths))
    )
    rows = manifest_files.manifest_rows(connection, key, paths) if paths else {}
    return Examined(project, snapshot, base, True, paths, files, rows)


def _paths_to_look_at(
    connection: RawConnection, project_key: int, base: StoredManifest | None, version: int
) -> set[str] | None:
    """Paths whose rows may not be as the manifest has them; None where all may not."""
    if base is None or base.reading_version != READING_VERSION:
        return None
    changed = manifest_files.changed_paths(
        connection, project_key, base.snapshot_id, before=base.version, after=version
    )
    if changed is None:
        return None
    paths = {*changed, *_carriers(changed)}
    if base.counts[StampState.UNREAD]:
        paths |= manifest_files.unread_paths(connection, project_key)
    return paths


def _carriers(paths: Iterable[str]) -> Iterator[str]:
    """The files that sidecars among these are about."""
    for path in paths:
        directory, _, name = path.rpartition("/")
        about = sidecar_of(name)
        if about is not None:
            yield _join(directory, about)


def _sidecars(paths: Iterable[str]) -> Iterator[str]:
    """Where sidecars of these files would be."""
    for path in paths:
        directory, _, name = path.rpartition("/")
        if not is_sidecar(name):
            yield _join(directory, sidecar_name(name))


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
