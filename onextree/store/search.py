"""Finding files of any version in PostgreSQL, as `onextree.tree.query.index` does in memory."""

import time
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import Any
from uuid import UUID

from onextree.errors import DeadlineExceeded
from onextree.store.database import RawConnection, statement
from onextree.store.file_classes import FileClasses
from onextree.store.moments import Located
from onextree.store.rows import kind_letter
from onextree.tree.names import SURE_PREFIX, directory_key
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import Item, Page, Query, QueryType, SortKey, join_path
from onextree.tree.query.plan import Plan, plan_query

__all__ = ["find_item", "read_items", "search", "to_items", "update_index"]

_MOST_ROWS = 20_000  # of one statement
_GROWTH = 8
_BEYOND_ALL = "\U0010ffff" * 256  # a name has at most 255 of these


def find_item(
    connection: RawConnection, classes: FileClasses, located: Located, path: str
) -> Item | None:
    """The file of that path."""
    directory, _, name = path.rpartition("/")
    row = connection.execute(
        statement("find_entry"),
        {**_of(located), "dir": directory_key(directory), "name": name},
        prepare=True,
    ).fetchone()
    return next(to_items(connection, classes, [row])) if row else None


def read_items(connection: RawConnection, classes: FileClasses, located: Located) -> Iterator[Item]:
    """Every file of a version, in the order of an index."""
    _read_in_order(connection)
    rows = connection.execute(statement("find_entries"), _conditions(located, Plan(), None, None))
    return to_items(connection, classes, rows)


def update_index(
    connection: RawConnection,
    classes: FileClasses,
    located: Located,
    snapshot_id: UUID,
    tree: TreeIndex,
) -> TreeIndex | None:
    """The index of a newest version, made of that of an older one by what changed since.

    None where that one was deleted: its files do not tell what was there before.

    Args:
        snapshot_id: Of which the tree is.
    """
    row = connection.execute(
        statement("version_exists"), {"snapshot_id": snapshot_id}, prepare=True
    ).fetchone()
    if tree.version > located.version or row is None or not row[0]:
        return None
    parameters = {"project_key": located.project_key, "version": tree.version}
    rows = connection.execute(statement("changed_since"), parameters).fetchall()
    written = list(to_items(connection, classes, [row[:-1] for row in rows if row[-1]]))
    closed = {join_path(directory, name) for directory, name, *_, current in rows if not current}
    return tree.updated(located.version, written, closed - {item.path for item in written})


def search(
    connection: RawConnection,
    classes: FileClasses,
    located: Located,
    query: Query,
    *,
    timeout: float,
) -> Page:
    """A page of what is asked for.

    Args:
        timeout: Seconds that all of it may take.

    Raises:
        InvalidQuery: A glob or regular expression is malformed or too big.
        DeadlineExceeded: It took too long.
    """
    deadline = time.monotonic() + timeout
    found: Iterable[Item]
    if query.type is QueryType.DIRECTORY:
        found = _children(connection, classes, located, query)
    else:
        found = _matches(connection, classes, located, query, deadline)
    return Page.of(located.version, list(islice(found, query.limit + 1)), query.limit)


def _matches(
    connection: RawConnection,
    classes: FileClasses,
    located: Located,
    query: Query,
    deadline: float,
) -> Iterator[Item]:
    """Rows that fulfil the plan's conditions, ever more at a time, and pass its test."""
    plan = plan_query(query)
    after, most = query.after_key, query.limit + 1
    while True:
        if time.monotonic() > deadline:
            raise DeadlineExceeded(
                "The search took too long; narrow it down, or raise ONEXTREE_READ_TIMEOUT."
            )
        conditions = _conditions(located, plan, after, most)
        with connection.pipeline(), connection.cursor(binary=True) as cursor:  # one round trip
            _read_in_order(connection)
            # Not prepared: a plan without the parameters would read everything.
            cursor.execute(statement("find_entries"), conditions, prepare=False)
            found = cursor.fetchall()
        passing = found
        if plan.test is not None:
            test = plan.test
            passing = [row for row in found if test(join_path(row[0], row[1]))]
        yield from to_items(connection, classes, passing)
        if len(found) < most:
            return
        directory, name, *_ = found[-1]
        after, most = (directory_key(directory), name), min(most * _GROWTH, _MOST_ROWS)


def _children(
    connection: RawConnection, classes: FileClasses, located: Located, query: Query
) -> Iterator[Item]:
    """Files in a directory and directories below it, by their names."""
    directory = query.text
    behind = query.after.name if query.after else ""
    start = f"{directory}/" if directory else ""
    least, beyond = _range(start)
    parameters = {
        **_of(located),
        "dir": directory_key(directory),
        "start": start,
        "begin": len(start) + 1,
        "least": least,
        "beyond": _BEYOND_ALL if beyond is None else beyond,
        "is_sure": len(start.encode()) <= SURE_PREFIX,
        "after": behind,
        "most": query.limit + 1,
    }
    with connection.pipeline():  # one round trip
        _read_in_order(connection)
        # Every condition is one of the index's whatever the parameters are: a plan can be kept.
        files = connection.execute(statement("list_files"), parameters, prepare=True)
        names = connection.execute(statement("list_directories"), parameters, prepare=True)
    below = (Item(directory, name, "d", 0, None, None, None) for (name,) in names.fetchall())
    return merge(to_items(connection, classes, files), below, key=lambda item: item.name)


def _read_in_order(connection: RawConnection) -> None:
    connection.execute(statement("read_in_order"))


def _of(located: Located) -> dict[str, Any]:
    return {
        "project_key": located.project_key,
        "version": located.version,
        "is_newest": located.is_newest,
    }


def _conditions(
    located: Located, plan: Plan, after: SortKey | None, most: int | None
) -> Mapping[str, Any]:
    """The parameters of the statement `find_entries`."""
    least, beyond = _range(plan.below)
    names = plan.names if plan.extensions is None else None
    extensions = plan.extensions if plan.likes is None else None
    return {
        **_of(located),
        "dir": None if plan.directory is None else directory_key(plan.directory),
        "least": least or None,
        "beyond": beyond,
        "below": f"{plan.below}/" if plan.below else None,
        "names": None if names is None else sorted(names),
        "likes": None if plan.likes is None else list(plan.likes),
        "extensions": None if extensions is None else sorted(extensions),
        "text": plan.text,
        "after_dir": after[0] if after else None,
        "after_name": after[1] if after else None,
        "most": most,
    }


def _range(start: str) -> tuple[str, str | None]:
    """The least key of directories whose paths begin with a text, and one beyond them all."""
    encoded = start.encode()
    if len(encoded) > SURE_PREFIX:
        return encoded[:SURE_PREFIX].decode("utf-8", "ignore"), None
    if not start:
        return "", None
    return start, f"{start.removesuffix('/')}0"


def to_items(
    connection: RawConnection, classes: FileClasses, rows: Iterable[tuple[Any, ...]]
) -> Iterator[Item]:
    """Rows (directory, name, kind, size, digest, class_id, v_from) as items."""
    found = list(rows)
    classes.classes(connection, {row[5] for row in found})
    for directory, name, kind, size, digest, number, changed in found:
        letter = kind_letter(kind)
        yield Item(directory, name, letter, size, digest, classes.named(number), changed)
