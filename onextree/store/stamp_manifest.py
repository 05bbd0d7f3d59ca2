"""Which files of a project carry which stamps, as of one version; and what contents carry."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from onextree.store.database import RawConnection

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
    "record_manifest",
]


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
        stamp_hash: That the stamp names; None where it names none.
    """

    content_hash: bytes
    form: str | None
    uid: str | None
    stamp_hash: bytes | None


class ManifestRow(NamedTuple):
    """A file of a version and its stamp.

    Attributes:
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
    """What is known of contents, by BLAKE3 of their bytes."""
    raise NotImplementedError


def add_content_stamps(
    connection: RawConnection, known: Mapping[bytes, ContentStamp], *, reading_version: int
) -> None:
    """Store what contents say."""
    raise NotImplementedError


def delete_content_stamps(connection: RawConnection, *, days: int, most: int) -> int:
    """Delete a batch of what no manifest has had for so many days; how many."""
    raise NotImplementedError


def find_manifest(connection: RawConnection, project_key: int) -> StoredManifest | None:
    """The manifest of a project; None where it has none."""
    raise NotImplementedError


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
    """Store rows as the project's only writer.

    Args:
        rows: Those that are new or not as they were; all of them where `gone` is None.
        gone: Paths whose rows go; None replaces the whole manifest.
    """
    raise NotImplementedError


def mismatched_rows(connection: RawConnection, project_key: int, *, most: int) -> list[ManifestRow]:
    """Files whose stamp names another hash than that of their content, by path."""
    raise NotImplementedError
