"""The bytes of a source file as the text that parsers read."""

import codecs
from typing import Final

__all__ = ["MAX_BYTES", "decode_source", "line_count"]

MAX_BYTES: Final = 1 << 20
"""Larger files are not parsed: they are data, or were written by a program."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode_source(content: bytes) -> str:
    """The text of any bytes, without a byte order mark, and without NUL, which PostgreSQL has not.

    UTF-8; what is not, and says by its mark that it is UTF-16, as that; else every byte as the
    character of Latin-1, which leaves ASCII, and so the syntax, as it is.
    """
    return _decode(content).replace("\0", "\ufffd")


def _decode(content: bytes) -> str:
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        if content.startswith(_UTF_16):
            return content.decode("utf-16", "replace")
        return content.decode("latin-1")


def line_count(content: str | bytes) -> int:
    """How many lines it has; the last one counts with a line end and without."""
    text = content if isinstance(content, str) else content.decode("latin-1")
    return text.count("\n") + (1 if text and not text.endswith("\n") else 0)
