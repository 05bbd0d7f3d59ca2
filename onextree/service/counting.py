"""What use cases did, gathered so that no project waits for another one's count.

A row of the table `onextree.counters` in the transaction of each version would have all projects
wait for one another. So each process counts in memory, and adds its counts now and then.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from onextree.errors import ProjectNotFound, TreeNotFound
from onextree.store.counters import Count

__all__ = ["COUNTED", "Counted", "Counters", "Timing"]


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that is counted.

    Attributes:
        help: What it is, as metrics tell it.
        labels: What tells its kinds apart.
    """

    help: str
    labels: Sequence[str] = ()


_GENERATION = ("mode", "trigger", "outcome")

COUNTED: Mapping[str, Counted] = {
    "generations": Counted("Looks at a project's files, whatever asked for them", _GENERATION),
    "generation_seconds": Counted("Time that these looks took", _GENERATION),
    "update_scans": Counted("Updates that had to look at all files", ("reason",)),
    "enrichments": Counted("Enrichments of versions", ("outcome",)),
    "enrichment_seconds": Counted("Time that enrichments took", ("outcome",)),
    "intelligence_answers": Counted("What was told of paths, by where it came from", ("level",)),
    "fallback_invocations": Counted(
        "Total fallback invocations when OnexTree unavailable", ("level",)
    ),
    "stamps": Counted(
        "Contents that were stamped, by what came of them", ("type", "level", "outcome")
    ),
    "stamped_bytes": Counted("Bytes of these contents"),
    "events_received": Counted("Messages of others, by what became of them", ("outcome",)),
}
"""By the metric's name, without ``onextree_`` and ``_total``."""


@dataclass(slots=True)
class Timing:
    """Something that is running.

    Attributes:
        outcome: What came of it, to be set where it succeeds; None where it is not to be counted.
    """

    outcome: str | None = "failed"


class Counters:
    """Counts since they were taken last; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: defaultdict[tuple[str, tuple[str, ...]], float] = defaultdict(float)
        self._taken_at = monotonic()

    def add(self, name: str, value: float = 1.0, /, **labels: str) -> None:
        """Count something.

        Args:
            name: Of `COUNTED`, with its labels.
            value: How often, or the seconds that it took.
        """
        assert labels.keys() == set(COUNTED[name].labels), name
        key = (name, tuple(labels[label] for label in COUNTED[name].labels))
        with self._lock:
            self._values[key] += value

    @contextmanager
    def timed(self, many: str, seconds: str, **labels: str) -> Iterator[Timing]:
        """Count what runs inside, and how long it took; what it raises is a failure.

        That there is no such project or version is none, and is not counted.

        Args:
            many: What it is counted as.
            seconds: What its time is added to.
        """
        timing, begin = Timing(), monotonic()
        try:
            yield timing
        except (ProjectNotFound, TreeNotFound):  # whoever asks is mistaken
            timing.outcome = None
            raise
        finally:
            if timing.outcome is not None:
                self.add(many, outcome=timing.outcome, **labels)
                self.add(seconds, monotonic() - begin, outcome=timing.outcome, **labels)

    def take(self, after: float = 0.0) -> list[Count]:
        """What was counted; it is forgotten here.

        Args:
            after: Seconds since it was taken last; nothing is taken before.
        """
        with self._lock:
            if monotonic() < self._taken_at + after:
                return []
            self._taken_at = monotonic()
            taken, self._values = self._values, defaultdict(float)
        return [
            Count(name, dict(zip(COUNTED[name].labels, labels, strict=True)), value)
            for (name, labels), value in taken.items()
        ]

    def give_back(self, counts: Sequence[Count]) -> None:
        """Count again what was taken and could not be stored."""
        for count in counts:
            self.add(count.name, count.value, **count.labels)
