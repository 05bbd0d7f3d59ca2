"""The classes of files: a few hundred rows that the rows of trees point to."""

from collections.abc import Iterable
from threading import Lock

from onextree.store.database import RawConnection, statement
from onextree.tree.classification.model import Category, FileClass

__all__ = ["FileClasses"]


class FileClasses:
    """The classes that a database holds, and what they are numbered there; none is ever deleted.

    Shared by all connections to one database.
    """

    def __init__(self) -> None:
        self._numbers: dict[FileClass, int] = {}
        self._classes: dict[int, FileClass] = {}
        self._lock = Lock()

    def numbers(
        self, connection: RawConnection, wanted: Iterable[FileClass | None]
    ) -> dict[FileClass | None, int | None]:
        """The number of each class; new ones are stored in this transaction."""
        classes = {found for found in wanted if found is not None}
        if not classes <= self._numbers.keys():
            self._load(connection)
        numbers: dict[FileClass | None, int | None] = {None: None}
        numbers.update((found, self._numbers[found]) for found in classes & self._numbers.keys())
        missing = sorted(
            classes - self._numbers.keys(), key=lambda each: (*each[1:], each[0] or "")
        )
        if missing:
            # Not kept here: this transaction may yet be rolled back.
            stored = _store(connection, missing)
            numbers.update((found, stored[found]) for found in missing)
        return numbers

    def classes(self, connection: RawConnection, numbers: Iterable[int | None]) -> None:
        """Make sure that `named` knows these numbers."""
        if not {number for number in numbers if number is not None} <= self._classes.keys():
            self._load(connection)

    def named(self, number: int | None) -> FileClass | None:
        """The class of a number that `classes` was asked for."""
        return None if number is None else self._classes[number]

    def _load(self, connection: RawConnection) -> None:
        found = _read(connection)
        with self._lock:
            self._numbers.update(found)
            self._classes.update((number, each) for each, number in found.items())


def _read(connection: RawConnection) -> dict[FileClass, int]:
    rows = connection.execute(statement("select_file_classes")).fetchall()
    return {
        FileClass(language or None, Category(category), rule): number
        for number, language, category, rule in rows
    }


def _store(connection: RawConnection, missing: list[FileClass]) -> dict[FileClass, int]:
    connection.execute(
        statement("insert_file_classes"),
        {
            "languages": [found.language or "" for found in missing],
            "categories": [found.category.value for found in missing],
            "rules": [found.rule for found in missing],
        },
    )
    stored = _read(connection)
    return {found: stored[found] for found in missing}
