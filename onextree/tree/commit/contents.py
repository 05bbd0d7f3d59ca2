"""Reads the files of a commit from its blobs, checks each by its id, digests and classifies it."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from blake3 import blake3

from onextree.errors import RepositoryUnreadable
from onextree.git.object_store import ObjectReader, ObjectStore
from onextree.tree.classification.classifier import Classifier, shared_classifier
from onextree.tree.classification.languages import HEAD_LIMIT
from onextree.tree.commit.listing import CommitFile
from onextree.tree.commit.tree_ids import hasher_of
from onextree.tree.model import Entry, Kind
from onextree.tree.progress import Progress, Report
from onextree.tree.reading.reader import ATTRIBUTES, ATTRIBUTES_LIMIT, LINGUIST

__all__ = ["read_files"]

_SMALL = 1 << 18
_TELL_EVERY = 1_500  # blobs
_FILES = (Kind.FILE, Kind.EXECUTABLE)


class _Blob(NamedTuple):
    """Digest and first bytes of a content."""

    digest: bytes
    head: bytes


def read_files(
    store: ObjectStore,
    files: Sequence[CommitFile],
    *,
    report: Report | None = None,
) -> list[Entry]:
    """The entries of all files of a commit, in their order; big contents are read in parts.

    Raises:
        RepositoryUnreadable: A content is missing, broken, or not the one that its id names.
        DeadlineExceeded: git was silent for too long.
    """
    told = sorted(
        (file.directory, file.object_id, file.size)
        for file in files
        if file.name == ATTRIBUTES and file.kind in _FILES
    )
    places: dict[bytes, list[int]] = {}
    for position, file in enumerate(files):
        if file.kind is not Kind.SUBMODULE:
            places.setdefault(file.object_id, []).append(position)
    wanted = [*(object_id for _, object_id, _ in told), *places]
    entries: list[Entry | None] = [None] * len(files)
    with closing(store.read(wanted)) as reader:
        texts = []
        for directory, object_id, size in told:
            head = _read(reader, object_id, size, ATTRIBUTES_LIMIT).head
            if LINGUIST in head:
                texts.append((directory, head))
        making = _Making(files, shared_classifier(tuple(texts)), entries)
        making.add_submodules()
        done, read = 0, 0
        for number, (object_id, positions) in enumerate(places.items(), 1):
            size = files[positions[0]].size
            making.add(positions, _read(reader, object_id, size, HEAD_LIMIT))
            done += len(positions)
            read += size * len(positions)
            if report and (number % _TELL_EVERY == 0 or number == len(places)):
                report(Progress("hash", done, len(files), read))
    return [entry for entry in entries if entry is not None]


@dataclass(frozen=True, slots=True)
class _Making:
    """Entries that are made as their contents come."""

    files: Sequence[CommitFile]
    classifier: Classifier
    entries: list[Entry | None]

    def add(self, positions: Iterable[int], blob: _Blob) -> None:
        """Make the entries of all files that have one content."""
        for position in positions:
            directory, name, kind, size, _ = self.files[position]
            head = blob.head if kind is not Kind.SYMLINK else None
            found = self.classifier.classify(directory, name, kind, head, size)
            self.entries[position] = Entry(directory, name, kind, size, blob.digest, found)

    def add_submodules(self) -> None:
        """A submodule's content is its commit id."""
        for position, (directory, name, kind, size, object_id) in enumerate(self.files):
            if kind is Kind.SUBMODULE:
                found = self.classifier.classify(directory, name, kind, None, size)
                digest = blake3(object_id).digest()
                self.entries[position] = Entry(directory, name, kind, size, digest, found)


def _read(reader: ObjectReader, object_id: bytes, size: int, most: int) -> _Blob:
    found, kind, length = reader.header()
    if (found, kind, length) != (object_id, b"blob", size):
        raise _wrong(object_id)
    git_hash = hasher_of(object_id)(b"blob %d\0" % size)
    if size < _SMALL:
        data = reader.content(size)
        git_hash.update(data)
        blob = _Blob(blake3(data).digest(), data[:most])
    else:
        digest = blake3()
        head = b""
        for part in reader.parts(size):
            if len(head) < most:
                head += part[: most - len(head)]
            git_hash.update(part)
            digest.update(part)
        blob = _Blob(digest.digest(), head)
    if git_hash.hexdigest().encode() != object_id:
        raise _wrong(object_id)
    return blob


def _wrong(object_id: bytes) -> RepositoryUnreadable:
    return RepositoryUnreadable(
        f"The content of object {object_id.decode()} is not the one that its id names; fetch the "
        "repository again, or repair it."
    )
