"""The bridge API in this process, on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from onextree.api.bridge.application import make_bridge
from onextree.settings import Settings

__all__ = ["Api", "running_app", "running_bridge"]


class Api(httpx.Client):
    """Asks an API, and unpacks its envelopes."""

    def data(self, method: str, url: str, **options: Any) -> Any:
        """`data` of an answer that is a success."""
        answer = self.request(method, url, **options)
        body = answer.json()
        assert body["status"] == "success", body
        return body["data"]

    def error(self, method: str, url: str, **options: Any) -> tuple[int, str]:
        """Status and first code of an answer that is an error."""
        answer = self.request(method, url, **options)
        body = answer.json()
        assert body["status"] == "error", body
        assert body["data"] is None
        assert body["message"]
        return answer.status_code, body["error"][0]["code"]


@contextmanager
def running_app(app: ASGIApp) -> Iterator[str]:
    """An application behind a real socket; its URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the application has not started"
            thread.join(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def running_bridge(settings: Settings, **changes: Any) -> Iterator[Api]:
    """The bridge API with settings, some of them changed."""
    changed = settings.model_copy(update=changes)
    with running_app(make_bridge(changed)) as url, Api(base_url=url, timeout=30) as api:
        yield api
