"""The way to a server: what comes through it ends in time, is not too long, and never raises.

The official SDK gives up a whole session when one connection fails, reads answers of any length,
and shields what it sends last from being cut off. So connections that fail come out as answers that
say so, and a body that breaks off as the error of a stream that the SDK expects.
"""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import anyio
import httpx2
import orjson

from onextree.intelligence.archon.budget import (
    MOST_BYTES_OF_AN_ANSWER,
    Budget,
    BudgetSpent,
    OutOfTime,
)

__all__ = ["Wire", "open_wire"]

_SESSION = "mcp-session-id"
_CONNECTIONS = httpx2.Limits(max_connections=12, max_keepalive_connections=12, keepalive_expiry=2.0)
_GONE = frozenset({400, 404})
_REFUSED = frozenset({401, 403})
_INTERNAL_ERROR = -32603


class _Broken(httpx2.StreamError):
    """A body that will not come to its end."""


class Wire(httpx2.AsyncBaseTransport):
    """HTTP within a budget.

    Attributes:
        trouble: What went wrong last, as the end of a sentence about the server; empty for nothing.
        is_late: Whether that was the end of the time.
        lost_session: Whether a request of a session was answered with 400 or 404, or the connection
            broke: the server may be a new one, which knows no session of the old.

    Args:
        budget: Of the ask.
        verify: Certificates that are trusted.
    """

    def __init__(self, budget: Budget, verify: ssl.SSLContext | bool) -> None:
        self.trouble = ""
        self.is_late = False
        self.lost_session = False
        self._budget = budget
        self._http = httpx2.AsyncHTTPTransport(verify=verify, trust_env=False, limits=_CONNECTIONS)

    @property
    def is_useless(self) -> bool:
        """Whether whatever else is sent cannot be answered."""
        return self.is_late or self.lost_session or self._budget.is_spent

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; what fails is an answer of status 502."""
        if request.method == "GET":
            # A stream of what the server wants to say by itself: nothing of that is listened to.
            return httpx2.Response(405, request=request)
        if request.method == "DELETE":
            return await self._end_session(request)
        is_of_session = _SESSION in request.headers
        try:
            response = await self._exchange(request, self._budget.request())
        except (BudgetSpent, TimeoutError, httpx2.HTTPError) as error:
            self._failed(error, is_of_session)
            return _failure(request, self.trouble)
        self._look_at(response, is_of_session)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            self.trouble = "answers in a compression that was not asked for"
            return _failure(request, self.trouble)
        response.stream = _Body(response, self._budget, lambda e: self._failed(e, is_of_session))
        return response

    async def _end_session(self, request: httpx2.Request) -> httpx2.Response:
        """The server need not keep it; whether it hears that makes no difference to the ask."""
        with suppress(BudgetSpent, TimeoutError, httpx2.HTTPError):
            response = await self._exchange(request, self._budget.last_request())
            await response.aclose()
        return httpx2.Response(204, request=request)

    async def _exchange(self, request: httpx2.Request, seconds: float) -> httpx2.Response:
        with anyio.fail_after(seconds):
            return await self._http.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _look_at(self, response: httpx2.Response, is_of_session: bool) -> None:
        status = response.status_code
        self.lost_session = self.lost_session or (is_of_session and status in _GONE)
        if status in _REFUSED:
            self.trouble = f"does not accept the token (HTTP {status})"
        elif status >= httpx2.codes.MULTIPLE_CHOICES:
            self.trouble = f"answers with HTTP {status}"

    def _failed(self, error: Exception, is_of_session: bool) -> None:
        self.is_late = isinstance(error, OutOfTime | TimeoutError)
        if self.is_late:
            self.trouble = "did not answer in time"
        elif isinstance(error, BudgetSpent):
            self.trouble = f"says too much: {error}"
        elif isinstance(error, httpx2.ConnectError):
            self.trouble = "cannot be reached"
        else:
            self.lost_session = self.lost_session or is_of_session
            self.trouble = f"broke off ({type(error).__name__})"


class _Body(httpx2.AsyncByteStream):
    """A body within the budget; each of its faults is a `StreamError`."""

    def __init__(
        self, response: httpx2.Response, budget: Budget, failed: Callable[[Exception], None]
    ) -> None:
        self._stream = response.stream
        self._budget = budget
        self._failed = failed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._stream, httpx2.AsyncByteStream)
        read = 0
        chunks = aiter(self._stream)
        while True:
            try:
                with anyio.fail_after(self._budget.seconds):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                read += len(chunk)
                self._budget.take(len(chunk))
                if read > MOST_BYTES_OF_AN_ANSWER:
                    raise BudgetSpent(f"an answer has more than {MOST_BYTES_OF_AN_ANSWER:,} bytes")
            except (BudgetSpent, TimeoutError, httpx2.HTTPError) as error:
                self._failed(error)
                raise _Broken("the answer broke off") from error
            yield chunk

    async def aclose(self) -> None:
        if isinstance(self._stream, httpx2.AsyncByteStream):
            await self._stream.aclose()


@asynccontextmanager
async def open_wire(
    base_url: str, headers: Mapping[str, str], budget: Budget
) -> AsyncIterator[tuple[Wire, httpx2.AsyncClient]]:
    """A client whose requests all go by a wire; no proxy or credential of the environment is used.

    Args:
        base_url: Checked already.
        headers: Of every request, the token's among them.
    """
    # The certificates take 20 ms to load.
    verify = base_url.startswith("https:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    wire = Wire(budget, verify)
    async with httpx2.AsyncClient(
        transport=wire,
        headers={"Accept-Encoding": "identity", "User-Agent": "onextree", **headers},
        timeout=None,  # the wire has one clock for all
        max_redirects=1,  # of the SDK, from /mcp to /mcp/ and never to another origin
        trust_env=False,
    ) as client:
        yield wire, client


def _failure(request: httpx2.Request, trouble: str) -> httpx2.Response:
    error = {"code": _INTERNAL_ERROR, "message": f"Archon {trouble}."}
    return httpx2.Response(
        502,
        request=request,
        headers={"content-type": "application/json"},
        content=orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error}),
    )
