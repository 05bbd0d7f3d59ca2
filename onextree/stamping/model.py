"""The values of stamps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

__all__ = [
    "METADATA_VERSION",
    "NAMESPACE",
    "PROTOCOL_VERSION",
    "FoundStamp",
    "Marked",
    "Reading",
    "Stamp",
    "StampForm",
    "StampType",
    "stamp_id",
]

NAMESPACE = "omninode.services.metadata"
"""Of stamps whose namespace nobody names."""

PROTOCOL_VERSION = "1.0"
METADATA_VERSION = "0.1"

_IDS = UUID("4a3c1f0e-6d1b-5d0c-9b7e-2f1a8c5e7d90")


class StampType(StrEnum):
    """How much a stamp says."""

    LIGHTWEIGHT = "lightweight"
    """One line."""
    RICH = "rich"
    """A block with what the tree knows."""


class StampForm(StrEnum):
    """How a stamp that was found is written."""

    LIGHTWEIGHT = "lightweight"
    RICH = "rich"
    SIDECAR = "sidecar"
    REFERENCE = "reference"
    """An older form of upstream's that names no hash of the content: it is told, never removed."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp that is to be written.

    Attributes:
        uid: See `stamp_id`.
        content_hash: BLAKE3 of the content without stamps, normalised; 64 hexadecimal digits.
        stamped_at: In UTC.
        author, version: What a lightweight one says too, where they are known.
        about: What a rich one says beside that, as JSON values; names in their order.
    """

    uid: UUID
    content_hash: str
    stamped_at: datetime
    stamp_type: StampType = StampType.LIGHTWEIGHT
    namespace: str = NAMESPACE
    protocol_version: str = PROTOCOL_VERSION
    author: str | None = None
    version: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundStamp:
    """A stamp that a content carries, or a sidecar.

    Attributes:
        uid, content_hash, stamped_at: As written; None where it does not say.
        fields: All that it says, by upstream's names.
        text: The stamp as written, without what separates it from the content.
        is_valid: Whether the hash is that of the content; None where it names none.
        is_current: Whether it is written as it would be written today, at its place.
    """

    form: StampForm
    uid: str | None
    content_hash: str | None
    stamped_at: str | None
    fields: Mapping[str, Any]
    text: str
    is_valid: bool | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A content taken apart.

    Attributes:
        content: Without its stamps.
        content_hash: BLAKE3 of that, normalised; 64 hexadecimal digits.
        blake3: BLAKE3 of the bytes that were read, stamps and all; 64 hexadecimal digits.
        stamps: In their order.
    """

    content: bytes
    content_hash: str
    blake3: str
    stamps: Sequence[FoundStamp]


@dataclass(frozen=True, slots=True)
class Marked:
    """A content with its stamp.

    Attributes:
        content: The content that carries it; beside a sidecar the one without stamps; where it is
            unchanged the bytes that were given.
        blake3: Of these bytes; 64 hexadecimal digits.
        text: The stamp as written; of a sidecar all of it.
        sidecar: The sidecar's bytes; None where the content itself carries the stamp.
        is_unchanged: Whether the content carried the stamp already.
    """

    content: bytes
    blake3: str
    text: str
    sidecar: bytes | None = None
    is_unchanged: bool = False


def stamp_id(namespace: str, content_hash: str) -> UUID:
    """The id of the stamp of a content: the same one whoever stamps it, and whenever."""
    return uuid5(_IDS, f"{namespace}\n{content_hash}")
