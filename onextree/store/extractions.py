"""What contents of source files say, kept by their digests for all versions and projects."""

from collections.abc import Collection, Mapping

from onextree.store.database import RawConnection, statement

__all__ = ["Content", "add_extractions", "delete_extractions", "find_extractions"]

Content = tuple[bytes, str]
"""BLAKE3 of a content, and the language that it is read in."""

_BATCH = 5_000


def find_extractions(
    connection: RawConnection, wanted: Collection[Content], *, extraction_version: int
) -> dict[Content, bytes]:
    """What is known of these contents; those of which nothing is are left out.

    Which ones were asked for is noted about once a week, so that nothing that is used is deleted.
    """
    found: dict[Content, bytes] = {}
    digests, languages = _columns(wanted)
    long_unused: list[Content] = []
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            statement("find_extractions"),
            {
                "digests": digests,
                "languages": languages,
                "extraction_version": extraction_version,
            },
        )
        for digest, language, facts, is_long_unused in cursor:
            found[digest, language] = facts
            if is_long_unused:
                long_unused.append((digest, language))
    if long_unused:
        digests, languages = _columns(long_unused)
        connection.execute(
            statement("note_extraction_uses"), {"digests": digests, "languages": languages}
        )
    return found


def add_extractions(
    connection: RawConnection, facts: Mapping[Content, bytes], *, extraction_version: int
) -> None:
    """Keep what contents say."""
    digests, languages = _columns(facts)
    connection.execute(
        statement("add_extractions"),
        {
            "digests": digests,
            "languages": languages,
            "facts": list(facts.values()),
            "extraction_version": extraction_version,
        },
    )


def delete_extractions(connection: RawConnection, *, days: int) -> int:
    """Delete a batch of what nobody has asked for in so many days.

    Returns:
        How many; 0 where none is left.
    """
    parameters = {"days": days, "most": _BATCH}
    return connection.execute(statement("delete_extractions"), parameters).rowcount


def _columns(contents: Collection[Content]) -> tuple[list[bytes], list[str]]:
    return [digest for digest, _ in contents], [language for _, language in contents]
