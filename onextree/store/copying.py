"""Entries in PostgreSQL's binary COPY format: far less to make and to read than its text."""

import struct
from collections.abc import Iterator, Mapping, Sequence

from onextree.tree.classification.model import FileClass
from onextree.tree.model import Entry, Kind
from onextree.tree.names import decode_name, directory_key

__all__ = ["copy_blocks"]

_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = struct.pack("!h", -1)
_NULL = struct.pack("!i", -1)
_FIXED = struct.Struct("!hiiiiiq")  # fields, then lengths and values of the first three
_LENGTH = struct.Struct("!i")
_COLUMNS = 9
_KINDS = {kind: _LENGTH.pack(1) + kind.value.encode() for kind in Kind}
_DIGEST = _LENGTH.pack(32)
_BATCH = 4096


def copy_blocks(
    entries: Sequence[Entry],
    numbers: Mapping[FileClass | None, int | None],
    project_key: int,
    version: int,
) -> Iterator[bytes]:
    """The rows of ``copy_entries``, in blocks.

    Args:
        numbers: Of each class.
    """
    classes = {
        file_class: _NULL if number is None else struct.pack("!ih", 2, number)
        for file_class, number in numbers.items()
    }
    directories: dict[bytes, tuple[bytes, bytes]] = {}
    pack, length = _FIXED.pack, _LENGTH.pack
    pieces: list[bytes] = [_START]
    for row, (directory, name, kind, size, digest, file_class) in enumerate(entries, 1):
        columns = directories.get(directory)
        if columns is None:
            columns = directories[directory] = _directory(directory)
        text = name if name.isascii() else decode_name(name).encode()
        pieces += (
            pack(_COLUMNS, 4, project_key, 4, version, 8, size),
            _KINDS[kind],
            columns[0],
            length(len(text)),
            text,
            _NULL if digest is None else _DIGEST + digest,
            columns[1],
            classes[file_class],
        )
        if row % _BATCH == 0:
            yield b"".join(pieces)
            pieces.clear()
    pieces.append(_END)
    yield b"".join(pieces)


def _directory(directory: bytes) -> tuple[bytes, bytes]:
    """The columns ``dir`` and ``long_dir``."""
    text = decode_name(directory)
    key = directory_key(text)
    return _text(key), _text("" if key == text else text)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH.pack(len(encoded)) + encoded
