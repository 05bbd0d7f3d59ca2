"""The resources, and where they find their databases."""

from contextlib import AbstractContextManager

import dagster as dg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from onextree.errors import DatabaseError, DatabaseUnavailable
from onextree.settings import Settings
from onextree.store.database import Database, RawConnection
from onextree.store.embedded.cluster import Cluster
from onextree.store.locations import open_locations
from resources import OnexTreeResource, PostgresResource, RetryConfig

IMPATIENT = RetryConfig(max_attempts=3, first_wait=0.01, longest_wait=0.01)
NOBODY = "postgresql://user:s3cret@127.0.0.1:1/none"


def test_a_resource_opens_and_closes_its_pool(database_url: str) -> None:
    postgres = PostgresResource(url=database_url)
    with dg.build_init_resource_context() as context:
        postgres.setup_for_execution(context)
        service = OnexTreeResource(postgres=postgres).service
        assert service.list_projects() == []
        postgres.teardown_after_execution(context)
    with pytest.raises(RuntimeError):
        _ = postgres.database


def test_a_server_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEXTREE_DATABASE_TIMEOUT", "2")
    attempts = []
    real = Database.transaction

    def counted(database: Database) -> AbstractContextManager[RawConnection]:
        attempts.append(1)
        return real(database)

    monkeypatch.setattr(Database, "transaction", counted)
    postgres = PostgresResource(url=NOBODY, retry=IMPATIENT)
    with dg.build_init_resource_context() as context, pytest.raises(DatabaseUnavailable):
        postgres.setup_for_execution(context)
    assert len(attempts) == 3


def test_another_server_is_never_migrated_by_itself(empty_database_url: str) -> None:
    postgres = PostgresResource(url=empty_database_url, retry=IMPATIENT)
    with (
        dg.build_init_resource_context() as context,
        pytest.raises(DatabaseError, match="onextree db upgrade"),
    ):
        postgres.setup_for_execution(context)


def test_named_databases_need_no_embedded_server(settings: Settings) -> None:
    named = settings.model_copy(
        update={
            "database_url": SecretStr("postgresql://a:p@one/x"),
            "dagster_database_url": SecretStr("postgresql+psycopg://b:p@two/y"),
        }
    )
    with open_locations(named) as locations:
        assert locations.snapshots.get_secret_value() == "postgresql+psycopg://a:p@one/x"
        assert locations.dagster.get_secret_value() == "postgresql+psycopg2://b:p@two/y"
        assert not locations.is_embedded
    assert not named.home.exists()


def test_one_named_database_is_used_beside_the_embedded_server(
    cluster: Cluster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onextree.store.locations.lease", lambda _: _Leased(cluster))
    with open_locations(settings) as locations:
        assert settings.database_url is not None
        named = settings.database_url.get_secret_value()
        assert make_url(locations.snapshots.get_secret_value()) == make_url(named)
        assert "onextree_dagster" in locations.dagster.get_secret_value()
        assert not locations.is_embedded


class _Leased:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def __enter__(self) -> Cluster:
        return self._cluster

    def __exit__(self, *_: object) -> None:
        return None
