"""Whether Kafka has a prefix of each project's events at every moment, looked at meanwhile."""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaException

from tests.checker.kafka_log import KafkaLog, heard_of

__all__ = ["Prefixes", "Watcher"]

_BETWEEN_ROUNDS = 0.05
_MOST = 20  # violations; a gap that stays is found in each round


class Prefixes:
    """Which numbers of each project were read."""

    def __init__(self) -> None:
        self._seen: dict[str, set[int]] = defaultdict(set)

    def read(self, project_id: str, sequence: int) -> None:
        self._seen[project_id].add(sequence)

    def greatest(self) -> dict[str, int]:
        """Of each project, the greatest number that was read."""
        return {project_id: max(numbers) for project_id, numbers in self._seen.items()}

    def missing(self, before: Mapping[str, int]) -> list[str]:
        """Numbers that were not read, though a greater one was when it was looked before that.

        Args:
            before: What `greatest` gave then.
        """
        found = []
        for project_id, greatest in before.items():
            missing = set(range(1, greatest + 1)) - self._seen[project_id]
            if missing:
                found.append(
                    f"Kafka has number {greatest} of {project_id}, and not {sorted(missing)}"
                )
        return found


class Watcher(threading.Thread):
    """Reads all topics to their ends, over and over.

    What a round finds was there when the next one asked for the ends: so all numbers before it have
    to be found by then.

    Attributes:
        rounds: How many found something new.
        violations: What was found.
    """

    def __init__(self, client: Mapping[str, str], topics: Sequence[str]) -> None:
        super().__init__(name="watcher", daemon=True)
        self._log = KafkaLog(client, topics)
        self._stopping = threading.Event()
        self.rounds = 0
        self.violations: list[str] = []

    def run(self) -> None:
        prefixes = Prefixes()
        before: dict[str, int] = {}
        try:
            while not self._stopping.wait(_BETWEEN_ROUNDS):
                try:
                    for message in self._log.read():
                        told = heard_of(message).told
                        prefixes.read(told.project_id, told.sequence)
                except (KafkaException, TimeoutError):
                    continue  # the broker is away: the same round goes on when it is back
                if len(self.violations) < _MOST:
                    self.violations += prefixes.missing(before)
                self.rounds += before != prefixes.greatest()
                before = prefixes.greatest()
        except Exception as error:
            self.violations.append(f"the watcher has ended: {error!r}")
        finally:
            self._log.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join(30)
