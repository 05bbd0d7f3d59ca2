"""What is read: a project in the store, and the engine's reads of it on a connection of ours."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.installation import Installation
from benchmarks.timing import milliseconds
from onextree.store import moments, search
from onextree.store.database import RawConnection
from onextree.store.file_classes import FileClasses
from onextree.store.moments import NEWEST, Located, Moment
from onextree.tree.model import Tree
from onextree.tree.names import decode_name
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import Item, Page, Query

__all__ = ["PROJECT", "Reader", "Stored", "each_reading", "open_reader", "stored"]

PROJECT = "benchmark"
_SEED = 21

Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class Stored:
    """A project with one version.

    Attributes:
        paths: Of its files, in an order that is random and the same in every run.
        directories: Paths of those that have files, the same way; the root is "".
    """

    root: Path
    located: Located
    tree: Tree
    paths: Sequence[str]
    directories: Sequence[str]


class Reader:
    """The engine's reads on a connection of ours.

    Args:
        timeout: Seconds that a search may take.
    """

    def __init__(self, connection: RawConnection, timeout: float) -> None:
        self.connection = connection
        self.classes = FileClasses()
        self._timeout = timeout

    def each(self, ask: Callable[[Q], object], questions: Iterable[Q]) -> list[float]:
        """Milliseconds of each question, in a transaction of its own that has begun."""
        return each_reading(self.connection, ask, questions)

    def locate(self, project_id: str, moment: Moment = NEWEST) -> Located:
        """The version that is meant."""
        return moments.locate(self.connection, project_id, moment)

    def find(self, located: Located, path: str) -> Item | None:
        """The file of a path."""
        return search.find_item(self.connection, self.classes, located, path)

    def search(self, located: Located, query: Query) -> Page:
        """A page of what is asked for."""
        return search.search(self.connection, self.classes, located, query, timeout=self._timeout)

    def items(self, located: Located) -> list[Item]:
        """Every file."""
        return list(search.read_items(self.connection, self.classes, located))

    def index(self, located: Located) -> TreeIndex:
        """The files in memory, read anew."""
        items = search.read_items(self.connection, self.classes, located)
        return TreeIndex.of(located.version, items)


def each_reading(
    connection: RawConnection, ask: Callable[[Q], object], questions: Iterable[Q]
) -> list[float]:
    """Milliseconds of each question, in a transaction of its own that has begun before."""
    times = []
    for question in questions:
        connection.execute("SELECT 1")
        times.append(milliseconds(partial(ask, question))[0])
        connection.commit()
    return times


@contextmanager
def open_reader(installation: Installation) -> Iterator[Reader]:
    """A reader with a connection of its own."""
    with installation.connect() as connection:
        yield Reader(connection, installation.settings.read_timeout)


@contextmanager
def stored(installation: Installation, files: int) -> Iterator[Stored]:
    """The project `PROJECT` of that many files, generated once; gone at the end."""
    service, root = installation.service, installation.repository(files).root
    service.add_project(root, PROJECT)
    tree = service.generate(PROJECT).tree
    installation.vacuum(analyze=True)
    with open_reader(installation) as reader:
        located = reader.locate(PROJECT)
    paths = [decode_name(entry.path) for entry in tree.entries]
    directories = sorted({path.rpartition("/")[0] for path in paths})
    rng = random.Random(_SEED)
    rng.shuffle(paths)
    rng.shuffle(directories)
    try:
        yield Stored(root, located, tree, paths, directories)
    finally:
        service.remove_project(PROJECT)
        service.clear_cache()
        installation.vacuum()
