"""One attempt of a call over HTTP: bounded in size, its failures as OnexTree's errors."""

import re
import ssl
from dataclasses import dataclass

import httpx

from onextree.clients.bodies import read_bounded
from onextree.clients.requests import Request
from onextree.errors import (
    ClientError,
    ConfigurationError,
    ServiceUnavailableError,
)

__all__ = ["CONNECTIONS", "MOST_BYTES_OF_AN_ANSWER", "MOST_BYTES_OF_A_TREE", "Reply", "Transport"]

MOST_BYTES_OF_AN_ANSWER = 64 << 20
MOST_BYTES_OF_A_TREE = 512 << 20
CONNECTIONS = 20
_POOL = httpx.Limits(
    max_connections=CONNECTIONS,
    max_keepalive_connections=CONNECTIONS,
    # Below what servers keep, so that none closes a connection while a request goes out on it.
    keepalive_expiry=2.0,
)
_KEY = re.compile(r"[!-~]+")
_CUT_OFF = ("disconnected", "closed connection")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    headers: httpx.Headers
    body: bytes | bytearray


class Transport:
    """A pool of connections to one server, used by one event loop.

    No proxy, redirect or credential of the environment is used.

    Args:
        base_url: Checked already.
        api_key: Sent as a bearer token.
        transport: Of httpx, in place of sockets.

    Raises:
        ConfigurationError: No header can hold the key, which is not repeated.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "onextree",
        }
        if api_key:
            if not _KEY.fullmatch(api_key):
                raise ConfigurationError("The API key of a service has printable ASCII alone.")
            headers["Authorization"] = f"Bearer {api_key}"
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            timeout=None,  # noqa: S113 - callers have one clock for all of an attempt
            limits=_POOL,
            verify=_trust(base_url),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def exchange(
        self,
        request: Request,
        headers: dict[str, str],
        *,
        most: int = MOST_BYTES_OF_AN_ANSWER,
    ) -> Reply:
        """Send a request and read the whole answer, however long that takes: callers cut it off.

        There is no second clock here, as who is cancelled twice does not close a connection.

        Args:
            most: Bytes that the answer may have.

        Raises:
            ServiceUnavailableError: The server cannot be reached, or broke off.
            ClientError: What came is not HTTP, compressed, or too long.
        """
        try:
            return await self._exchange(request, headers, most)
        except httpx.RemoteProtocolError as error:
            if any(words in str(error) for words in _CUT_OFF):
                raise self._unavailable(request, error) from error
            raise ClientError(f"{self.base_url} does not answer {request} with HTTP.") from error
        except httpx.NetworkError as error:
            raise self._unavailable(request, error) from error
        except httpx.HTTPError as error:
            raise ClientError(f"{request} cannot be sent to {self.base_url}: {error}.") from error

    async def _exchange(self, request: Request, headers: dict[str, str], most: int) -> Reply:
        if request.body:
            headers = {**headers, "Content-Type": "application/json"}
        async with self._client.stream(
            request.method,
            request.path,
            params=request.params or None,
            content=request.body or None,
            headers=headers,
        ) as response:
            try:
                body = await read_bounded(response, most)
            except ValueError as error:
                raise ClientError(
                    f"{self.base_url} answers {request} with what {error}.",
                    status=response.status_code,
                ) from error
            return Reply(response.status_code, response.headers, body)

    def _unavailable(self, request: Request, error: Exception) -> ServiceUnavailableError:
        reason = str(error) or type(error).__name__
        return ServiceUnavailableError(
            f"{self.base_url} cannot be reached for {request} ({reason}); is the service running?"
        )


def _trust(base_url: str) -> bool | ssl.SSLContext:
    """The usual certificates; without TLS none, as it takes 20 ms to load them."""
    return base_url.startswith("https:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
