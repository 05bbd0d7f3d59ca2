"""An installation of a campaign's own: PostgreSQL, a broker, projects; they can be killed."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from onextree.events.topics import Topics
from onextree.opening import database_at
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store import migrate, update_requests
from onextree.store.embedded.cluster import Cluster
from onextree.store.embedded.lease import destroy, lease
from tests.brokers import Broker
from tests.checker.worker import GONE, PROJECTS
from tests.repositories import Repository

__all__ = ["Installation", "running_installation"]

_FILES = 12
_LEASE = 1.0  # seconds
_BROKER = {
    "group.min.session.timeout.ms": "500",
    # Topics of more than one partition, so that the order within one is not that of all.
    "num.partitions": "3",
}


class Installation:
    """What processes under test have in common.

    Attributes:
        service: The checker's own, in this process; it knows of no Kafka.
    """

    def __init__(
        self, directory: Path, cluster: Cluster, broker: Broker, keeper: ThreadPoolExecutor
    ) -> None:
        self.directory = directory
        self.cluster = cluster
        self.broker = broker
        self._keeper = keeper
        self.projects = directory / "projects"
        self.history = directory / "history"
        self.logs = directory / "logs"
        for place in (self.projects, self.history, self.logs):
            place.mkdir()
        self.settings = Settings.model_validate(
            {
                "home": directory / "home",
                "allowed_roots": str(self.projects),
                "database_url": cluster.url("onextree", driver="psycopg"),
                "dagster_database_url": cluster.url("onextree_dagster", driver="psycopg2"),
                "database_timeout": 5,
                "lock_timeout": 15,
                "debounce_seconds": 0.2,
                "debounce_longest": 1,
                "kafka_bootstrap_servers": broker.bootstrap,
                "kafka_timeout": 3,
            }
        )
        database = database_at(cluster.url("onextree", driver="psycopg"), self.settings)
        migrate.upgrade(database)
        alone = self.settings.model_copy(update={"kafka_bootstrap_servers": ""})
        self.service = OnexTreeService(database, alone, RetryPolicy(attempts=3))
        self.topics = Topics.from_settings(self.settings)

    def environment(self, **more: str) -> dict[str, str]:
        """Of every process.

        Args:
            more: Variables beside these.
        """
        settings = self.settings
        assert settings.database_url is not None
        assert settings.dagster_database_url is not None
        inherited = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
        return {
            **inherited,
            "ONEXTREE_HOME": str(settings.home),
            "ONEXTREE_ALLOWED_ROOTS": settings.allowed_roots,
            "ONEXTREE_DATABASE_URL": settings.database_url.get_secret_value(),
            "ONEXTREE_DAGSTER_DATABASE_URL": settings.dagster_database_url.get_secret_value(),
            "ONEXTREE_DATABASE_TIMEOUT": "5",
            "ONEXTREE_LOCK_TIMEOUT": "15",
            "ONEXTREE_DEBOUNCE_SECONDS": "0.2",
            "ONEXTREE_DEBOUNCE_LONGEST": "1",
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "ONEXTREE_KAFKA_TIMEOUT": "3",
            PROJECTS: str(self.projects),
            **more,
        }

    def add_projects(self, many: int) -> None:
        """Repositories with some files, registered and scanned once."""
        for number in range(many):
            repository = Repository.init(self.projects / f"shop-{number:02d}")
            for file in range(_FILES):
                repository.write(f"source/{file}.py", f"value = {file}\n")
            repository.write("kept/first.txt")
            repository.write("asked/first.txt")
            repository.commit()
            self.service.add_project(repository.root, repository.root.name)
            self.service.generate(repository.root.name)
        gone = self.projects / GONE
        gone.mkdir()
        self.service.add_project(gone, GONE)
        self.service.generate(GONE)
        gone.rmdir()

    def ask_and_forget(self, project_id: str) -> None:
        """Ask for an update, and take it as somebody does who is killed then."""
        self.service.request_update(project_id)
        with self.service._database.transaction() as connection:
            update_requests.claim_updates(
                connection,
                project_ids=[project_id],
                most=1,
                ahead=60,
                lease=_LEASE,
                max_attempts=5,
            )

    def database_processes(self) -> list[psutil.Process]:
        """The postmaster, and all that it has started."""
        pid = int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def kill_database(self) -> None:
        """Kill PostgreSQL, the whole of it."""
        killed = self.database_processes()
        signal_all(killed, signal.SIGKILL)
        psutil.wait_procs(killed, timeout=10)

    def start_database(self) -> None:
        """Start it again with its data, where it was; returns when it answers."""
        self.cluster.ensure_running()

    def with_broker(self, work: Callable[[], None]) -> "Future[None]":
        """Do something to the broker in the thread that it dies with."""
        return self._keeper.submit(work)


def signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


@contextmanager
def running_installation(directory: Path, projects: int) -> Iterator[Installation]:
    """Started with new data, and removed at the end with its database; logs and history stay."""
    home = Settings(home=directory / "home")
    with ExitStack() as stack:
        keeper = stack.enter_context(ThreadPoolExecutor(1, "broker"))
        broker = Broker(directory / "kafka", properties=_BROKER)
        stack.callback(broker.kill)
        starting = keeper.submit(broker.start)
        stack.callback(destroy, home)
        cluster = stack.enter_context(lease(home))
        starting.result()
        installation = Installation(directory, cluster, broker, keeper)
        stack.callback(installation.service._database.close)
        installation.add_projects(projects)
        yield installation
