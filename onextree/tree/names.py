"""File names are bytes; here is how they become text and come back.

PostgreSQL and JSON hold Unicode only. A name that is valid UTF-8 is stored as it is. Every other
byte, and every byte of a character in U+10FF00..U+10FFFF (private use), becomes the character
U+10FF00 + byte. That is reversible, and two different names never get the same text. Cygwin and
WSL do the same with other code points.

A directory whose path is too long for a B-tree key (2,704 bytes) gets a shorter, unique key.
"""

import codecs
import hashlib
import re

__all__ = ["DIRECTORY_KEY_LIMIT", "SURE_PREFIX", "decode_name", "directory_key", "encode_name"]

_BASE = 0x10FF00
_RESERVED = re.compile(r"[\U0010ff00-\U0010ffff]")
_RESERVED_UTF8 = re.compile(rb"\xf4\x8f[\xbc-\xbf][\x80-\xbf]")

DIRECTORY_KEY_LIMIT = 1500
"""Bytes of UTF-8. A name has at most 255 bytes, escaped 1,020: both fit into one key."""

_KEY_MARK = chr(_BASE)
_KEY_PREFIX = 1400

SURE_PREFIX = _KEY_PREFIX - 3
"""Bytes of a path that its key begins with in any case; it is cut between two characters."""


def _escape_undecodable(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    return "".join(chr(_BASE + byte) for byte in bad), error.end


codecs.register_error("onextree", _escape_undecodable)


def decode_name(raw: bytes) -> str:
    """Text of a name or path; `encode_name` gives the same bytes back."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        pass
    else:
        if not _RESERVED.search(text):
            return text
    pieces: list[str] = []
    position = 0
    for match in _RESERVED_UTF8.finditer(raw):
        pieces.append(raw[position : match.start()].decode("utf-8", "onextree"))
        pieces.append("".join(chr(_BASE + byte) for byte in match.group()))
        position = match.end()
    pieces.append(raw[position:].decode("utf-8", "onextree"))
    return "".join(pieces)


def encode_name(text: str) -> bytes:
    """The bytes that `decode_name` made this text of."""
    if not _RESERVED.search(text):
        return text.encode()
    return b"".join(
        bytes([ord(char) - _BASE]) if _RESERVED.match(char) else char.encode() for char in text
    )


def directory_key(directory: str) -> str:
    """The text that stands for a directory in an index: itself, unless it is too long.

    A long one is cut and given its SHA-256 behind U+10FF00, which is no part of any name.
    """
    encoded = directory.encode()
    if len(encoded) <= DIRECTORY_KEY_LIMIT:
        return directory
    start = encoded[:_KEY_PREFIX].decode("utf-8", "ignore")
    return f"{start}{_KEY_MARK}{hashlib.sha256(encoded).hexdigest()}"
