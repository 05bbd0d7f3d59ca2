"""The values of a tree: entries, their kinds, a tree as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from onextree.tree.classification.model import FileClass

__all__ = ["Entry", "Kind", "Provenance", "Tree", "TreeSummary"]


class Kind(StrEnum):
    """What an entry is; the value is the letter in the tree hash and in the store."""

    FILE = "f"
    EXECUTABLE = "x"
    SYMLINK = "l"
    SUBMODULE = "m"
    REPOSITORY = "r"

    @property
    def word(self) -> str:
        """The word for people and JSON; an executable is a file."""
        return _WORDS[self]


_WORDS = {
    Kind.FILE: "file",
    Kind.EXECUTABLE: "file",
    Kind.SYMLINK: "symlink",
    Kind.SUBMODULE: "submodule",
    Kind.REPOSITORY: "repository",
}


class Entry(NamedTuple):
    """One entry of a tree: anything in it but directories, which their entries imply.

    Attributes:
        directory: Path of its directory relative to the root, raw bytes, the root is ``b""``.
        name: Raw bytes.
        kind: See `Kind`.
        size: Bytes of the content; of a symlink, of its target; 0 for what is not entered.
        digest: BLAKE3, 32 bytes, of the content; of a symlink's target; of a submodule's commit id
            in hexadecimal ASCII. None where there is nothing to hash: a file that cannot be read,
            a nested repository.
        file_class: None for what was stored before files were classified.
    """

    directory: bytes
    name: bytes
    kind: Kind
    size: int
    digest: bytes | None
    file_class: FileClass | None = None

    @property
    def path(self) -> bytes:
        """Path relative to the root."""
        return self.directory + b"/" + self.name if self.directory else self.name


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a tree comes from in git; all None for a plain directory.

    Attributes:
        commit: Object id of HEAD, in hexadecimal; None before the first commit.
        branch: Short name; None when HEAD is detached.
        dirty: Whether the work tree differs from the commit.
        mixed: Whether HEAD moved during the scan.
        git_tree: Object id of the commit's tree, in hexadecimal, where the tree is read from the
            commit's objects; None for work trees.
    """

    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    mixed: bool = False
    git_tree: str | None = None


@dataclass(frozen=True, slots=True)
class TreeSummary:
    """A tree without its entries; see `Tree`."""

    tree_hash: str
    total_files: int
    total_directories: int
    total_size_bytes: int
    provenance: Provenance
    unreadable: int
    skipped: int
    unsettled: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A scanned project.

    Attributes:
        entries: Sorted by (directory, name), bytewise.
        tree_hash: SHA-256 in hexadecimal, see `docs/tree-hash.md`.
        total_directories: Directories below the root.
        total_size_bytes: Sum of the entries' sizes.
        unreadable: Files that could not be read, and directories that could not be listed.
        skipped: FIFOs, sockets and devices left out.
        unsettled: Files that kept changing while they were read.
        directory_digests: As `onextree.tree.tree_hash.TreeHash` has them; None where they were not
            made.
    """

    entries: Sequence[Entry]
    tree_hash: str
    total_directories: int
    total_size_bytes: int
    provenance: Provenance = Provenance()
    unreadable: int = 0
    skipped: int = 0
    unsettled: int = 0
    directory_digests: Mapping[bytes, bytes] | None = None

    @property
    def total_files(self) -> int:
        """Number of entries."""
        return len(self.entries)

    @property
    def summary(self) -> TreeSummary:
        """All of it but the entries."""
        return TreeSummary(
            self.tree_hash,
            self.total_files,
            self.total_directories,
            self.total_size_bytes,
            self.provenance,
            self.unreadable,
            self.skipped,
            self.unsettled,
        )
