"""What kills and freezes processes, at random times and all kinds of them."""

import random
import signal
import time
from collections import Counter
from concurrent.futures import Future

from tests.checker.facts import Outage
from tests.checker.installation import Installation, signal_all
from tests.checker.roles import RELAY_LEASE, SESSION, UPDATE_LEASE
from tests.checker.slots import Slots

__all__ = ["DAGSTER", "DECK", "Nemesis"]

_LONG = max(RELAY_LEASE, SESSION, UPDATE_LEASE) + 0.5  # seconds: leases end meanwhile
_SHORTEST, _LONGEST = 0.2, 1.1  # seconds between two deeds

DECK = (
    *("kill worker", "kill worker", "kill sender", "kill relay", "kill relay", "kill consumer"),
    *("kill consumer", "freeze worker", "freeze relay", "freeze relay", "freeze consumer"),
    *("kill database", "kill database", "freeze database", "kill broker", "freeze broker"),
    *("kill relay", "kill sender", "kill consumer", "kill worker"),
)
"""Deeds; all are done in a random order before one is done again."""

DAGSTER = ("daemon", "code-server")
DAGSTER_DECK = ("kill daemon", "kill code-server", "freeze daemon", "freeze code-server")
"""Those of an installation with Dagster, which is there for the first half of the time: what is in
the queue of runs then, nobody makes."""


class Nemesis:
    """Does its deeds from a shuffled deck, one at a time, while processes are tended.

    Attributes:
        deeds: How often each was done.
        outages: When PostgreSQL or the broker was away or frozen.
    """

    def __init__(self, installation: Installation, slots: Slots, chance: random.Random) -> None:
        self._installation = installation
        self._slots = slots
        self._chance = chance
        self._deck: list[str] = []
        self._working: Future[None] | None = None
        self.deeds: Counter[str] = Counter()
        self.outages: list[Outage] = []

    def run(self, seconds: float, longest: float) -> None:
        """Until that time is over, a deck is used up, and all points were reached.

        Args:
            longest: Seconds after which it ends in any case.
        """
        begun = time.monotonic()
        next_deed = begun + 1
        decks = 0
        while (now := time.monotonic()) - begun < longest:
            is_enough = now - begun > seconds and decks > 0
            if is_enough and not self._slots.pending:
                break
            self._slots.tend()
            if now - begun > seconds / 2 and not self._slots.awaits(*DAGSTER):
                self._slots.retire(*DAGSTER)
            if now >= next_deed and not is_enough:
                if not self._deck:
                    self._deck = [*DECK, *(DAGSTER_DECK if self._slots.of("daemon") else ())]
                    self._chance.shuffle(self._deck)
                self._do(self._deck.pop())
                decks += not self._deck
                next_deed = time.monotonic() + self._chance.uniform(_SHORTEST, _LONGEST)
            time.sleep(0.02)

    def calm(self) -> None:
        """Have everything running, and leave it alone."""
        self._slots.calm()
        self._slots.retire(*DAGSTER)
        self._wait_for_broker()

    def _do(self, deed: str) -> None:
        self.deeds[deed] += 1
        verb, what = deed.split()
        if what == "database":
            self._harm_database(verb)
        elif what == "broker":
            self._harm_broker(verb)
        else:
            for slot in self._chance.sample(slots := self._slots.of(what), min(1, len(slots))):
                if verb == "kill":
                    self._slots.kill(slot)
                else:
                    self._slots.pause(slot, _LONG + self._chance.uniform(0, 1.5))

    def _harm_database(self, verb: str) -> None:
        begun = time.time()
        if verb == "kill":
            self._installation.kill_database()
            self._tend_for(self._chance.uniform(0.0, 1.0))
            self._installation.start_database()
        else:
            frozen = self._installation.database_processes()
            signal_all(frozen, signal.SIGSTOP)
            self._tend_for(self._chance.uniform(0.5, _LONG))
            signal_all(frozen, signal.SIGCONT)
        self.outages.append(Outage("database", begun, time.time()))

    def _harm_broker(self, verb: str) -> None:
        """Kafka takes seconds to start; other deeds are done meanwhile."""
        self._wait_for_broker()
        broker, chance = self._installation.broker, self._chance
        pause = chance.uniform(0.0, 1.0) if verb == "kill" else chance.uniform(1.0, _LONG + 1.5)

        def harm() -> None:
            begun = time.time()
            if verb == "kill":
                broker.kill()
                time.sleep(pause)
                broker.start()
            else:
                broker.pause()
                time.sleep(pause)
                broker.resume()
            self.outages.append(Outage("broker", begun, time.time()))

        self._working = self._installation.with_broker(harm)

    def _wait_for_broker(self) -> None:
        while self._working is not None and not self._working.done():
            self._slots.tend()
            time.sleep(0.02)
        if self._working is not None:
            self._working.result()

    def _tend_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._slots.tend()
            time.sleep(0.02)
