"""The API's address, as somebody gives it."""

import re
from urllib.parse import urlsplit

from onextree.errors import InvalidRequest

__all__ = ["check_address"]


def check_address(address: str) -> str:
    """An address that can be sent to, without the slash at its end; empty stays empty.

    Raises:
        InvalidRequest: It is none. It is not repeated: it may hold a password.
    """
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.hostname) and parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:  # a port that is none, say
        is_whole = False
    if not is_whole or re.search(r"[^!-~]|[@?#]", address):
        raise InvalidRequest(
            "The API's address cannot be used; give it as http://HOST:PORT, without a password."
        )
    return address.rstrip("/")
