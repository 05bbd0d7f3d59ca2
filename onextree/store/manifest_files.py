"""What a manifest of stamps is made of: files of a version, and the rows that are there already."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from onextree.store.database import RawConnection, statement
from onextree.store.stamp_manifest import ManifestRow, StampState, StoredManifest, path_key
from onextree.tree.names import directory_key, encode_name

__all__ = [
    "ManifestFile",
    "MismatchedProject",
    "changed_paths",
    "files_named",
    "files_of_version",
    "is_still",
    "manifest_rows",
    "mismatched_projects",
    "unread_paths",
]

_MOST_PATHS = 1_000  # that are looked up one by one


class ManifestFile(NamedTuple):
    """A file of a version, executable or not.

    Attributes:
        size: Bytes.
        blake3: Of its bytes; None where it could not be read.
    """

    path: str
    size: int
    blake3: bytes | None

    @property
    def directory(self) -> bytes:
        """Path of its directory, as raw bytes."""
        return encode_name(self.path.rpartition("/")[0])

    @property
    def name(self) -> bytes:
        """As raw bytes."""
        return encode_name(self.path.rpartition("/")[2])

    @property
    def digest(self) -> bytes:
        """As `blake3`; whoever wants its content has seen that it has one."""
        assert self.blake3 is not None
        return self.blake3


@dataclass(frozen=True, slots=True)
class MismatchedProject:
    """A project with files whose stamps name another hash than that of their content.

    Attributes:
        number: How many.
        rows: The first of them, by path.
    """

    project_id: str
    number: int
    rows: Sequence[ManifestRow]


def files_of_version(
    connection: RawConnection, project_key: int, version: int
) -> dict[str, ManifestFile]:
    """All files of a version, by path."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            statement("manifest_files"), {"project_key": project_key, "version": version}
        )
        return {row[0]: ManifestFile(*row) for row in cursor}


def files_named(
    connection: RawConnection, project_key: int, version: int, paths: Collection[str]
) -> dict[str, ManifestFile]:
    """Those of some paths that are files of a version."""
    if not paths:
        return {}
    named = list(paths)
    parts = [path.rpartition("/") for path in named]
    parameters = {
        "project_key": project_key,
        "version": version,
        "paths": named,
        "dirs": [directory_key(directory) for directory, _, _ in parts],
        "names": [name for _, _, name in parts],
    }
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("named_manifest_files"), parameters, prepare=True)
        return {row[0]: ManifestFile(*row) for row in cursor}


def changed_paths(
    connection: RawConnection, project_key: int, snapshot_id: UUID, *, before: int, after: int
) -> set[str] | None:
    """Paths that are not the same in a version and an earlier one, and maybe some that are.

    Args:
        snapshot_id: The earlier one.

    Returns:
        None where the earlier one was deleted: what it had is not known.
    """
    known = connection.execute(
        statement("version_exists"), {"snapshot_id": snapshot_id}, prepare=True
    ).fetchone()
    if before > after or known is None or not known[0]:
        return None
    if before == after:
        return set()
    versions = {"project_key": project_key, "least": before, "most": after, "limit": _MOST_PATHS}
    told = connection.execute(statement("delta_paths"), versions, prepare=True).fetchone()
    if told is not None and told[0] is not None:
        return set(told[0])
    compared = {"project_key": project_key, "before": before, "after": after}
    return {row[0] for row in connection.execute(statement("differing_intervals"), compared)}


def is_still(connection: RawConnection, project_key: int, base: StoredManifest | None) -> bool:
    """Whether a manifest is the project's still; None where there was none."""
    row = connection.execute(
        "SELECT snapshot_id, made_at FROM onextree.stamp_manifests WHERE project_key = %s",
        [project_key],
        prepare=True,
    ).fetchone()
    return row == (None if base is None else (base.snapshot_id, base.made_at))


def unread_paths(connection: RawConnection, project_key: int) -> set[str]:
    """Paths of the manifest whose contents were not read."""
    rows = connection.execute(
        "SELECT path FROM onextree.stamp_manifest WHERE project_key = %s AND state = 'unread'",
        [project_key],
    )
    return {path for (path,) in rows}


def manifest_rows(
    connection: RawConnection, project_key: int, paths: Iterable[str] | None = None
) -> dict[str, ManifestRow]:
    """Rows of the manifest, by path; of some paths alone where these are given."""
    keys = None if paths is None else [path_key(path) for path in paths]
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("manifest_rows"), {"project_key": project_key, "keys": keys})
        return {
            path: ManifestRow(path, digest, content_hash, StampState(state), *said)
            for path, digest, content_hash, state, *said in cursor
        }


def mismatched_projects(connection: RawConnection, *, most: int) -> list[MismatchedProject]:
    """Registered projects that have such files, by id.

    Args:
        most: Rows of each.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement("mismatched_stamps"), {"most": most})
        found = [
            (project_id, number, ManifestRow(path, digest, content_hash, StampState(state), *said))
            for project_id, number, path, digest, content_hash, state, *said in cursor
        ]
    return [
        MismatchedProject(project_id, number, [row for _, _, row in rows])
        for (project_id, number), rows in groupby(found, key=itemgetter(0, 1))
    ]
