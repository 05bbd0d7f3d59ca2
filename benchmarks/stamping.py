"""What stamping costs: a content in this process, and the manifest of a project's stamps."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from blake3 import blake3

from benchmarks.installation import Installation
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples, each, in_turns, milliseconds
from benchmarks.updates import PROJECT, Changes
from benchmarks.upstream_stamps import stamped as stamped_by_upstream
from onextree.stamping.marking import mark, read
from onextree.stamping.model import NAMESPACE, Stamp, stamp_id

__all__ = ["ManifestOfStamps", "OneStamp", "module"]

_SEED = 11


@dataclass(frozen=True, slots=True)
class OneStamp:
    """Hash a content and put its stamp into it, in memory.

    Attributes:
        size: Bytes.
        stamps: Of a round.
    """

    size: int
    rounds: int
    stamps: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"hash and stamp {self.size:,} bytes",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; each content is another one."""
        rng = random.Random(_SEED)

        def contents() -> list[str]:
            return [module(rng, self.size) for _ in range(self.stamps)]

        ours, peer = in_turns(
            [contents() for _ in range(self.rounds + 1)],
            partial(each, _stamp),
            partial(each, stamped_by_upstream),
        )
        return [
            Row(
                *(self.operations[0], 2, Goal(limit=1, p99=2)),
                *(ours, "upstream's expressions", peer),
            )
        ]


@dataclass(frozen=True, slots=True)
class ManifestOfStamps:
    """Which stamps the files of a project carry, durably stored: at first, and after changes.

    Attributes:
        updates: Of a round.
    """

    files: int
    changed: int
    rounds: int
    updates: int
    limit: float
    changed_limit: float

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (
            f"manifest of stamps, {self.files:,} files, nothing known",
            f"manifest of stamps, {self.changed:,} of {self.files:,} files changed",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure beside reading and hashing the files alone."""
        service, repository = installation.service, installation.repository(self.files)
        paths = [path for path in repository.root.rglob("*") if path.is_file()]
        first: list[tuple[float, float]] = []
        for number in range(self.rounds):
            name = f"stamps-{number}"
            service.add_project(repository.root, name)
            service.generate(name)
            made, _ = milliseconds(partial(service.stamp_manifest, name))
            first.append((made, milliseconds(partial(_hash, paths))[0]))
            service.remove_project(name)
            with installation.connect(autocommit=True) as connection:
                connection.execute("TRUNCATE onextree.stamp_contents")
        changes = Changes(service, repository, self.changed)
        service.stamp_manifest(PROJECT)

        def after_a_change(_: int) -> float:
            service.update(PROJECT, changes.make(commit=False))
            return milliseconds(lambda: service.stamp_manifest(PROJECT))[0]

        def all_anew(_: int) -> float:
            return milliseconds(lambda: _hash(paths))[0]

        ours, peer = in_turns(
            [range(self.updates)] * (self.rounds + 1),
            lambda turn: [after_a_change(number) for number in turn],
            lambda turn: [all_anew(number) for number in turn],
        )
        changes.commit()
        service.remove_project(PROJECT)
        installation.vacuum()
        name = "every file read and hashed"
        return [
            Row(
                *(self.operations[0], None, Goal(limit=self.limit)),
                *(Samples([made for made, _ in first]), name, Samples([its for _, its in first])),
            ),
            Row(*(self.operations[1], None, Goal(limit=self.changed_limit)), ours, name, peer),
        ]


def module(rng: random.Random, size: int) -> str:
    """A module of about that many bytes, another one each time."""
    lines = (f"value_{number} = {rng.getrandbits(160)}\n" for number in range(size // 60 + 1))
    return "".join(lines)[:size]


def _stamp(text: str) -> None:
    content = text.encode()
    found = read(content)
    stamp = Stamp(stamp_id(NAMESPACE, found.content_hash), found.content_hash, datetime.now(UTC))
    mark(content, found, "module.py", stamp)


def _hash(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.is_file():
            blake3(path.read_bytes()).digest()
