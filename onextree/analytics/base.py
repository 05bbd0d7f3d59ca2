"""What every frame is made with: the service, and SQL over the public views."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from operator import index
from typing import Any, SupportsIndex

import pandas as pd

from onextree.analytics.frames import make_frame
from onextree.analytics.schemas import SCHEMAS
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.store import projects
from onextree.store.database import Database, RawConnection
from onextree.store.moments import NEWEST, Moment
from onextree.store.periods import Period

__all__ = ["At", "Frames", "of_project", "to_moment"]

At = SupportsIndex | str | datetime
"""A version: its number, a time with a time zone, or either or a commit as text."""

Parameters = Mapping[str, Any]


class Frames:
    """Frames of one installation.

    Args:
        service: Answers what it has a use case for.
        database: That of the service, for the other questions.
        retry: For what fails by itself and passes by itself.
    """

    def __init__(
        self, service: OnexTreeService, database: Database, retry: RetryPolicy | None = None
    ) -> None:
        self._service = service
        self._database = database
        self._retry = retry or RetryPolicy()

    def _select(
        self,
        name: str,
        find: Callable[[RawConnection], Parameters],
        period: Period | None = None,
    ) -> pd.DataFrame:
        """The rows of ``onextree/analytics/sql/NAME.sql``, whose columns are those of the schema.

        Args:
            find: Gives the parameters, and raises where there is nothing to ask about; in the
                transaction of the statement.
        """
        schema = SCHEMAS[name]

        def read() -> list[tuple[Any, ...]]:
            with self._database.reading() as connection:
                cursor = connection.execute(_statement(name), find(connection))
                assert [column.name for column in cursor.description or ()] == list(schema)
                return cursor.fetchall()

        return make_frame(schema, self._retry.call(read), period=period)


def to_moment(at: At | None) -> Moment:
    """Which version is meant; the newest one where nothing is said.

    Raises:
        InvalidQuery: It cannot be a version.
    """
    if at is None:
        return NEWEST
    if isinstance(at, str):
        return Moment.parse(at)
    return Moment(time=at) if isinstance(at, datetime) else Moment(version=index(at))


def of_project(
    project_id: str | None, *, with_removed: bool = False, **parameters: object
) -> Callable[[RawConnection], Parameters]:
    """The parameters of a statement about a project, or about all of them where it is None.

    Args:
        with_removed: Also of one of which only the history was kept.
    """

    def find(connection: RawConnection) -> Parameters:
        if project_id is not None:
            projects.find_project(connection, project_id, with_removed=with_removed)
        return {"project_id": project_id, **parameters}

    return find


@cache
def _statement(name: str) -> str:
    return (files("onextree.analytics") / "sql" / f"{name}.sql").read_text("utf-8")
