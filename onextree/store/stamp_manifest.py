"""Which files of a project carry which stamps, as of one version; and what contents carry."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from blake3 import blake3

from onextree.store.database import RawConnection, statement
from onextree.store.storable import storable_text

__all__ = [
    "ContentStamp",
    "ManifestRow",
    "StampState",
    "StoredManifest",
    "add_content_stamps",
    "delete_content_stamps",
    "find_content_stamps",
    "find_manifest",
    "mismatched_rows",
    "path_key",
    "record_manifest",
]

_TYPES = ("int4", "bytea", "text", "bytea", "bytea", "text", "text", "text", "bytea", "text")
_NAMES = (
    *("paths", "digests", "content_hashes", "states", "forms", "uids", "stamp_hashes"),
    "sidecar_paths",
)


class StampState(StrEnum):
    """What a file's stamp says of it."""

    STAMPED = "stamped"
    MISMATCHED = "mismatched"
    """It has a stamp, whose hash is not that of the content."""
    UNSTAMPED = "unstamped"
    SIDECAR = "sidecar"
    """It is one."""
    UNREAD = "unread"
    """Its content was not at hand, or is larger than what is stamped."""


class ContentStamp(NamedTuple):
    """What a content says of itself, whatever file it is of.

    Attributes:
        content_hash: Of the content without its stamps, normalised; 32 bytes.
        form: A `onextree.stamping.model.StampForm`; None where it carries no stamp.
        uid: As the stamp has it, whoever wrote that; who reads stamps bounds its length, and what
            PostgreSQL cannot hold of it is stored as `onextree.store.storable` has it.
        stamp_hash: That the stamp names; None where it names none.
    """

    content_hash: bytes
    form: str | None
    uid: str | None
    stamp_hash: bytes | None


class ManifestRow(NamedTuple):
    """A file of a version and its stamp.

    Attributes:
        path: As `onextree.tree.names` decodes it.
        digest: BLAKE3 of the file's bytes; None where that is not known.
        sidecar_path: Of the sidecar that carries the stamp.
    """

    path: str
    digest: bytes | None
    content_hash: bytes | None
    state: StampState
    form: str | None
    uid: str | None
    stamp_hash: bytes | None
    sidecar_path: str | None


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """The manifest of a project: of which version its rows are, and how many of each state."""

    snapshot_id: UUID
    version: int
    reading_version: int
    made_at: datetime
    counts: Mapping[StampState, int]


def find_content_stamps(
    connection: RawConnection, digests: Collection[bytes], *, reading_version: int
) -> dict[bytes, ContentStamp]:
    """What is known of contents, by BLAKE3 of their bytes.

    Which ones were asked for is noted about once a week, so that nothing that is used is deleted.
    """
    found: dict[bytes, ContentStamp] = {}
    long_unused: list[bytes] = []
    if not digests:
        return found
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            statement("find_content_stamps"),
            {"digests": list(digests), "reading_version": reading_version},
        )
        for digest, *said, is_long_unused in cursor:
            found[digest] = ContentStamp(*said)
            if is_long_unused:
                long_unused.append(digest)
    if long_unused:
        connection.execute(statement("note_content_uses"), {"digests": long_unused})
    return found


def add_content_stamps(
    connection: RawConnection, known: Mapping[bytes, ContentStamp], *, reading_version: int
) -> None:
    """Store what contents say."""
    if not known:
        return
    connection.execute(
        statement("add_content_stamps"),
        {
            "digests": list(known),
            "content_hashes": [each.content_hash for each in known.values()],
            "forms": [each.form for each in known.values()],
            "uids": [_text(each.uid) for each in known.values()],
            "stamp_hashes": [each.stamp_hash for each in known.values()],
            "reading_version": reading_version,
        },
    )


def delete_content_stamps(connection: RawConnection, *, days: int, most: int = 5_000) -> int:
    """Delete a batch of what no manifest has had, and nobody has asked for, in so many days.

    Returns:
        How many; 0 where none is left.
    """
    asked = {"days": days, "most": most}
    return connection.execute(statement("delete_content_stamps"), asked).rowcount


def find_manifest(connection: RawConnection, project_key: int) -> StoredManifest | None:
    """The manifest of a project; None where it has none."""
    row = connection.execute(
        statement("find_manifest"), {"project_key": project_key}, prepare=True
    ).fetchone()
    if row is None:
        return None
    snapshot_id, version, reading_version, made_at, counts = row
    return StoredManifest(
        snapshot_id,
        version,
        reading_version,
        made_at.astimezone(UTC),
        {state: counts.get(state, 0) for state in StampState},
    )


def record_manifest(
    connection: RawConnection,
    project_key: int,
    snapshot_id: UUID,
    version: int,
    *,
    reading_version: int,
    rows: Iterable[ManifestRow],
    gone: Sequence[str] | None,
) -> StoredManifest:
    """Store rows as the project's only writer: the caller holds the project's lock.

    Args:
        rows: Those that are new or not as they were; all of them where `gone` is None. Of a path
            there is one.
        gone: Paths whose rows go; None replaces the whole manifest.
    """
    if gone is None:
        counts = _replace(connection, project_key, rows)
    else:
        counts = _change(connection, project_key, list(rows), gone)
    connection.execute(
        statement("note_manifest"),
        {
            "project_key": project_key,
            "snapshot_id": snapshot_id,
            "version": version,
            "reading_version": reading_version,
            "counts": orjson.dumps(counts).decode(),
        },
        prepare=True,
    )
    stored = find_manifest(connection, project_key)
    assert stored is not None
    return stored


def mismatched_rows(connection: RawConnection, project_key: int, *, most: int) -> list[ManifestRow]:
    """Files whose stamp names another hash than that of their content, by path."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("mismatched_rows"), {"project_key": project_key, "most": most})
        return [
            ManifestRow(path, digest, content_hash, StampState(state), *said)
            for path, digest, content_hash, state, *said in cursor
        ]


def _replace(
    connection: RawConnection, project_key: int, rows: Iterable[ManifestRow]
) -> Counter[str]:
    """Store all rows; how many there are of each state."""
    counts: Counter[str] = Counter()
    _note_uses(connection, project_key, None)
    connection.execute(statement("delete_manifest"), {"project_key": project_key})
    with connection.cursor() as cursor, cursor.copy(statement("copy_manifest_rows")) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row((project_key, path_key(row.path), *_stored(row)))
            counts[row.state.value] += 1
    return counts


def _change(
    connection: RawConnection, project_key: int, rows: Sequence[ManifestRow], gone: Sequence[str]
) -> Counter[str]:
    """Store some rows; how many there are of each state then."""
    before = find_manifest(connection, project_key)
    counts = Counter(
        {state.value: count for state, count in before.counts.items()} if before else {}
    )
    without = {path_key(path) for path in gone}
    keys = without.union(path_key(row.path) for row in rows)
    if not keys:
        return counts
    counts.subtract(
        dict(
            connection.execute(
                statement("manifest_states"), {"project_key": project_key, "path_keys": list(keys)}
            ).fetchall()
        )
    )
    counts.update(row.state.value for row in rows)
    _note_uses(connection, project_key, list(keys))
    if without:
        connection.execute(
            statement("delete_manifest_rows"),
            {"project_key": project_key, "path_keys": list(without)},
            prepare=True,
        )
    if rows:
        connection.execute(
            statement("store_manifest_rows"),
            {"project_key": project_key, **_columns(rows)},
            prepare=True,
        )
    return counts


def _note_uses(connection: RawConnection, project_key: int, keys: list[bytes] | None) -> None:
    """What a manifest has now is kept for as long as if it were asked for today."""
    connection.execute(
        statement("note_manifest_uses"), {"project_key": project_key, "path_keys": keys}
    )


def path_key(path: str) -> bytes:
    """By what a row is known: a path can be longer than a key of an index."""
    return blake3(path.encode()).digest(16)


def _columns(rows: Sequence[ManifestRow]) -> dict[str, Any]:
    columns = zip(*map(_stored, rows), strict=True)
    return {
        "path_keys": [path_key(row.path) for row in rows],
        **dict(zip(_NAMES, map(list, columns), strict=True)),
    }


def _stored(row: ManifestRow) -> tuple[Any, ...]:
    return (*row[:3], row.state.value, row.form, _text(row.uid), *row[6:])


def _text(text: str | None) -> str | None:
    return None if text is None else storable_text(text)
