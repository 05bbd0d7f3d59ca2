"""The rows of a project's trees, each looked at by itself."""

from collections.abc import Iterator, Set
from typing import NamedTuple

from onextree.store.database import RawConnection, statement
from onextree.store.integrity.findings import Findings, Fix, Problem
from onextree.tree.model import Kind
from onextree.tree.names import decode_name, directory_key, encode_name

__all__ = ["StoredRow", "check_row", "read_rows"]

_LETTERS = frozenset(kind.value for kind in Kind)
_DIGEST_LENGTH = 32
_FETCHED = 5_000


class StoredRow(NamedTuple):
    """A row of ``current_entries`` (``v_to`` is None) or ``closed_entries``."""

    dir: str
    long_dir: str
    name: str
    kind: str
    size: int
    digest: bytes | None
    class_id: int | None
    v_from: int
    v_to: int | None

    @property
    def directory(self) -> str:
        """The whole path of its directory."""
        return self.long_dir or self.dir

    @property
    def path(self) -> str:
        """Path relative to the root."""
        return f"{self.directory}/{self.name}" if self.directory else self.name


def read_rows(connection: RawConnection, project_key: int) -> Iterator[StoredRow]:
    """All rows of a project in the order of ``v_from``, a few thousand at a time in memory."""
    with connection.cursor("check_rows", binary=True) as cursor:
        cursor.itersize = _FETCHED
        cursor.execute(statement("check_rows"), {"project_key": project_key})
        for row_dir, long_dir, name, kind, *others in cursor:
            letter = kind.decode("latin-1") if isinstance(kind, bytes) else kind
            yield StoredRow(row_dir, long_dir, name, letter, *others)


def check_row(row: StoredRow, project_key: int, classes: Set[int], findings: Findings) -> bool:
    """Note what is wrong with a row.

    Returns:
        Whether it can be part of a tree at all.
    """
    path = row.path
    usable = True
    if not 1 <= row.v_from < (row.v_to or row.v_from + 1):
        findings.add(
            Problem.INTERVAL,
            f"The row is valid from version {row.v_from} to {row.v_to}, which is no interval.",
            path=path,
        )
        usable = False
    if row.kind not in _LETTERS:
        findings.add(Problem.KIND, f"{row.kind!r} is no kind of entry.", path=path)
        usable = False
    if not all(map(_is_name, path.split("/"))) or "/" in row.name:
        findings.add(Problem.NAME, "No file can have this path.", path=path)
        usable = False
    if row.size < 0:
        findings.add(Problem.SIZE, f"The size is {row.size} bytes.", path=path)
    if row.digest is not None and len(row.digest) != _DIGEST_LENGTH:
        findings.add(
            Problem.DIGEST, f"The digest has {len(row.digest)} bytes instead of 32.", path=path
        )
    if row.class_id is not None and row.class_id not in classes:
        findings.add(
            Problem.CLASS,
            f"Class {row.class_id} does not exist.",
            path=path,
            fix=Fix("repair_classes", {"project_key": project_key}),
        )
    if usable:
        _check_key(row, project_key, findings)
    return usable


def _check_key(row: StoredRow, project_key: int, findings: Findings) -> None:
    key = directory_key(row.directory)
    long_dir = "" if key == row.directory else row.directory
    if (key, long_dir) != (row.dir, row.long_dir):
        findings.add(
            Problem.DIRECTORY_KEY,
            "The row is filed under another directory than its own.",
            path=row.path,
            fix=Fix(
                "repair_directory_key",
                {
                    "project_key": project_key,
                    "dir": row.dir,
                    "stored": row.long_dir,
                    "key": key,
                    "long_dir": long_dir,
                },
            ),
        )


def _is_name(name: str) -> bool:
    if name in ("", ".", ".."):
        return False
    try:
        raw = encode_name(name)
    except UnicodeEncodeError:
        return False
    return b"\0" not in raw and b"/" not in raw and decode_name(raw) == name
