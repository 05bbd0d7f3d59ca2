"""What classifying and describing files costs on top of reading them, and how right it is."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy import language_agreement
from benchmarks.installation import Installation
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples, alternate, milliseconds
from onextree.intelligence.basic import describe
from onextree.tree.classification.classifier import Classifier
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.listing import group_by_directory
from onextree.tree.model import Kind
from onextree.tree.reading.batches import Batch, into_batches
from onextree.tree.reading.files import read_batch

__all__ = ["BasicEnrichment", "Languages"]

_EVERYTHING = 2**62


class _NoClassifier(Classifier):
    """Gives every file the same class."""

    _CLASS = FileClass(None, Category.DATA, "none")

    def classify(
        self, directory: bytes, name: bytes, kind: Kind, head: bytes | None, size: int
    ) -> FileClass:
        """The one class."""
        return self._CLASS


@dataclass(frozen=True, slots=True)
class BasicEnrichment:
    """Read and classify every file in one process and describe the tree; the peer only reads."""

    files: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"read with basic enrichment, {self.files:,} files",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the first round, in which every name is new, does not count."""
        root = installation.repository(self.files).root
        service = installation.service
        service.add_project(root, "benchmark")
        service.generate("benchmark")
        entries = service.files("benchmark")
        service.remove_project("benchmark")
        installation.vacuum()
        batches = list(into_batches(group_by_directory(each.path for each in entries), {}))
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        classifier, nothing = Classifier(), _NoClassifier()

        def enriched() -> float:
            read = milliseconds(lambda: _read(descriptor, batches, classifier))[0]
            return read + milliseconds(lambda: describe(entries))[0]

        def plain() -> float:
            return milliseconds(lambda: _read(descriptor, batches, nothing))[0]

        ours, peer = alternate(self.rounds, enriched, plain)
        os.close(descriptor)
        return [
            Row(
                operation=self.operations[0],
                specification=None,
                goal=Goal(ratio=1.2),
                measured=ours,
                peer_name="read alone",
                peer=peer,
                note="names known from the round before, as in a long-lived process",
            )
        ]


def _read(descriptor: int, batches: Sequence[Batch], classifier: Classifier) -> None:
    for batch in batches:
        read_batch(
            descriptor, batch, classifier, most_bytes=_EVERYTHING, settled_before=_EVERYTHING
        )


@dataclass(frozen=True, slots=True)
class Languages:
    """Classify the files of a directory; the peer is linguist's full answer, the judge too.

    Attributes:
        root: By default, the packages of the running environment.
    """

    root: Path | None = None

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return ("classify the environment's files, each",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure once; the files' contents are in memory."""
        found = language_agreement(self.root)
        return [
            Row(
                operation=self.operations[0],
                specification=None,
                goal=Goal(ratio=0.1),
                measured=Samples([found.microseconds]),
                peer_name="all of linguist",
                peer=Samples([found.linguist_microseconds]),
                unit="µs",
                note=f"{found.languages:.2%} of {found.with_language:,} files have linguist's "
                f"language; of its generated ones {found.generated:.0%}, binary "
                f"{found.binary:.0%}, vendored {found.vendored:.0%}",
            )
        ]
