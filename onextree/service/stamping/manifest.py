"""Use cases: which files of a version carry which stamps, and whether these hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from onextree.service.analysing import Analysing
from onextree.service.stamping.examined import Examined, examine
from onextree.service.stamping.states import (
    READING_VERSION,
    content_stamp,
    manifest_row,
    sidecar_row,
)
from onextree.store import manifest_files
from onextree.store import stamp_manifest as store
from onextree.store.database import RawConnection
from onextree.store.manifest_files import ManifestFile, MismatchedProject
from onextree.store.projects import Project
from onextree.store.stamp_manifest import ContentStamp, ManifestRow, StampState, StoredManifest

__all__ = ["Manifest", "StampManifests"]

_SHOWN = 50
_BATCH = 5_000  # contents whose stamps are stored at once


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which files of a version carry which stamps, in short.

    Attributes:
        commit_id: Of the version.
        counts: Files by state; each state is there.
        contents_read: Contents that had to be read now; what is known of one is not read again.
        waiting: Unread files whose contents, or sidecars, may be at hand the next time.
        changed, removed: Rows that are new or not as they were in the manifest before, and those
            that went.
        before: That manifest; None where there was none.
        mismatched: The first files whose stamps name another hash than that of their content.
        is_stored: Not where a later version has a manifest already.
    """

    project_id: str
    version: int
    tree_hash: str
    commit_id: str | None
    counts: Mapping[StampState, int]
    contents_read: int
    waiting: int
    changed: int
    removed: int
    before: StoredManifest | None
    mismatched: Sequence[ManifestRow]
    is_stored: bool

    @property
    def stampable(self) -> int:
        """Files that can carry a stamp: all but sidecars."""
        return sum(self.counts.values()) - self.counts[StampState.SIDECAR]


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of it: rows that are not as they were, and the paths of those that go."""

    rows: Sequence[ManifestRow]
    changed: Sequence[ManifestRow]
    gone: Sequence[str]
    contents_read: int
    waiting: int


class StampManifests(Analysing):
    """Manifests of stamps: what contents say is read once for all versions and projects."""

    def stamp_manifest(self, project_id: str, version: int | None = None) -> Manifest:
        """Look at the stamps of a version's files, and store which file carries which.

        Only what is not the same as in the version of the stored manifest is looked at, and what
        could not be read then. A version that is older than that one is answered, not stored.

        Args:
            version: The newest one by default.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        while True:
            examined = self._read(lambda connection: examine(connection, project_id, version))
            found = self._look_at_stamps(examined)
            if not examined.is_to_be_stored:
                return _manifest(examined, found, None, _mismatched(found.rows))
            manifest = self._store_manifest(examined, found)
            if manifest is not None:
                return manifest
            # Another one was stored meanwhile: this one is made of that.

    def mismatched_stamps(self, *, most: int = _SHOWN) -> list[MismatchedProject]:
        """Registered projects with files whose stamps no longer hold, as of their manifests.

        Args:
            most: Files of each project that are named.
        """
        return self._read(
            lambda connection: manifest_files.mismatched_projects(connection, most=most)
        )

    def _look_at_stamps(self, examined: Examined) -> _Found:
        """What the stamps of the files say."""
        known, contents_read = self._known_stamps(examined)
        rows = []
        waiting = 0
        for file, sidecar, is_one in examined.looked_at():
            if is_one:
                rows.append(sidecar_row(file))
                continue
            row = manifest_row(file, _of(file, known), sidecar, _of(sidecar, known))
            rows.append(row)
            if row.state is StampState.UNREAD:
                waiting += self._is_stampable(file if row.content_hash is None else sidecar)
        changed = [row for row in rows if examined.rows.get(row.path) != row]
        gone = sorted(examined.rows.keys() - {row.path for row in rows})
        return _Found(rows, changed, gone, contents_read, waiting)

    def _known_stamps(self, examined: Examined) -> tuple[dict[bytes, ContentStamp], int]:
        """What the contents of files say, as far as they are at hand; how many were read now."""
        files = [file for file in examined.files.values() if self._is_stampable(file)]
        digests = {file.digest for file in files}
        if not digests:
            return {}, 0
        known = self._transact(
            lambda connection: store.find_content_stamps(
                connection, digests, reading_version=READING_VERSION
            )
        )
        wanted = {file.digest: file for file in reversed(files) if file.digest not in known}
        if not wanted:
            return known, 0
        read: dict[bytes, ContentStamp] = {}
        with self._contents(examined.project, examined.snapshot) as contents:
            for file, content in contents.read(list(wanted.values())):
                read[file.digest] = content_stamp(content)
            # Of several files with one content, another may be at hand.
            missing = wanted.keys() - read.keys()
            others = [f for f in files if f.digest in missing and f is not wanted[f.digest]]
            for file, content in contents.read(others):
                if file.digest not in read:
                    read[file.digest] = content_stamp(content)
        left = iter(read.items())
        while batch := dict(islice(left, _BATCH)):
            self._add_content_stamps(batch)
        return {**known, **read}, len(read)

    def _add_content_stamps(self, read: Mapping[bytes, ContentStamp]) -> None:
        self._transact(
            lambda connection: store.add_content_stamps(
                connection, read, reading_version=READING_VERSION
            )
        )

    def _is_stampable(self, file: ManifestFile | None) -> bool:
        """Whether a file's content can be at hand at all, and is not too large."""
        most = self._settings.stamp_max_bytes
        return file is not None and file.blake3 is not None and file.size <= most

    def _store_manifest(self, examined: Examined, found: _Found) -> Manifest | None:
        """Store it as the project's only writer; None where it was made of one that is gone."""

        def write(connection: RawConnection, project: Project) -> Manifest | None:
            key = project.project_key
            if not manifest_files.is_still(connection, key, examined.base):
                return None
            stored = store.record_manifest(
                connection,
                key,
                examined.snapshot.snapshot_id,
                examined.snapshot.version,
                reading_version=READING_VERSION,
                rows=found.changed,
                gone=found.gone if examined.base else None,
            )
            mismatched = store.mismatched_rows(connection, key, most=_SHOWN)
            return _manifest(examined, found, stored, mismatched)

        return self._write(examined.project.project_id, write)


def _of(file: ManifestFile | None, known: Mapping[bytes, ContentStamp]) -> ContentStamp | None:
    return known.get(file.blake3) if file is not None and file.blake3 is not None else None


def _mismatched(rows: Iterable[ManifestRow]) -> list[ManifestRow]:
    return [row for row in rows if row.state is StampState.MISMATCHED][:_SHOWN]


def _manifest(
    examined: Examined,
    found: _Found,
    stored: StoredManifest | None,
    mismatched: Sequence[ManifestRow],
) -> Manifest:
    counted = stored.counts if stored else Counter(row.state for row in found.rows)
    snapshot = examined.snapshot
    return Manifest(
        examined.project.project_id,
        snapshot.version,
        snapshot.tree_hash,
        snapshot.commit_id,
        {state: counted.get(state, 0) for state in StampState},
        found.contents_read,
        found.waiting,
        len(found.changed) if stored else 0,
        len(found.gone) if stored else 0,
        examined.base,
        mismatched,
        stored is not None,
    )
