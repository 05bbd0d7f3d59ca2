"""The bridge API as an application."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import Scope

from onextree.api.access import is_read
from onextree.api.application import OPEN_PATHS, make_application
from onextree.api.bridge import (
    files,
    generation,
    history,
    intelligence,
    relationships,
    trees,
)
from onextree.api.bridge.lookups import Lookups
from onextree.api.bridge.stamping import routes as stamping
from onextree.api.bridge.stamping.routes import PREFIX, STAMPING_PATHS, stamping_bodies
from onextree.api.bridge.state import BridgeState
from onextree.api.failures import Failures
from onextree.api.health import health_router
from onextree.api.keys import KeyRing
from onextree.api.metrics.router import metrics_router
from onextree.instance.parent import worker_dies_with_server
from onextree.opening import open_service
from onextree.resilience.repeating import in_thread, repeating
from onextree.settings import Settings, load_settings

__all__ = ["bridge", "make_bridge"]

_DESCRIPTION = """
Projects as trees, every change of them as a numbered snapshot: generated, updated, enriched and
asked for; and contents stamped with what is known of them. Every answer is an envelope
`{status, data, error, message, metadata}`. Stamping, health and metrics are below
`/api/v1/metadata-stamping`, too.
"""
_BETWEEN_FLUSHES = 30.0  # seconds
_BETWEEN_WORK = 1.0


def bridge() -> FastAPI:
    """The application by this process's settings; what a server's workers start."""
    worker_dies_with_server()
    return make_bridge(load_settings())


def make_bridge(settings: Settings) -> FastAPI:
    """The application; its database is opened when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            service = stack.enter_context(open_service(settings))
            reader = service.newest_reader()
            stack.push_async_callback(reader.close)
            state = BridgeState.of(settings, service, reader)
            app.state.bridge = state
            if settings.api_auth == "keys":
                ring = KeyRing(service.usable_keys, service.note_key_uses)
                app.state.ring = stack.enter_context(ring)
            stack.push_async_callback(state.updates.close)
            for flush in (service.flush_accesses, service.flush_counters):
                await stack.enter_async_context(repeating(_BETWEEN_FLUSHES, in_thread(flush)))
            if settings.api_work:
                await stack.enter_async_context(
                    repeating(_BETWEEN_WORK, in_thread(service.work_off))
                )
            yield

    def ring() -> KeyRing:
        found = app.state.ring
        assert isinstance(found, KeyRing)
        return found

    def check() -> dict[str, Any]:
        state: BridgeState = app.state.bridge
        state.service.check_database()
        return {}

    health = health_router(check)
    metrics = metrics_router(lambda: app.state.bridge.service)
    # Not in the document: each of these routes is there under its own path.
    again = APIRouter(prefix=PREFIX, include_in_schema=False)
    for router in (stamping.router, health, metrics):
        again.include_router(router)

    failures = Failures(always_ok=settings.http_status == "envelope")
    app = make_application(
        settings,
        name="bridge",
        title="OnexTree bridge API",
        description=_DESCRIPTION,
        routers=[
            stamping.router,  # first: it is looked for in order, and these are asked for most
            again,
            generation.router,
            history.router,
            files.router,
            intelligence.router,
            relationships.router,
            trees.router,
            health,
            metrics,
        ],
        failures=failures,
        lifespan=lifespan,
        ring=ring if settings.api_auth == "keys" else None,
        is_read=_counts_as_read,
        ahead=[Middleware(Lookups, on_error=failures.answer)],
        open_paths=OPEN_PATHS | {PREFIX + path for path in OPEN_PATHS},
        bodies=stamping_bodies(settings),
    )
    return app


def _counts_as_read(scope: Scope) -> bool:
    """Stamping does, since a limit for what changes projects would forbid what it is for."""
    return is_read(scope) or scope["path"] in STAMPING_PATHS
