"""Without keys the API is for this machine alone: where it listens, and which pages may call it."""

import ipaddress
import re
import socket
from collections.abc import Sequence
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from onextree.api.middleware.refusal import OnError, refuse
from onextree.errors import ConfigurationError, Forbidden

__all__ = ["LoopbackHosts", "check_exposure", "is_loopback"]

_AUTHORITY = re.compile(rb"(?:(\[[0-9A-Fa-f:.]+\])|([A-Za-z0-9.-]+))(?::[0-9]{1,5})?")
_ORIGIN = re.compile(rb"https?://(.*)", re.DOTALL)


def check_exposure(host: str, auth: str) -> None:
    """Refuse to listen elsewhere than on loopback without keys.

    Args:
        host: `ONEXTREE_API_HOST` or the like. A name is loopback if all of its addresses are.
        auth: `ONEXTREE_API_AUTH`.

    Raises:
        ConfigurationError: Others than this machine could call, and no key is asked for.
    """
    if auth == "off" and not is_loopback(host) and not _leads_to_loopback(host):
        raise ConfigurationError(
            "Without API keys the API is for this machine alone: listen on 127.0.0.1, or set "
            "ONEXTREE_API_AUTH=keys and make keys with `onextree keys add`."
        )


def is_loopback(host: str) -> bool:
    """Whether a name or address, an IPv6 one in brackets or not, is this machine; none is asked."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _leads_to_loopback(name: str) -> bool:
    try:
        found = socket.getaddrinfo(
            name or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError):
        return False
    return all(is_loopback(str(address[0])) for *_, address in found)


class LoopbackHosts:
    """Refuses what a browser sends for a page of another machine, where no keys are asked for.

    Such a page cannot listen on loopback, but it can have its name lead there: then the request's
    ``Host`` is that name. Or it calls loopback openly: then ``Origin`` says whose it is, or
    ``Sec-Fetch-Site`` that it is somebody else's. A link that a person follows is let through.

    Args:
        on_error: What an error is answered with.
    """

    def __init__(self, app: ASGIApp, *, on_error: OnError) -> None:
        self._app = app
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "lifespan" and not _is_from_here(scope["headers"]):
            error = Forbidden(
                "Without API keys this is for callers on the same machine; call it by 127.0.0.1 or "
                "localhost, and from no page of another machine."
            )
            await refuse(error, scope, send, self._on_error)
            return
        await self._app(scope, receive, send)


def _is_from_here(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    has_host = has_origin = is_foreign = is_link = False
    for name, value in headers:
        if name == b"host":
            has_host = True
            if not _is_loopback_authority(value):
                return False
        elif name == b"origin":
            has_origin = True
            if not _is_loopback_origin(value):
                return False
        elif name == b"sec-fetch-site":
            is_foreign = value == b"cross-site"
        elif name == b"sec-fetch-dest":
            is_link = value == b"document"
    return has_host and (has_origin or is_link or not is_foreign)


@lru_cache(64)
def _is_loopback_authority(value: bytes) -> bool:
    found = _AUTHORITY.fullmatch(value)
    return found is not None and is_loopback((found[1] or found[2]).decode())


@lru_cache(64)
def _is_loopback_origin(value: bytes) -> bool:
    found = _ORIGIN.fullmatch(value)
    return found is not None and _is_loopback_authority(found[1])
