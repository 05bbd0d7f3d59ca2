import pytest

from onextree.errors import ConfigurationError, DatabaseError, DatabaseUnavailable
from onextree.store.database import Database, parse_url


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://u:s3cret@h/d", "http://u:s3cret@h", "postgresql://u:s3cret@h:port/d"],
)
def test_a_bad_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_url(url, driver="psycopg")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_every_spelling_gets_the_driver_that_is_needed(scheme: str) -> None:
    parsed = parse_url(f"{scheme}://u:p@h:5/d?host=/run", driver="psycopg")
    assert parsed.drivername == "postgresql+psycopg"
    assert parsed.database == "d"


def test_a_server_that_is_not_there() -> None:
    database = Database("postgresql://user:s3cret@127.0.0.1:1/none", timeout=2)
    with pytest.raises(DatabaseUnavailable) as caught, database.transaction():
        pass
    assert "ONEXTREE_DATABASE_URL" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert caught.value.transient


def test_a_backend_that_is_killed(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable), database.transaction() as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with database.transaction() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_postgresql_refuses(database: Database) -> None:
    with (
        pytest.raises(DatabaseError, match="division by zero"),
        database.transaction() as connection,
    ):
        connection.execute("SELECT 1 / 0")
