"""Who calls: API keys, and what each of them is for.

The keys are in the memory of each process, read anew every two seconds by a thread. So a request is
checked in microseconds; a key that was made works, and one that was revoked stops working, within
about two seconds. The same goes for a project that was renamed or removed.

While the database cannot be reached, the keys that were read last are used for a minute: an API
that answers from memory goes on through a restart of PostgreSQL. After that every key is refused
with `DatabaseUnavailable`, since one may have been revoked where this process cannot see it.
"""

import hmac
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType

from onextree.errors import DatabaseUnavailable, Forbidden, OnexTreeError, Unauthorized
from onextree.store.api_keys import StoredKey, hash_secret, parse_key

__all__ = ["ANYBODY", "Caller", "KeyRing"]

_log = logging.getLogger(__name__)

_LONGEST_OUTAGE = 60.0  # seconds
_BETWEEN_NOTES = 60.0
_NO_KEY = bytes(32)  # no secret has this hash that anybody could find


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes a request.

    Attributes:
        name: Of the key.
        projects: Ids of those that the key is for; None for all.
    """

    name: str
    may_write: bool
    projects: frozenset[str] | None

    def require(self, project_id: str, *, write: bool = False) -> None:
        """Refuse what the key is not for; before anything is looked up.

        Raises:
            Forbidden: It is said alike of a project of others and of one that is not there.
        """
        if self.projects is not None and project_id not in self.projects:
            raise Forbidden("This API key is not for this project; use one that is.")
        if write:
            self.require_write()

    def require_all(self, *, write: bool = False) -> None:
        """Refuse a key that is for certain projects only, where something is about all of them.

        Raises:
            Forbidden: It is one, or not for writing.
        """
        if self.projects is not None:
            raise Forbidden("This is about all projects; use an API key that is for all of them.")
        if write:
            self.require_write()

    def require_write(self) -> None:
        """Refuse a key that only reads.

        Raises:
            Forbidden: It is one.
        """
        if not self.may_write:
            raise Forbidden("This API key is for reading alone; use one made with --write.")


ANYBODY = Caller("anybody", may_write=True, projects=None)
"""Whoever calls where no keys are asked for: `ONEXTREE_API_AUTH=off`, on loopback alone."""


class KeyRing:
    """The keys that are known to this process; a context, in which they are kept up to date.

    Args:
        load: Reads all keys that are not revoked.
        note: Remembers when keys were used last, by their ids.
        seconds: Between two readings.
        clock: Seconds, from anywhere.
    """

    def __init__(
        self,
        load: Callable[[], Sequence[StoredKey]],
        note: Callable[[Mapping[str, datetime]], None] | None = None,
        *,
        seconds: float = 2.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._load = load
        self._note = note
        self._seconds = seconds
        self._clock = clock
        self._keys: Mapping[str, tuple[bytes, Caller]] = {}
        self._read_at = float("-inf")
        self._noted_at = clock()
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "KeyRing":
        self.refresh()
        self._thread = threading.Thread(target=self._keep, name="api-keys", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._note_uses()

    def authenticate(self, authorization: str | None, x_api_key: str | None) -> Caller:
        """Whoever calls with these headers.

        Args:
            authorization: ``Bearer KEY``; not looked at where there is the other one.
            x_api_key: The key.

        Raises:
            Unauthorized: There is no key, or none that is known, or it was revoked.
            DatabaseUnavailable: Keys could not be read for too long.
        """
        text = _presented(authorization, x_api_key)
        if text is None:
            raise Unauthorized(
                "This needs an API key: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
            )
        if self._clock() - self._read_at > _LONGEST_OUTAGE:
            raise DatabaseUnavailable(
                "API keys cannot be checked while the database is away; try again."
            )
        key_id, secret = parse_key(text) or ("", "")
        expected, caller = self._keys.get(key_id, (_NO_KEY, None))
        is_right = hmac.compare_digest(hash_secret(secret), expected)
        if caller is None or not is_right:
            raise Unauthorized(
                "This API key is not known, or was revoked; have one made with `onextree keys add`."
            )
        with self._lock:
            self._used[key_id] = datetime.now(UTC)
        return caller

    def refresh(self) -> None:
        """Read the keys; where that fails, the last ones stay."""
        started = self._clock()
        try:
            stored = self._load()
        except OnexTreeError as error:
            _log.warning("API keys cannot be read: %s", error.message)
            return
        self._keys = {key.key_id: (key.secret_hash, _caller(key)) for key in stored}
        self._read_at = started

    def _keep(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self.refresh()
                if self._clock() - self._noted_at >= _BETWEEN_NOTES:
                    self._note_uses()
            except Exception:
                # The thread goes on: without it, what was revoked would stay in use.
                _log.exception("API keys cannot be kept up to date")

    def _note_uses(self) -> None:
        self._noted_at = self._clock()
        with self._lock:
            used, self._used = self._used, {}
        if not used or self._note is None:
            return
        try:
            self._note(used)
        except OnexTreeError as error:
            _log.warning("The last use of API keys is not stored: %s", error.message)


def _presented(authorization: str | None, x_api_key: str | None) -> str | None:
    if x_api_key is not None:
        return x_api_key
    scheme, _, text = (authorization or "").partition(" ")
    return text.strip(" ") if scheme.lower() == "bearer" else None


def _caller(key: StoredKey) -> Caller:
    return Caller(
        key.name, key.may_write, None if key.projects is None else frozenset(key.projects)
    )
