"""What Archon has answered, so that it is asked only for what is missing."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from onextree.store.database import RawConnection, statement

__all__ = [
    "KeptAnswer",
    "add_archon_answers",
    "delete_archon_answers",
    "find_archon_answers",
    "outdate_archon_answers",
]

_BATCH = 5_000


class KeptAnswer(NamedTuple):
    """An answer as JSON.

    Attributes:
        key: Of its question.
        holds: Whether it is young enough; else it stands in until there is another.
    """

    key: str
    answer: str
    holds: bool


def find_archon_answers(
    connection: RawConnection, keys: Collection[str], *, days: int
) -> list[KeptAnswer]:
    """Answers to questions, by the keys of these.

    Args:
        days: For which an answer holds.
    """
    rows = connection.execute(statement("find_archon_answers"), {"keys": list(keys), "days": days})
    return [KeptAnswer(*row) for row in rows.fetchall()]


def outdate_archon_answers(connection: RawConnection, keys: Collection[str], *, days: int) -> None:
    """Have answers hold no longer than until now.

    Args:
        days: For which an answer holds.
    """
    connection.execute(statement("outdate_archon_answers"), {"keys": list(keys), "days": days})


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
