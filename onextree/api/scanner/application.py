"""The OnexTree service as an application."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI

from onextree.api.application import make_application
from onextree.api.failures import Failures
from onextree.api.keys import KeyRing
from onextree.api.metrics.router import metrics_router
from onextree.api.scanner import questions, trees
from onextree.api.scanner.statuses import STATUSES
from onextree.errors import ConfigurationError
from onextree.instance.parent import worker_dies_with_server
from onextree.scanner.scanner import Scanner
from onextree.settings import Settings, load_settings
from onextree.store.api_keys import StoredKey, hash_secret, parse_key

__all__ = ["make_scanner", "scanner"]

_DESCRIPTION = """
Trees of the directories of this machine, kept in memory: upstream's interface, and more. Every
answer but those of `/health` and `/tree` is an envelope `{status, data, error, message, metadata}`.
"""

_WORKING = frozenset({"/generate", "/enrich", "/cache/clear"})
"""Paths of routes that do more than to answer."""


def scanner() -> FastAPI:
    """The application by this process's settings; what a server's worker starts.

    There is one worker: the trees are in its memory.
    """
    worker_dies_with_server()
    return make_scanner(load_settings())


def make_scanner(settings: Settings, working: Scanner | None = None) -> FastAPI:
    """The application; it needs no database.

    Args:
        working: What scans and keeps the trees; one by the settings by default.

    Raises:
        ConfigurationError: Keys are asked for, and `ONEXTREE_API_KEY` is none.
    """
    ring = _ring(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            app.state.scanner = working or Scanner(settings)
            stack.callback(app.state.scanner.close)
            if ring is not None:
                stack.enter_context(ring)
            yield

    return make_application(
        settings,
        name="scanner",
        title="OnexTree service",
        description=_DESCRIPTION,
        routers=[trees.router, questions.router, metrics_router()],
        failures=Failures(STATUSES, always_ok=settings.http_status == "envelope", has_detail=True),
        lifespan=lifespan,
        ring=None if ring is None else lambda: ring,
        # Upstream asks by POST, so that a method does not tell what only reads.
        is_read=lambda scope: scope["path"] not in _WORKING,
    )


def _ring(settings: Settings) -> KeyRing | None:
    """The one key that is taken: that of the settings, since there is no database of them."""
    if settings.api_auth == "off":
        return None
    text = settings.api_key.get_secret_value() if settings.api_key else ""
    parsed = parse_key(text)
    if parsed is None:
        raise ConfigurationError(
            "With ONEXTREE_API_AUTH=keys this service takes the key in ONEXTREE_API_KEY, and there "
            "is none; set it to one that `onextree keys add` made."
        )
    key_id, secret = parsed
    key = StoredKey(
        key_id, "settings", hash_secret(secret), True, None, datetime.now(UTC), None, None
    )
    return KeyRing(lambda: [key])
