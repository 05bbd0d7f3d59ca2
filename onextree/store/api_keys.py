"""Keys for the HTTP API: what one looks like, and what is stored of it.

A key is ``onex_ID_SECRET``. The id, 16 hexadecimal digits, says which key it is and is no secret;
the secret is 32 random bytes as 43 characters of URL-safe base64. Of the secret only its SHA-256 is
stored. A slow hash, as passwords need one, would protect nothing: nobody can try 2^256 secrets.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.rows import class_row

from onextree.errors import InvalidRequest
from onextree.store.database import RawConnection, statement

__all__ = [
    "MadeKey",
    "StoredKey",
    "add_api_key",
    "check_key_name",
    "find_api_key",
    "hash_secret",
    "list_api_keys",
    "make_key",
    "note_key_uses",
    "parse_key",
    "revoke_api_key",
]

_KEY = re.compile(r"onex_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key.

    Attributes:
        text: The key itself, which nothing prints by accident.
    """

    key_id: str
    text: str = field(repr=False)
    secret_hash: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What is stored of a key.

    Attributes:
        secret_hash: SHA-256 of the secret, 32 bytes.
        projects: Ids of those that it is for, as they are now; None for all.
        last_used_at: To the minute or so; None if it never was.
        revoked_at: None while it may be used.
    """

    key_id: str
    name: str
    secret_hash: bytes = field(repr=False)
    may_write: bool
    projects: Sequence[str] | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def make_key() -> MadeKey:
    """A key that nobody else has."""
    key_id = secrets.token_hex(8)
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return MadeKey(key_id, f"onex_{key_id}_{secret}", hash_secret(secret))


def parse_key(text: str) -> tuple[str, str] | None:
    """Id and secret of a key; None for a text that is none."""
    found = _KEY.fullmatch(text)
    return (found[1], found[2]) if found else None


def hash_secret(secret: str) -> bytes:
    """SHA-256 of a secret's characters, 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()


def check_key_name(name: str) -> str:
    """Give back a name that a key can have.

    Raises:
        InvalidRequest: It is not 1 to 100 letters, digits, ``_``, ``.`` and ``-``.
    """
    if not _NAME.fullmatch(name):
        raise InvalidRequest(
            "The name of an API key has 1 to 100 letters, digits, '_', '.' and '-'; name it for "
            "who will use it."
        )
    return name


def list_api_keys(
    connection: RawConnection, *, name: str | None = None, with_revoked: bool = False
) -> list[StoredKey]:
    """Keys in the order of their names.

    Args:
        name: This one alone.
    """
    with connection.cursor(row_factory=class_row(StoredKey)) as cursor:
        cursor.execute(statement("select_api_keys"), {"name": name, "with_revoked": with_revoked})
        return cursor.fetchall()


def find_api_key(connection: RawConnection, name: str) -> StoredKey:
    """The key of that name, revoked or not.

    Raises:
        InvalidRequest: There is none.
    """
    found = list_api_keys(connection, name=name, with_revoked=True)
    if not found:
        raise InvalidRequest("There is no API key of that name; see `onextree keys list`.")
    return found[0]


def add_api_key(
    connection: RawConnection,
    key: MadeKey,
    name: str,
    *,
    may_write: bool,
    project_keys: Sequence[int] | None,
) -> StoredKey:
    """Store a new key; to store the same one again changes nothing.

    Args:
        project_keys: Of the projects that it is for; None for all.

    Raises:
        InvalidRequest: Another key has the name, or had it until it was revoked.
    """
    connection.execute(
        statement("add_api_key"),
        {
            "key_id": key.key_id,
            "name": name,
            "secret_hash": key.secret_hash,
            "may_write": may_write,
            "is_for_all_projects": project_keys is None,
            "project_keys": list(project_keys or ()),
        },
    )
    stored = find_api_key(connection, name)
    if stored.key_id != key.key_id:
        raise InvalidRequest(
            f"There is an API key {name!r} already; choose another name. That of a revoked key is "
            "not used again, so that a log tells which one it was.",
            name=name,
        )
    return stored


def revoke_api_key(connection: RawConnection, name: str) -> StoredKey:
    """Have a key refused from now on; for one that is revoked already, nothing changes.

    Raises:
        InvalidRequest: There is none of that name.
    """
    connection.execute(statement("revoke_api_key"), {"name": name})
    return find_api_key(connection, name)


def note_key_uses(connection: RawConnection, uses: Mapping[str, datetime]) -> None:
    """Remember when keys were used last, by their ids, at most once a minute."""
    connection.execute(
        statement("note_key_uses"), {"key_ids": list(uses), "times": list(uses.values())}
    )
