"""What PostgreSQL has, as records."""

import psycopg

from onextree.service import OnexTreeService
from tests.checker.facts import Letter, Place, Stored, Taken, Version
from tests.checker.kafka_log import told_of

__all__ = ["is_quiet", "newest_paths", "read_stored"]

_UNPUBLISHED = """
SELECT coalesce(sum(last_sequence - published_sequence), 0)::int FROM onextree.event_streams
"""
_WAITING = """
SELECT project_id FROM onextree.update_requests JOIN onextree.projects USING (project_key)
ORDER BY project_id
"""
_LETTERS = """
SELECT topic, partition, "offset", published_at IS NOT NULL FROM onextree.dead_letters
"""

Connection = psycopg.Connection[tuple[object, ...]]


def read_stored(connection: Connection, paths: dict[str, frozenset[str]]) -> Stored:
    """All of it.

    Args:
        paths: As `newest_paths` gives them.
    """
    versions = connection.execute("SELECT project_id, version, id::text FROM onextree.versions")
    told = connection.execute("SELECT body FROM onextree.outbox ORDER BY id")
    taken = connection.execute(
        'SELECT event_id::text, topic, partition, "offset" FROM onextree.inbox'
    )
    return Stored(
        versions=[Version(*row) for row in versions],  # type: ignore[arg-type]
        told=[told_of(body) for (body,) in told],  # type: ignore[arg-type]
        taken=[Taken(str(row[0]), Place(*row[1:])) for row in taken],  # type: ignore[arg-type]
        letters=[
            Letter(Place(*row[:3]), bool(row[3]))  # type: ignore[arg-type]
            for row in connection.execute(_LETTERS)
        ],
        waiting=waiting(connection),
        unpublished=unpublished(connection),
        paths=paths,
    )


def waiting(connection: Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute(_WAITING)]


def unpublished(connection: Connection) -> int:
    row = connection.execute(_UNPUBLISHED).fetchone()
    assert row is not None
    return int(str(row[0]))


def is_quiet(connection: Connection, events: set[str]) -> bool:
    """Whether nothing is left to do, and these were taken."""
    letters = connection.execute(
        "SELECT count(*) FROM onextree.dead_letters WHERE published_at IS NULL"
    ).fetchone()
    taken = connection.execute("SELECT event_id::text FROM onextree.inbox")
    return (
        not waiting(connection)
        and not unpublished(connection)
        and letters == (0,)
        and events <= {str(row[0]) for row in taken}
    )


def newest_paths(service: OnexTreeService) -> dict[str, frozenset[str]]:
    """The files of each project's newest version."""
    return {
        project.project_id: frozenset(
            entry.path.decode() for entry in service.files(project.project_id)
        )
        for project in service.list_projects()
    }
