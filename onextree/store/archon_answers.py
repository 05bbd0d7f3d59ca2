"""What Archon has answered, so that it is asked only for what is missing."""

from collections.abc import Collection, Mapping

from onextree.store.database import RawConnection, statement

__all__ = ["add_archon_answers", "delete_archon_answers", "find_archon_answers"]

_BATCH = 5_000


def find_archon_answers(
    connection: RawConnection, keys: Collection[str], *, days: int
) -> dict[str, str]:
    """Answers to questions, as JSON, by their keys; not older than so many days."""
    rows = connection.execute(statement("find_archon_answers"), {"keys": list(keys), "days": days})
    return dict(rows.fetchall())


def add_archon_answers(connection: RawConnection, answers: Mapping[str, str]) -> None:
    """Keep answers, as JSON, by the keys of their questions, in place of older ones."""
    connection.execute(
        statement("add_archon_answers"),
        {"keys": list(answers), "answers": list(answers.values())},
    )


def delete_archon_answers(connection: RawConnection, *, days: int) -> int:
    """Delete a batch of answers that are older than so many days.

    Returns:
        How many; 0 where none is left.
    """
    parameters = {"days": days, "most": _BATCH}
    return connection.execute(statement("delete_archon_answers"), parameters).rowcount
