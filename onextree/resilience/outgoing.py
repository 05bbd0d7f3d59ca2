"""URLs of services that are called: only such as a setting can mean, and none that leads astray."""

import ipaddress
import re
from collections.abc import Sequence

from onextree.errors import ConfigurationError

__all__ = ["checked_url"]

_LONGEST = 2_048
_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?.*)?(#.*)?", re.IGNORECASE)
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]]+)(?::([0-9]{1,5}))?")
_HOST = re.compile(
    r"(?!.{254})[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
    r"(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_PATH = re.compile(r"(?:[A-Za-z0-9/._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where no service is, but clouds tell a machine's credentials to whoever asks from it.
_REFUSED_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog"})
_REFUSED: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"),
        *("::/128", "fe80::/10", "ff00::/8"),
        *("100.100.100.200/32", "fd00:ec2::254/128"),
    )
]
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 behind NAT64


def checked_url(text: str, *, setting: str = "The URL of a service") -> str:
    """The base URL of a service, ``SCHEME://HOST[:PORT][/PATH]``, without a slash at its end.

    Names are not looked up: they are the choice of whoever sets them, and may lead elsewhere later.
    So whoever calls it follows no redirects.

    Args:
        setting: What is named where the URL cannot be used; the URL is not repeated.

    Raises:
        ConfigurationError: It is no such URL; or it has a user, a password, a query or a fragment;
            or it leads to a link-local, metadata, multicast or unspecified address.
    """
    try:
        return _canonical(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{setting} cannot be used: {error}. Give one such as http://127.0.0.1:8058."
        ) from None


def _canonical(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"it has more than {_LONGEST:,} characters")
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("it has characters that a URL cannot have")
    found = _URL.fullmatch(text)
    if found is None:
        raise ValueError("it does not begin with http:// or https://")
    scheme, authority, path, query, fragment = found.groups()
    if "@" in authority:
        raise ValueError("it has a user or a password in it, which have their own setting")
    if query or fragment:
        raise ValueError("it has a query or a fragment")
    if not _PATH.fullmatch(path):
        raise ValueError("its path has characters that must be percent-encoded")
    place = _PLACE.fullmatch(authority.lower())
    if place is None or (place[2] is not None and not 1 <= int(place[2]) <= 65_535):
        raise ValueError("its host or port cannot be read")
    _check_host(place[1])
    return f"{scheme.lower()}://{place[0]}{path.rstrip('/')}"


def _check_host(host: str) -> None:
    address = _address(host)
    if address is not None:
        if any(address in network for network in _REFUSED):
            raise ValueError("its address is link-local, unspecified, or of no single machine")
    elif host.startswith("[") or _NUMBER.fullmatch(host):
        raise ValueError("its host is a number, but no address as it is usually written")
    elif not _HOST.fullmatch(host):
        raise ValueError("its host is none; write an international one as xn--...")
    elif host in _REFUSED_NAMES:
        raise ValueError("its host tells clouds' secrets and is no service")


def _address(host: str) -> _Address | None:
    """The address that is written as a host, the IPv4 one that is meant by an IPv6 one."""
    try:
        if not host.startswith("["):
            return ipaddress.IPv4Address(host)
        address = ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return None
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
