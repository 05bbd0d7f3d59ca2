"""How many requests a caller may make in a second."""

from collections.abc import Callable

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from onextree.api.middleware.refusal import OnError, refuse
from onextree.errors import RateLimited

__all__ = ["RateLimit", "RateLimits"]

_WINDOW = 1.0  # seconds


class RateLimits:
    """The limits of one process, reads and writes counted apart.

    A sliding window of one second, kept as two counters a caller. A fixed window is two
    microseconds quicker, but lets twice as many through at its edge; it and a moving window, which
    keeps an object for each request, refuse everything after the system's clock was set back.

    Args:
        reads, writes: A second and caller.
    """

    def __init__(self, *, reads: int, writes: int) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._reads = RateLimitItemPerSecond(reads, namespace="read")
        self._writes = RateLimitItemPerSecond(writes, namespace="write")

    def check(self, caller: str, *, is_read: bool) -> None:
        """Count a request.

        Raises:
            RateLimited: It is one too many; it is not counted.
        """
        limit = self._reads if is_read else self._writes
        if self._strategy.hit(limit, caller):
            return
        kind = "reads" if is_read else "writes"
        raise RateLimited(
            f"A caller may make {limit.amount:,} {kind} a second here; slow down, or raise "
            f"ONEXTREE_API_{kind.upper()}_PER_SECOND.",
            retry_after=_WINDOW,
        )


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
