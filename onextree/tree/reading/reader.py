"""Reads everything that is listed: in the worker processes where there is much, else here."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.limits import Limits
from onextree.tree.names import decode_name
from onextree.tree.progress import Progress, Report
from onextree.tree.reading.batches import (
    AttributeFiles,
    Batch,
    Conditions,
    Counts,
    Reading,
    Root,
    Row,
    into_batches,
)
from onextree.tree.reading.files import read_batch, read_start
from onextree.tree.reading.pool import ReaderPool, reader_pool, running_pool

__all__ = [
    "ATTRIBUTES",
    "ATTRIBUTES_LIMIT",
    "LINGUIST",
    "ReadFiles",
    "TreeReader",
    "linguist_attributes",
]

_STARTING_PAYS, _ASKING_PAYS = 5_000, 250  # files

ATTRIBUTES = b".gitattributes"

ATTRIBUTES_LIMIT = 1 << 20
"""Bytes of such a file that are read."""

LINGUIST = b"linguist-"
"""What is in one that says something to linguist."""

Known = Mapping[bytes, Mapping[bytes, Row]]
"""Rows of an earlier scan by directory and name."""


@dataclass(slots=True)
class ReadFiles:
    """What was read.

    Attributes:
        rows: By directory, names in bytewise order; what is nothing of the tree is left out. The
            last column of a row is an index into ``classes``.
    """

    rows: dict[bytes, dict[bytes, Row]] = field(default_factory=dict)
    classes: list[FileClass] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


def linguist_attributes(root: Root, names: Mapping[bytes, Sequence[bytes]]) -> AttributeFiles:
    """The `.gitattributes` files among what is listed that say something to linguist."""
    found = []
    for directory in sorted(names):
        if ATTRIBUTES in names[directory]:
            text = read_start(root.descriptor, directory, ATTRIBUTES, ATTRIBUTES_LIMIT)
            if LINGUIST in text:
                found.append((directory, text))
    return tuple(found)


class TreeReader:
    """Reads the files of one root.

    Args:
        known: Rows whose files are not read again while their signatures are the same.
        known_classes: What their last columns point to.
    """

    def __init__(
        self,
        conditions: Conditions,
        limits: Limits,
        *,
        known: Known | None = None,
        known_classes: Sequence[FileClass] = (),
        report: Report | None = None,
    ) -> None:
        self._conditions = conditions
        self._limits = limits
        self._known = known or {}
        self._report = report
        self._numbers: dict[FileClass, int] = {}
        self._left = limits.max_bytes
        self._files = 0
        self._total = 0
        self._read = ReadFiles()
        for file_class in known_classes:
            self._number(file_class)

    def read(self, names: Mapping[bytes, Sequence[bytes]]) -> ReadFiles:
        """Read everything listed.

        Args:
            names: Sorted names by directory.

        Raises:
            TreeTooLarge: It is more than the limits allow.
            TreeGenerationFailed: The root was replaced, or workers died.
        """
        self._total = sum(map(len, names.values()))
        self._limits.check_files(self._total)
        pool = None
        if self._total >= _STARTING_PAYS:
            pool = reader_pool()
        elif self._total >= _ASKING_PAYS:
            pool = running_pool()
        batches = into_batches(names, self._known)
        if pool is not None:
            self._read_by_workers(list(batches), pool)
        else:
            for batch in batches:
                self._take(batch, self._read_here(batch))
        return self._read

    def _read_by_workers(self, batches: Sequence[Batch], pool: ReaderPool) -> None:
        running = deque(pool.submit(self._conditions, batch, self._left) for batch in batches)
        try:
            for batch in batches:
                self._take(batch, running[0].result())
                running.popleft()
        finally:
            for future in running:
                future.cancel()

    def _read_here(self, batch: Batch) -> Reading:
        conditions = self._conditions
        return read_batch(
            conditions.root.descriptor,
            batch,
            shared_classifier(conditions.attributes),
            most_bytes=self._left,
            settled_before=conditions.settled_before,
        )

    def _take(self, batch: Batch, reading: Reading) -> None:
        self._left -= reading.size
        if reading.oversize is not None:
            raise self._limits.too_many_bytes(decode_name(reading.oversize), self._total)
        self._read.counts = self._read.counts.plus(reading.counts)
        numbers = [
            self._number(FileClass(language, Category(category), rule))
            for language, category, rule in reading.classes
        ]
        as_read = numbers == list(range(len(numbers)))
        position = 0
        for directory, names, _ in batch:
            rows = self._read.rows.setdefault(directory, {})
            known = self._known.get(directory, {})
            for name in names:
                row = reading.rows[position]
                position += 1
                if row is None:
                    continue
                if row[0] == "=":
                    row = known[name]
                    self._left -= row[1]
                elif not as_read:
                    row = (*row[:4], numbers[row[4]])
                rows[name] = row
        if self._left < 0:
            raise self._limits.too_many_bytes(decode_name(batch[-1][0]), self._total)
        self._files += position
        if self._report:
            self._report(
                Progress("hash", self._files, self._total, self._limits.max_bytes - self._left)
            )

    def _number(self, file_class: FileClass) -> int:
        number = self._numbers.get(file_class)
        if number is None:
            number = self._numbers[file_class] = len(self._numbers)
            self._read.classes.append(file_class)
        return number
