"""What differs between versions, and what became of a file."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from benchmarks.edits import edit
from benchmarks.installation import Installation
from benchmarks.interval_layout import store_versions
from benchmarks.reading import PROJECT, Reader, open_reader, stored
from benchmarks.rows import Goal, Row
from benchmarks.targets import NO_TARGETS
from benchmarks.timing import turns
from onextree.store.differences import Difference, compare_versions
from onextree.store.file_history import FileHistory, read_history
from onextree.store.moments import Located, Moment

__all__ = ["History"]

_SEED = 34


@dataclass(frozen=True, slots=True)
class History:
    """Differences of neighbours and of the first and last version, and histories of files.

    Attributes:
        versions: How many there are, each with so many changed files.
        questions: Of a round.
    """

    files: int
    changed: int
    versions: int
    rounds: int
    questions: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return tuple(
            f"{what}, {self.changed:,} of {self.files:,} files changed"
            for what in (
                "diff of neighbours",
                f"diff of versions 1 and {self.versions}",
                "history of a file that changed",
            )
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer reads both trees and compares them, or every tree for a history."""
        with (
            stored(installation, self.files) as project,
            open_reader(installation) as reader,
        ):
            rng = random.Random(_SEED)
            trees = [project.tree]
            for _ in range(self.versions - 1):
                trees.append(edit(trees[-1], rng, self.changed))
            store_versions(installation, PROJECT, trees[1:])
            installation.vacuum(analyze=True)
            located = [
                reader.locate(PROJECT, Moment(version=number + 1)) for number in range(len(trees))
            ]
            neighbours = list(pairwise(located))
            changed = [
                change.path
                for pair in neighbours
                for change in _compare(reader, pair).changes
                if change.change == "modified"
            ]

            def history(path: str) -> FileHistory:
                return read_history(reader.connection, PROJECT, path)

            def every_tree(path: str) -> list[object]:
                return [reader.index(version).find(path) for version in located]

            return [
                self._row(0, Goal(1), reader, neighbours),
                self._row(1, Goal(), reader, [(located[0], located[-1])]),
                NO_TARGETS.measure(
                    self.operations[2],
                    Goal(),
                    rounds=turns(self.rounds, changed, self.questions),
                    ours=partial(reader.each, history),
                    peer_name="every tree read",
                    peer=lambda asked: reader.each(every_tree, asked[:1]),
                ),
            ]

    def _row(
        self, number: int, goal: Goal, reader: Reader, pairs: Sequence[tuple[Located, Located]]
    ) -> Row:
        return NO_TARGETS.measure(
            self.operations[number],
            goal,
            rounds=turns(self.rounds, pairs, self.questions),
            ours=partial(reader.each, partial(_compare, reader)),
            peer_name="both trees read",
            peer=lambda asked: reader.each(partial(_compare_whole, reader), asked[:1]),
        )


def _compare(reader: Reader, pair: tuple[Located, Located]) -> Difference:
    return compare_versions(reader.connection, PROJECT, *pair)


def _compare_whole(reader: Reader, pair: tuple[Located, Located]) -> set[str]:
    before, after = ({item[:5] for item in reader.items(version)} for version in pair)
    return {f"{directory}/{name}" for directory, name, *_ in before ^ after}
