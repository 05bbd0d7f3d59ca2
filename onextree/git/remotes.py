"""Which URLs of git repositories may be fetched, and how each is written."""

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from onextree.errors import ConfigurationError, InvalidRemote, RemoteNotAllowed

__all__ = ["AllowedRemotes", "RemoteUrl", "looks_remote"]

_PORTS = {"https": 443, "ssh": 22, "http": 80, "git": 9418}
_LONGEST = 2_048
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)(/.*)?", re.DOTALL)
_SHORT = re.compile(r"((?:[^/:@]+@)?(?:\[[^]/]*\]|[^/:@\[]+)):(.*)", re.DOTALL)
_PLACE = re.compile(r"(?:([^@]*)@)?(\[[0-9A-Fa-f:.]+\]|[^:@\[\]]*)(?::([0-9]{1,5}))?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_HOST = re.compile(r"(?!.{254})[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_][a-z0-9_-]*)*")
_PATH = re.compile(r"(?:[A-Za-z0-9/._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})+")
_UNSAFE = re.compile(rb"[\0-\x1f\x7f\\]")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class AllowedRemotes:
    """What the settings list.

    Attributes:
        schemes: Of `https`, `ssh`, `http` and `git`.
        hosts: Each with its port, None for the scheme's own; ``*.NAME`` for every host below NAME.
    """

    schemes: frozenset[str] = frozenset({"https", "ssh"})
    hosts: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def parse(cls, schemes: str, hosts: str) -> "AllowedRemotes":
        """Read `ONEXTREE_REMOTE_SCHEMES` and `ONEXTREE_REMOTE_HOSTS`.

        Raises:
            ConfigurationError: One lists what cannot be allowed.
        """
        named = frozenset(_words(schemes.lower()))
        if not named <= _PORTS.keys():
            raise ConfigurationError(
                f"ONEXTREE_REMOTE_SCHEMES may list {', '.join(_PORTS)} and nothing else."
            )
        return cls(named, frozenset(map(_listed_host, _words(hosts))))

    def check(self, url: "RemoteUrl") -> None:
        """Raise `RemoteNotAllowed` for a URL that is not listed."""
        if url.scheme not in self.schemes:
            raise RemoteNotAllowed(
                f"Git repositories are not fetched by {url.scheme} here; use "
                f"{' or '.join(sorted(self.schemes))}, or add it to ONEXTREE_REMOTE_SCHEMES.",
                scheme=url.scheme,
            )
        above = url.host.split(".")
        names = [url.host, *(".".join(("*", *above[cut:])) for cut in range(1, len(above)))]
        ports = (url.port,) if url.port else (None, _PORTS[url.scheme])
        if not any((name, port) in self.hosts for name in names for port in ports):
            place = url.host if url.port is None else f"{url.host}:{url.port}"
            raise RemoteNotAllowed(
                f"{place} is no host whose repositories may be projects; "
                f"add it to ONEXTREE_REMOTE_HOSTS{'' if self.hosts else ', which lists none'}.",
                host=place,
            )


@dataclass(frozen=True, slots=True)
class RemoteUrl:
    """The URL of a git repository that may be fetched; it never has a password in it.

    Attributes:
        host: In lower case, an IPv6 address in brackets.
        port: None for the scheme's own.
        user: Of ssh; None for all others.
        path: Percent-encoded, with a leading slash; without one it is relative to the home of the
            user of ssh, as in ``git@host:path``, and not encoded.
    """

    scheme: str
    host: str
    port: int | None
    user: str | None
    path: str

    @classmethod
    def parse(cls, text: str, allowed: AllowedRemotes | None) -> "RemoteUrl":
        """Read ``SCHEME://HOST[:PORT]/PATH``, ``ssh://USER@HOST/PATH`` or ``USER@HOST:PATH``.

        Args:
            allowed: None for a URL that nothing is asked of.

        Raises:
            InvalidRemote: It is no such URL, or it has a password in it; it is not repeated.
            RemoteNotAllowed: The settings do not list its scheme or host.
        """
        if len(text) > _LONGEST:
            raise InvalidRemote(f"A git URL has at most {_LONGEST} characters.")
        if text.startswith("-") or not text.isascii() or not text.isprintable() or " " in text:
            raise _malformed("it has characters that a URL cannot have; percent-encode them")
        full, short = _URL.fullmatch(text), _SHORT.fullmatch(text)
        if full:
            scheme, place, path = full[1].lower(), full[2], full[3] or ""
        elif short and not short[2].startswith(":"):
            scheme, place, path = "ssh", short[1], short[2]
        else:
            raise _malformed("it is neither SCHEME://HOST/PATH nor USER@HOST:PATH")
        if scheme not in _PORTS:
            listed = f" ({', '.join(sorted(allowed.schemes))})" if allowed else ""
            raise RemoteNotAllowed(
                "Git repositories are only fetched by a scheme that ONEXTREE_REMOTE_SCHEMES "
                f"lists{listed}."
            )
        if short and "%" in path and not full:
            raise _malformed("a path with % is clear in an ssh:// URL only")
        user, host, port = _place(place, scheme)
        url = cls(scheme, host, None if port == _PORTS[scheme] else port, user, _path(path))
        if allowed is not None:
            allowed.check(url)
        return url

    def __str__(self) -> str:
        """The canonical text: as `parse` takes it, and the same for every way to write it."""
        place = f"{self.user}@{self.host}" if self.user else self.host
        if not self.path.startswith("/"):
            return f"{place}:{self.path}"
        return f"{self.scheme}://{place}{f':{self.port}' if self.port else ''}{self.path}"

    @property
    def key(self) -> str:
        """A short name for a directory, another one for every URL."""
        slug = _SLUG.sub("-", self.path.removesuffix(".git").rpartition("/")[2].lower()).strip("-")
        digest = hashlib.sha256(str(self).encode()).hexdigest()
        return f"{slug[:40].strip('-') or 'repository'}-{digest[:24]}"

    @property
    def origin(self) -> str:
        """Scheme, host and port, with a slash at the end: what a credential is for."""
        return f"{self.scheme}://{self.host}{f':{self.port}' if self.port else ''}/"

    @property
    def is_loopback(self) -> bool:
        """Whether it leads to this machine without any look-up of names."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"


def looks_remote(text: str) -> bool:
    """Whether a text is meant as a URL rather than as a directory; `RemoteUrl.parse` tells more."""
    return "://" in text or ("@" in text and bool(_SHORT.fullmatch(text)))


def _malformed(reason: str) -> InvalidRemote:
    return InvalidRemote(
        f"That is no URL of a git repository: {reason}. Give one such as "
        "https://example.org/group/project.git"
    )


def _place(text: str, scheme: str) -> tuple[str | None, str, int | None]:
    """User, host and port."""
    if "@" in text and (scheme != "ssh" or ":" in text.rpartition("@")[0]):
        raise InvalidRemote(
            "A git URL must not have a user or a password in it; leave them out and give the "
            "credential by reference: env:NAME or file:/path."
        )
    found = _PLACE.fullmatch(text)
    if found is None:
        raise _malformed("its host or port cannot be read")
    user, host, port = found[1], found[2].lower(), int(found[3]) if found[3] else None
    if user is not None and not _USER.fullmatch(user):
        raise _malformed("its user has characters that git or ssh could misread")
    if port is not None and not 1 <= port <= 65_535:
        raise _malformed("its port is none")
    return user, _host(host), port


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        except ValueError:
            raise _malformed("its host is no IPv6 address") from None
    if not _HOST.fullmatch(text):
        raise _malformed("its host is none; write an international one as xn--...")
    return text


def _path(text: str) -> str:
    path = re.sub("//+", "/", text).rstrip("/")
    if not path or not _PATH.fullmatch(path):
        raise _malformed("its path is empty or has characters that must be percent-encoded")
    decoded = unquote_to_bytes(path)
    parts = decoded.removeprefix(b"/").split(b"/")
    if _UNSAFE.search(decoded) or {b"", b".", b".."} & set(parts) or parts[0].startswith(b"-"):
        raise _malformed("its path has a part that could lead elsewhere")
    return re.sub("%..", _canonical_escape, path)


def _canonical_escape(found: re.Match[str]) -> str:
    char = chr(int(found[0][1:], 16))
    return char if _UNRESERVED.fullmatch(char) else found[0].upper()


def _words(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.strip(" \t\r\n,")) if text.strip(" \t\r\n,") else []


def _listed_host(text: str) -> tuple[str, int | None]:
    below = text.startswith("*.")
    try:
        user, host, port = _place(text.removeprefix("*."), "ssh")
        if user is not None or (below and host.startswith("[")):
            raise _malformed("it has a user")
    except InvalidRemote:
        raise ConfigurationError(
            "ONEXTREE_REMOTE_HOSTS may list HOST, HOST:PORT and *.example.org, nothing else."
        ) from None
    return ("*." if below else "") + host, port
