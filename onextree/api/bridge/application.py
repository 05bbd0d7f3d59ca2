"""The bridge API as an application."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from onextree.api.application import make_application
from onextree.api.bridge import files, generation, history, intelligence, relationships, trees
from onextree.api.bridge.lookups import Lookups
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
asked for. Every answer is an envelope `{status, data, error, message, metadata}`.
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

    failures = Failures(always_ok=settings.http_status == "envelope")
    app = make_application(
        settings,
        name="bridge",
        title="OnexTree bridge API",
        description=_DESCRIPTION,
        routers=[
            generation.router,
            history.router,
            files.router,
            intelligence.router,
            relationships.router,
            trees.router,
            health_router(check),
            metrics_router(lambda: app.state.bridge.service),
        ],
        failures=failures,
        lifespan=lifespan,
        ring=ring if settings.api_auth == "keys" else None,
        ahead=[Middleware(Lookups, on_error=failures.answer)],
    )
    return app
