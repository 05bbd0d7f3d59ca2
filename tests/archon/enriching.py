"""Projects that are enriched with what an Archon says, on real PostgreSQL."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from tests.archon.asking import LONG
from tests.repositories import Repository

__all__ = ["Enriching", "Queued", "write_code"]


class Queued(NamedTuple):
    """An entry of the queue; `wait` is in whole seconds."""

    version: int
    reason: str
    is_forced: bool
    wait: int


def write_code(root: Repository) -> None:
    """A few files that use each other."""
    root.write("shop/__init__.py")
    root.write("shop/__main__.py", "from shop import orders\n\norders.place()\n")
    root.write("shop/orders.py", "from shop import stock\n\n\ndef place():\n    stock.take()\n")
    root.write("shop/stock.py", "def take():\n    return 1\n")


@dataclass(frozen=True)
class Enriching:
    """A project named ``shop`` and its queue.

    Attributes:
        root: Its work tree.
    """

    settings: Settings
    database: Database
    root: Repository

    def at(
        self, url: str = "", *, http_url: str = "", timeout: float = LONG, **changes: Any
    ) -> OnexTreeService:
        """A service whose Archon is there."""
        named = {"archon_url": url, "archon_http_url": http_url, "archon_timeout": timeout}
        changed = self.settings.model_copy(update={**named, **changes})
        return OnexTreeService(self.database, changed, RetryPolicy(attempts=1))

    def queued(self) -> list[Queued]:
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT version, reason, is_forced,"
                " round(extract(epoch FROM not_before - queued_at))::integer"
                " FROM onextree.enrichment_queue"
            )
            return [Queued(*row) for row in rows.fetchall()]

    def make_due(self) -> None:
        """All that is queued."""
        with self.database.transaction() as connection:
            connection.execute("UPDATE onextree.enrichment_queue SET not_before = now()")

    def forget_archon(self) -> None:
        """Whatever it has answered, and how often it has failed."""
        with self.database.transaction() as connection:
            connection.execute("DELETE FROM onextree.archon_answers")
            connection.execute("DELETE FROM onextree.circuit_breakers")

    def let_a_probe_in(self) -> None:
        """The breaker was open for long enough."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE onextree.circuit_breakers SET since = since - interval '1 hour'"
            )
