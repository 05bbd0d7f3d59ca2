"""Fixtures: real PostgreSQL, real git, and what a machine may lack."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import migrate
from onextree.store.database import Database
from onextree.store.embedded.cluster import Cluster
from onextree.store.embedded.lease import destroy, lease
from tests.kafka.fixtures import kafka, own_broker  # noqa: F401 -- as fixtures
from tests.kafka.jars import available as kafka_available
from tests.node.install import available as npm_available
from tests.repositories import Repository
from tests.shell import Shell

PARTS: dict[str, Callable[[], bool]] = {
    "chromium": lambda: chromium() is not None,
    "curl": lambda: shutil.which("curl") is not None and shutil.which("bash") is not None,
    "jq": lambda: shutil.which("jq") is not None,
    "kafka": kafka_available,
    "npm": npm_available,
    "root": lambda: os.geteuid() == 0 and shutil.which("setpriv") is not None,
}


def chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", type=Path, help="Keep the UI's screenshots here.")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("part"):
        name = marker.args[0]
        if not PARTS[name]():
            message = f"needs {name}, which this machine lacks"
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("ONEXTREE_", "KAFKA_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ONEXTREE_HOME", str(tmp_path / "no-home"))
    monkeypatch.setattr("onextree.settings._env_file", lambda: None)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One embedded server for this worker, removed with its data at the end."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    with ExitStack() as stack:
        stack.callback(destroy, settings)
        running = stack.enter_context(lease(settings))
        hurry(running)
        create_database(running, "template_latest")
        latest = Database(running.url("template_latest", driver="psycopg"))
        migrate.upgrade(latest)
        latest.close()
        yield running


def hurry(cluster: Cluster) -> None:
    """Whatever tests do to processes, this machine goes on: nothing has to be on its disk."""
    with cluster.connect("postgres") as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


def create_database(cluster: Cluster, name: str, template: str = "template0") -> None:
    with cluster.connect("postgres") as connection:
        connection.execute(f'CREATE DATABASE "{name}" OWNER onextree TEMPLATE "{template}"')


@pytest.fixture
def database_url(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """A new database with the latest schema."""
    name = f"test_{tmp_path.name}"[:60]
    create_database(cluster, name, "template_latest")
    yield cluster.url(name, driver="psycopg")
    with cluster.connect("postgres") as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty_database_url(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    name = f"empty_{tmp_path.name}"[:60]
    create_database(cluster, name)
    yield cluster.url(name, driver="psycopg")
    with cluster.connect("postgres") as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, timeout=5, lock_timeout=5)
    yield opened
    opened.close()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings.model_validate(
        {
            "home": tmp_path / "home",
            "allowed_roots": str(tmp_path),
            "database_url": database_url,
            "git_timeout": 30,
        }
    )


@pytest.fixture
def service(database: Database, settings: Settings) -> OnexTreeService:
    return OnexTreeService(database, settings, RetryPolicy(attempts=1))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.init(tmp_path / "project")


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
) -> Shell:
    monkeypatch.setenv("ONEXTREE_DATABASE_URL", database_url)
    monkeypatch.setenv("ONEXTREE_ALLOWED_ROOTS", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(monkeypatch, capsys)
