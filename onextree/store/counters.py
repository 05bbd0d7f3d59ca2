"""Counts of what all processes do: each adds its own from time to time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from psycopg.types.json import Jsonb

from onextree.store.database import RawConnection, statement

__all__ = ["Count", "add_counts", "select_counts"]


class Count(NamedTuple):
    """How often something of one kind was done, or how many seconds it took in all."""

    name: str
    labels: Mapping[str, str]
    value: float


def add_counts(connection: RawConnection, counts: Sequence[Count]) -> None:
    """Add to what is counted already.

    Args:
        counts: No two of the same name and labels.
    """
    connection.execute(
        statement("add_counts"),
        {
            "names": [count.name for count in counts],
            "labels": [Jsonb(dict(count.labels)) for count in counts],
            "values": [count.value for count in counts],
        },
    )


def select_counts(connection: RawConnection) -> list[Count]:
    """Everything that was counted, in the order of names and labels."""
    return [Count(*row) for row in connection.execute(statement("select_counts")).fetchall()]
