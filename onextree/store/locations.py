"""Where the databases are: the ones that the settings name, else those of the embedded server."""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache

from pydantic import SecretStr

from onextree.settings import Settings, load_settings
from onextree.store.database import parse_url
from onextree.store.embedded.lease import lease

__all__ = ["Locations", "open_locations", "process_locations"]


@dataclass(frozen=True, slots=True)
class Locations:
    """Database URLs with their drivers; they may hold a password, so they are never printed.

    Attributes:
        snapshots: OnexTree's own database.
        dagster: Dagster's storage.
        is_embedded: Whether ``snapshots`` is on the embedded server, which is ours to migrate.
    """

    snapshots: SecretStr
    dagster: SecretStr
    is_embedded: bool


@contextmanager
def open_locations(settings: Settings) -> Iterator[Locations]:
    """Have both databases there; the embedded server runs meanwhile if one of them needs it."""
    named, dagster = settings.database_url, settings.dagster_database_url
    if named is not None and dagster is not None:
        yield _locations(named.get_secret_value(), dagster.get_secret_value(), is_embedded=False)
        return
    with lease(settings) as cluster:
        yield _locations(
            named.get_secret_value() if named else cluster.url("onextree", driver="psycopg"),
            dagster.get_secret_value()
            if dagster
            else cluster.url("onextree_dagster", driver="psycopg2"),
            is_embedded=named is None,
        )


@cache
def process_locations() -> Locations:
    """Both databases, there until this process ends: for a process that Dagster started."""
    stack = ExitStack()
    locations = stack.enter_context(open_locations(load_settings()))
    atexit.register(stack.close)
    return locations


def _locations(snapshots: str, dagster: str, *, is_embedded: bool) -> Locations:
    return Locations(
        SecretStr(parse_url(snapshots, driver="psycopg").render_as_string(hide_password=False)),
        # dagster-postgres listens for events with psycopg 2 only.
        SecretStr(parse_url(dagster, driver="psycopg2").render_as_string(hide_password=False)),
        is_embedded,
    )
