"""Versions that Dagster was not told of yet: an outbox, filled with each version."""

from collections.abc import Sequence

from onextree.store.database import RawConnection, statement

__all__ = [
    "forget_pending",
    "lock_mirror",
    "pending_projects",
    "pending_versions",
    "try_lock_mirror",
]

_BATCH = 100


def pending_projects(connection: RawConnection, most: int) -> list[str]:
    """Ids of registered projects with such versions, the longest waiting first."""
    rows = connection.execute(statement("pending_projects"), {"most": most}).fetchall()
    return [project_id for (project_id,) in rows]


def lock_mirror(connection: RawConnection, project_key: int, lock_timeout: float) -> None:
    """Be the only one who tells Dagster of a project, until the transaction ends.

    Args:
        lock_timeout: Seconds to wait for another one.
    """
    connection.execute(
        statement("lock_mirror"),
        {"project_key": project_key, "lock_timeout": f"{round(lock_timeout * 1000)}ms"},
    )


def try_lock_mirror(connection: RawConnection, project_key: int) -> bool:
    """As `lock_mirror`; whether nobody else is."""
    row = connection.execute(statement("try_lock_mirror"), {"project_key": project_key}).fetchone()
    return row is not None and bool(row[0])


def pending_versions(connection: RawConnection, project_key: int) -> list[int]:
    """A project's versions in their order, a batch of them; the caller has its mirror's lock."""
    rows = connection.execute(
        statement("pending_versions"), {"project_key": project_key, "most": _BATCH}
    ).fetchall()
    return [version for (version,) in rows]


def forget_pending(connection: RawConnection, project_key: int, versions: Sequence[int]) -> None:
    """Dagster was told of these versions."""
    connection.execute(
        statement("forget_pending"), {"project_key": project_key, "versions": list(versions)}
    )
