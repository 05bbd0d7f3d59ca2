"""What is asked of a version's files, and what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from onextree.errors import InvalidQuery
from onextree.tree.classification.model import FileClass
from onextree.tree.names import directory_key
from onextree.tree.structure import file_extension

__all__ = [
    "DEFAULT_LIMIT",
    "KINDS",
    "MAX_LIMIT",
    "MAX_PATTERN",
    "Cursor",
    "Item",
    "Page",
    "Query",
    "QueryType",
    "SortKey",
    "check_limit",
    "join_path",
]

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
MAX_PATTERN = 1_000
"""Characters of a glob, a text or a regular expression."""

KINDS = {
    "f": "file",
    "x": "executable",
    "l": "symlink",
    "m": "submodule",
    "r": "repository",
    "d": "directory",
}
"""The store's letters and the views' words."""

SortKey = tuple[str, str]
"""Key of the directory and name: what answers are sorted by, in memory and in PostgreSQL."""


def join_path(directory: str, name: str) -> str:
    """The path of a name in a directory; the root is ""."""
    return f"{directory}/{name}" if directory else name


class QueryType(StrEnum):
    """How the text of a query is meant."""

    AUTO = "auto"
    PATH = "path"
    DIRECTORY = "directory"
    EXTENSION = "extension"
    NAME = "name"
    GLOB = "glob"
    TEXT = "text"
    REGEX = "regex"


_PATTERNS = (QueryType.GLOB, QueryType.TEXT, QueryType.REGEX)
_WILDCARDS = frozenset("*?[{")


class Item(NamedTuple):
    """A file of a version; in the listing of a directory also a directory below it.

    Attributes:
        directory: Path of its directory, text as `onextree.tree.names` makes it; the root is "".
        kind: A key of `KINDS`.
        size: Bytes; 0 for a directory.
        digest: BLAKE3; None where there is nothing to hash.
        changed_in_version: The version that added or modified it last; None for a directory.
    """

    directory: str
    name: str
    kind: str
    size: int
    digest: bytes | None
    file_class: FileClass | None
    changed_in_version: int | None

    @property
    def path(self) -> str:
        """Path relative to the root."""
        return join_path(self.directory, self.name)

    @property
    def sort_key(self) -> SortKey:
        """What answers are sorted by."""
        return directory_key(self.directory), self.name

    def as_dict(self) -> dict[str, Any]:
        """With the names of the columns of the view `onextree_files`."""
        file_class = self.file_class
        return {
            "path": self.path,
            "directory": self.directory,
            "name": self.name,
            "extension": None if self.kind == "d" else file_extension(self.name),
            "kind": KINDS[self.kind],
            "size_bytes": self.size,
            "blake3": self.digest.hex() if self.digest else None,
            "language": file_class.language if file_class else None,
            "category": file_class.category.value if file_class else None,
            "changed_in_version": self.changed_in_version,
        }


class Cursor(NamedTuple):
    """Where a page goes on: behind an item of a version.

    As text ``VERSION:DIRECTORY/NAME``, so that every page of an answer is of the same version.
    """

    version: int
    directory: str
    name: str

    def __str__(self) -> str:
        return f"{self.version}:{self.directory}/{self.name}"

    @property
    def path(self) -> str:
        """Of the last item that was answered."""
        return f"{self.directory}/{self.name}" if self.directory else self.name

    @property
    def sort_key(self) -> SortKey:
        """Of the last item that was answered."""
        return directory_key(self.directory), self.name

    @classmethod
    def behind(cls, version: int, path: str) -> "Cursor":
        """Of the last path that was answered."""
        directory, _, name = path.rpartition("/")
        return cls(version, directory, name)

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Of the text that a page gave.

        Raises:
            InvalidQuery: No page gave it.
        """
        version, colon, path = text.partition(":")
        directory, slash, name = path.rpartition("/")
        if not (colon and slash and version.isascii() and version.isdigit() and len(version) < 10):
            raise InvalidQuery("This is no cursor; take `next_cursor` of the page before.")
        _check_text(path)
        return cls(int(version), directory, name)


@dataclass(frozen=True, slots=True)
class Query:
    """Files that are asked for.

    Attributes:
        limit: Items of a page, 1 to `MAX_LIMIT`.
        after: Where the page before ended; None for the first.
    """

    text: str
    type: QueryType
    limit: int = DEFAULT_LIMIT
    after: Cursor | None = None

    @classmethod
    def parse(
        cls,
        text: str,
        query_type: str = QueryType.AUTO,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "Query":
        """A query that can be answered.

        ``auto`` is upstream's rule, and a glob where there is a wildcard: a leading dot means an
        extension, a slash a path, anything else a name.

        Raises:
            InvalidQuery: Type, limit, cursor or text cannot be used.
        """
        try:
            meant = QueryType(query_type)
        except ValueError:
            known = ", ".join(QueryType)
            raise InvalidQuery(
                f"There is no query type {query_type!r}; take one of {known}."
            ) from None
        check_limit(limit)
        _check_text(text)
        if meant is QueryType.AUTO:
            meant = _meant(text)
        if meant in _PATTERNS and len(text) > MAX_PATTERN:
            raise InvalidQuery(
                f"A pattern has {MAX_PATTERN:,} characters at most; this one has {len(text):,}."
            )
        text = _cleaned(text, meant)
        if not text and meant is not QueryType.DIRECTORY:
            raise InvalidQuery(f"A query of type {meant} needs a text.")
        return cls(text, meant, limit, Cursor.parse(cursor) if cursor is not None else None)

    @property
    def after_key(self) -> SortKey | None:
        """Items of this page come behind it."""
        return self.after.sort_key if self.after else None


def check_limit(limit: int) -> None:
    """Refuse a limit that is none.

    Raises:
        InvalidQuery: It lies outside of 1 to `MAX_LIMIT`.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidQuery(f"A limit lies between 1 and {MAX_LIMIT:,}; this one is {limit}.")


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidQuery("The text has characters that no path can have.")


def _meant(text: str) -> QueryType:
    if not _WILDCARDS.isdisjoint(text):
        return QueryType.GLOB
    if text.startswith("."):
        return QueryType.EXTENSION
    return QueryType.PATH if "/" in text else QueryType.NAME


def _cleaned(text: str, meant: QueryType) -> str:
    match meant:
        case QueryType.PATH | QueryType.DIRECTORY:
            text = text.removeprefix("./").rstrip("/")
            return "" if text == "." else text
        case QueryType.GLOB:
            return text.removeprefix("./")
        case QueryType.EXTENSION:
            return text.removeprefix(".")
        case _:
            return text


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the items that were asked for, sorted by (directory, name).

    Attributes:
        version: Of which these are.
        next_cursor: Of the page behind; None where there is none.
    """

    version: int
    items: Sequence[Item]
    next_cursor: str | None

    @classmethod
    def of(cls, version: int, found: Sequence[Item], limit: int) -> "Page":
        """A page of what was found, one more than the limit where there is more."""
        items = found[:limit]
        more = len(found) > limit
        last = Cursor(version, items[-1].directory, items[-1].name) if more else None
        return cls(version, items, str(last) if last else None)
