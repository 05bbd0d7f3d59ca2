"""Looks at the named files, and only at them."""

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from typing import NamedTuple

from blake3 import blake3

from onextree.git.comparison import SUBMODULE_MODE, CommitChange
from onextree.tree.changes.decision import NeedsScan, ScanReason
from onextree.tree.changes.named import NamedFiles
from onextree.tree.changes.touched import TouchedDirectories
from onextree.tree.classification.model import FileClass
from onextree.tree.limits import Limits
from onextree.tree.listing import SUBMODULE
from onextree.tree.model import Entry, Kind
from onextree.tree.reading.batches import AttributeFiles, Conditions, Root, Row
from onextree.tree.reading.reader import ATTRIBUTES, TreeReader, linguist_attributes

__all__ = ["Looked", "look"]

_NOT_ENTERED = (Kind.SUBMODULE.value + Kind.REPOSITORY.value).encode()
_NEVER_SETTLED = 0


class Looked(NamedTuple):
    """Entries that are not as they are stored.

    Attributes:
        before: Those that are replaced or gone.
        after: Those that are added or in the place of others.
        unsettled: Files that kept changing while they were read.
    """

    before: list[Entry]
    after: list[Entry]
    unsettled: int


class _Place(NamedTuple):
    """A named path, what the tree has there, and what two commits say of it."""

    path: bytes
    directory: bytes
    name: bytes
    was: Entry | None
    change: CommitChange | None

    @property
    def is_tracked(self) -> bool:
        return self.change is not None and self.change.mode != 0

    @property
    def is_doubtful(self) -> bool:
        """Whether a file that is there may be none of the project's: new or untracked, ignored."""
        return self.was is None if self.change is None else self.change.mode == 0


def look(
    root: Root,
    named: NamedFiles,
    touched: TouchedDirectories,
    *,
    limits: Limits,
    find_unlisted: Callable[[Collection[bytes]], Set[bytes]],
) -> Looked:
    """Read the named files as a scan would, and compare them with what is stored.

    Args:
        touched: Their directories.
        find_unlisted: Which of these paths, that are there, do not belong to the project.

    Raises:
        NeedsScan: What is found there needs a look at more than these.
        TreeTooLarge: They are larger than the limits allow.
    """
    conditions = Conditions(root, _attributes(root, touched), _NEVER_SETTLED)
    read = TreeReader(conditions, limits).read(named.by_directory)
    found = [
        (place, read.rows.get(place.directory, {}).get(place.name))
        for place in _places(named, touched)
    ]
    doubtful = [place.path for place, row in found if row is not None and place.is_doubtful]
    unlisted = find_unlisted(doubtful) if doubtful else frozenset()
    before: list[Entry] = []
    after: list[Entry] = []
    for place, row in found:
        is_there = row is not None and place.path not in unlisted
        now = _entry(place, row, read.classes) if row is not None and is_there else None
        if now == place.was:
            continue
        if place.was is not None:
            before.append(place.was)
        if now is not None:
            after.append(now)
    for entry in after:
        rows = touched.rows[entry.directory]
        if not touched.is_there(entry.directory) or rows.has(b"d", entry.name):
            raise NeedsScan(ScanReason.DIRECTORIES)
    return Looked(before, after, read.counts.unsettled)


def _places(named: NamedFiles, touched: TouchedDirectories) -> Iterator[_Place]:
    for directory, names in named.by_directory.items():
        prefix = directory + b"/" if directory else b""
        is_inside = _is_in_a_repository(directory, touched)
        for name in names:
            path = prefix + name
            was, change = touched.known.get(path), named.committed.get(path)
            place = _Place(path, directory, name, was, change)
            if place.is_tracked or not is_inside:
                yield place


def _attributes(root: Root, touched: TouchedDirectories) -> AttributeFiles:
    bearing = (each for each, rows in touched.rows.items() if rows.has(b"fx", ATTRIBUTES))
    return linguist_attributes(root, {directory: [ATTRIBUTES] for directory in bearing})


def _is_in_a_repository(directory: bytes, touched: TouchedDirectories) -> bool:
    """Whether a directory lies in a submodule or nested repository, which is not entered."""
    while directory:
        parent, _, name = directory.rpartition(b"/")
        if touched.rows[parent].has(_NOT_ENTERED, name):
            return True
        directory = parent
    return False


def _entry(place: _Place, row: Row, classes: Sequence[FileClass]) -> Entry | None:
    """What the tree has to have at a place.

    Raises:
        NeedsScan: That cannot be told of this place alone.
    """
    letter, size, digest, _, number = row
    kind, was, change = Kind(letter), place.was, place.change
    if kind is not Kind.REPOSITORY:
        return Entry(place.directory, place.name, kind, size, digest, classes[number])
    if change is not None and change.mode == SUBMODULE_MODE:
        commit = blake3(change.object_id).digest()
        return Entry(place.directory, place.name, Kind.SUBMODULE, 0, commit, SUBMODULE)
    if was is not None and was.kind is Kind.REPOSITORY:
        return was
    if was is not None and was.kind is Kind.SUBMODULE:
        raise NeedsScan(ScanReason.SUBMODULE)
    if change is None:
        raise NeedsScan(ScanReason.DIRECTORIES)
    return None  # where a file was is a directory; its files have been named, too
