"""What contents are without their stamps, as far as that is known."""

from collections.abc import Collection

from onextree.store.database import RawConnection, statement

__all__ = ["find_content_hashes"]


def find_content_hashes(
    connection: RawConnection, digests: Collection[bytes]
) -> dict[bytes, bytes]:
    """Content hashes of what was stamped, or read for its stamps, by BLAKE3 of the bytes."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("content_hashes"), {"digests": list(digests)}, prepare=True)
        return dict(cursor.fetchall())
