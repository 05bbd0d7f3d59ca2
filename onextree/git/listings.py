"""What git lists, read from its running processes."""

from collections.abc import Sequence
from dataclasses import dataclass

from onextree.git.door import GitProcess

__all__ = ["Tracked", "TrackedListing", "Untracked", "UntrackedListing"]

_CACHED = b"\0H "
_CLOSED = b"could not open directory"


@dataclass(frozen=True, slots=True)
class Tracked:
    """Paths that git tracks, relative to the root.

    Attributes:
        paths: Each once, also where it is in conflict.
        unwatched: Those whose changes git does not look for (assume-unchanged, skip-worktree) or
            that are in conflict.
    """

    paths: Sequence[bytes]
    unwatched: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class TrackedListing:
    """`git ls-files -z -v`, running."""

    process: GitProcess
    timeout: float

    def result(self) -> Tracked:
        """Wait for it."""
        output = b"\0" + self.process.output(timeout=self.timeout)[1][:-1]
        if output.count(b"\0") == output.count(_CACHED):
            return Tracked(output.split(_CACHED)[1:], frozenset())
        records = output.split(b"\0")[1:] if len(output) > 1 else []
        unwatched = frozenset(record[2:] for record in records if record[:1] != b"H")
        return Tracked(list(dict.fromkeys(record[2:] for record in records)), unwatched)

    def close(self) -> None:
        """End it if it still runs."""
        self.process.close()


@dataclass(frozen=True, slots=True)
class Untracked:
    """What git neither tracks nor ignores.

    Attributes:
        output: Paths, each with a NUL behind; a nested repository ends in a slash.
        closed: Directories that could not be read, of which nothing is known.
    """

    output: bytes
    closed: int

    @property
    def paths(self) -> list[bytes]:
        """The paths, as git gives them."""
        return self.output.split(b"\0")[:-1]


@dataclass(frozen=True, slots=True)
class UntrackedListing:
    """`git ls-files -z --others --exclude-standard`, running."""

    process: GitProcess
    timeout: float

    def result(self) -> Untracked:
        """Wait for it."""
        _, output = self.process.output(timeout=self.timeout)
        return Untracked(output, self.process.complaints.count(_CLOSED))

    def close(self) -> None:
        """End it if it still runs."""
        self.process.close()
