"""How many requests a caller may make in a second."""

from collections.abc import Callable
from time import monotonic

from starlette.types import ASGIApp, Receive, Scope, Send

from onextree.api.middleware.refusal import OnError, refuse
from onextree.errors import RateLimited

__all__ = ["RateLimit", "RateLimits"]

_WINDOW = 1.0  # seconds
_CALLERS = 10_000  # that are remembered

Clock = Callable[[], float]


class RateLimits:
    """The limits of one process, reads and writes counted apart; for its event loop alone.

    A sliding window of one second, kept as two counters a caller: those of this second, and those
    of the one before as far as it still counts. So the edge of a second lets no more through. The
    library `limits` does the same, but starts a thread a hundred times a second to forget what is
    over: that held up one request in a thousand for 70 ms.

    Args:
        reads, writes: A second and caller.
        clock: In seconds, never going back.
    """

    def __init__(self, *, reads: int, writes: int, clock: Clock = monotonic) -> None:
        self._most = {True: reads, False: writes}
        self._clock = clock
        self._counts: dict[tuple[str, bool], tuple[int, int, int]] = {}

    def check(self, caller: str, *, is_read: bool) -> None:
        """Count a request.

        Raises:
            RateLimited: It is one too many; it is not counted.
        """
        now = self._clock()
        second, key, most = int(now), (caller, is_read), self._most[is_read]
        counted, count, before = self._counts.get(key, (second, 0, 0))
        if counted != second:
            count, before = 0, count if counted == second - 1 else 0
        if count + 1 + before * (_WINDOW - (now - second)) > most:
            kind = "reads" if is_read else "writes"
            raise RateLimited(
                f"A caller may make {most:,} {kind} a second here; slow down, or raise "
                f"ONEXTREE_API_{kind.upper()}_PER_SECOND.",
                retry_after=_WINDOW,
            )
        if len(self._counts) >= _CALLERS and key not in self._counts:
            self._forget(second)
        self._counts[key] = (second, count + 1, before)

    def _forget(self, second: int) -> None:
        """Forget callers of earlier seconds; all of them, where so many called just now."""
        recent = {key: kept for key, kept in self._counts.items() if kept[0] >= second - 1}
        self._counts = recent if len(recent) < _CALLERS else {}


class RateLimit:
    """Refuses the requests of a caller who makes too many.

    Args:
        caller_of: The name that a request is counted for: of its key, or else its address.
        is_read: Whether a request only reads.
        on_error: What an error is answered with.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: RateLimits,
        caller_of: Callable[[Scope], str],
        is_read: Callable[[Scope], bool],
        on_error: OnError,
    ) -> None:
        self._app = app
        self._limits = limits
        self._caller_of = caller_of
        self._is_read = is_read
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            try:
                self._limits.check(self._caller_of(scope), is_read=self._is_read(scope))
            except RateLimited as error:
                await refuse(error, scope, send, self._on_error)
                return
        await self._app(scope, receive, send)
