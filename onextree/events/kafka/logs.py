"""librdkafka's logs, without a flood while a broker is away."""

import logging
import time

__all__ = ["Seldom", "is_passing", "logger"]

_MOST_REMEMBERED = 1_000


class Seldom(logging.Filter):
    """Lets a kind of message of a client's thread through once in a while.

    librdkafka has a thread a broker, tries it again every second and says so each time.

    Args:
        pause: Seconds.
    """

    def __init__(self, pause: float = 60.0) -> None:
        super().__init__()
        self._pause = pause
        self._last: dict[tuple[str, ...], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written."""
        kind = _kind(record)
        now = time.monotonic()
        if now - self._last.get(kind, -self._pause) < self._pause:
            return False
        if len(self._last) >= _MOST_REMEMBERED:
            self._last.clear()
        self._last[kind] = now
        return True


def _kind(record: logging.LogRecord) -> tuple[str, ...]:
    """What librdkafka logs is its facility, the client's name and ``[thrd:BROKER]: …``."""
    if isinstance(record.args, tuple) and len(record.args) == 3:
        facility, _, text = map(str, record.args)
        return facility, text.partition("]: ")[0]
    return (record.getMessage(),)


def is_passing(record: logging.LogRecord) -> bool:
    """Whether a producer only waits for a broker that has just started to be ready for it.

    librdkafka tries again by itself; what lasts longer is told by the messages that fail.
    """
    said = record.args if isinstance(record.args, tuple) else ()
    return len(said) == 3 and said[0] == "GETPID" and str(said[2]).endswith("retrying")


logger = logging.getLogger("onextree.kafka")
"""What every client of librdkafka logs to."""

logger.addFilter(lambda record: not is_passing(record))
logger.addFilter(Seldom())
