"""What both applications have in common: middlewares, errors, the OpenAPI document."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from onextree.api.access import Authenticated, is_read
from onextree.api.correlation import Correlated
from onextree.api.failures import Failures
from onextree.api.hosts import LoopbackHosts
from onextree.api.keys import ANYBODY, KeyRing
from onextree.api.metrics.requests import RequestCounts
from onextree.api.middleware.bodies import BodyLimit, MostBytes
from onextree.api.middleware.deadline import Deadline
from onextree.api.middleware.limits import RateLimit, RateLimits
from onextree.api.middleware.measured import Measured
from onextree.settings import Settings

__all__ = ["OPEN_PATHS", "Application", "Lifespan", "make_application"]

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

OPEN_PATHS = frozenset({"/health", "/health/live", "/health/ready"})
"""Of probes, which have no key."""


class Application(FastAPI):
    """An application with guards in front of it.

    As middlewares of FastAPI's they would come behind what it does for every request, which costs
    a look-up more than all of them.
    """

    _guarded: ASGIApp | None = None

    def guard(self, guards: Sequence[Middleware]) -> None:
        """Put guards in front, the first one outermost."""
        guarded: ASGIApp = super().__call__
        for guard in reversed(guards):
            guarded = guard.cls(guarded, *guard.args, **guard.kwargs)
        self._guarded = guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        assert self._guarded is not None
        scope["app"] = self
        await self._guarded(scope, receive, send)


def make_application(
    settings: Settings,
    *,
    name: str,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    failures: Failures,
    lifespan: Lifespan,
    ring: Callable[[], KeyRing] | None,
    is_read: Callable[[Scope], bool] = is_read,
    ahead: Sequence[Middleware] = (),
    open_paths: Collection[str] = OPEN_PATHS,
    bodies: Mapping[str, MostBytes] | None = None,
) -> Application:
    """An application that answers what its routers have, within its limits.

    Args:
        name: What metrics call it.
        failures: What errors are answered with.
        lifespan: What is open while it runs.
        ring: The API keys; None where nobody needs one.
        is_read: Whether a request only reads, and counts as such for its limit.
        ahead: Middlewares of its own that answer some requests before a route is looked for, each
            within the deadline.
        open_paths: Those that need no key.
        bodies: Paths that may be sent more than others.
    """
    app = Application(
        title=title,
        description=description,
        version=version("onextree"),
        lifespan=lifespan,
        redoc_url=None,
    )
    failures.install(app)
    for router in routers:
        app.include_router(router)
    on_error = failures.answer
    app.guard(
        [
            Middleware(Measured, note=RequestCounts(name).note),
            Middleware(Correlated, on_unexpected=failures.unexpected),
            *([Middleware(LoopbackHosts, on_error=on_error)] if ring is None else []),
            Middleware(
                Authenticated, ring=ring, is_open=open_paths.__contains__, on_error=on_error
            ),
            Middleware(
                RateLimit,
                limits=RateLimits(
                    reads=settings.api_reads_per_second, writes=settings.api_writes_per_second
                ),
                caller_of=_caller_of,
                is_read=is_read,
                on_error=on_error,
            ),
            *ahead,
            Middleware(Deadline, timeout=settings.api_timeout, on_error=on_error),
            Middleware(BodyLimit, max_body=settings.api_max_body, others=bodies, on_error=on_error),
        ]
    )
    return app


def _caller_of(scope: Scope) -> str:
    """Whose requests are counted together: a key's, or those of an address."""
    caller = scope["caller"]
    if caller is not ANYBODY:
        return str(caller.name)
    client = scope.get("client")
    return client[0] if client else ""
