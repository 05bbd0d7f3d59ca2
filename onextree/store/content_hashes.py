"""What contents are without their stamps, as far as that is known."""

from collections.abc import Collection
from typing import NamedTuple

from onextree.store.database import RawConnection, statement

__all__ = ["KnownContent", "find_content_hashes"]


class KnownContent(NamedTuple):
    """What is known of bytes.

    Attributes:
        form: Of the stamp that they carry; None where they carry none, or that is not known.
    """

    content_hash: bytes
    form: str | None


def find_content_hashes(
    connection: RawConnection, digests: Collection[bytes]
) -> dict[bytes, KnownContent]:
    """Of what was stamped, or read for its stamps, by BLAKE3 of the bytes."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("content_hashes"), {"digests": list(digests)}, prepare=True)
        return {digest: KnownContent(*known) for digest, *known in cursor}
