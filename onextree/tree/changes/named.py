"""The files that an update looks at: those that commits changed, and those that somebody named."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from onextree.errors import InvalidRequest
from onextree.git.comparison import CommitChange
from onextree.tree.changes.decision import NeedsScan, ScanReason
from onextree.tree.names import decode_name, encode_name
from onextree.tree.tree_hash import parent_directories

__all__ = ["NamedFiles", "relative_path"]

_RULES = frozenset((b".gitignore", b".gitattributes"))
_GIT = b".git"


@dataclass(frozen=True)
class NamedFiles:
    """Paths relative to the root, raw bytes.

    Attributes:
        committed: What two commits differ in, by path.
        others: Paths that somebody named.
    """

    committed: Mapping[bytes, CommitChange] = field(default_factory=dict)
    others: frozenset[bytes] = frozenset()

    @classmethod
    def of(
        cls, changes: Iterable[CommitChange], prefix: bytes, paths: Iterable[str], *, most: int
    ) -> "NamedFiles":
        """Put together what is to be looked at.

        Args:
            changes: Between two commits; paths are relative to the top of the work tree.
            prefix: The root, relative to that top; empty, or with a slash at its end.
            paths: Relative to the root, as stored text.
            most: More files than that are not looked at one by one.

        Raises:
            NeedsScan: So many changed, or the rules of what belongs to the project did.
        """
        committed: dict[bytes, CommitChange] = {}
        for change in changes:
            directory, _, name = change.path.rpartition(b"/")
            inside = change.path.startswith(prefix)
            if name in _RULES and (inside or prefix.startswith(directory + b"/" * bool(directory))):
                raise NeedsScan(ScanReason.RULES)
            if inside:
                committed[change.path[len(prefix) :]] = change
        others = {encode_name(path) for path in paths} - committed.keys()
        if any(path.rpartition(b"/")[2] in _RULES for path in others):
            raise NeedsScan(ScanReason.RULES)
        named = cls(committed, frozenset(path for path in others if _GIT not in path.split(b"/")))
        if len(named) > most:
            raise NeedsScan(ScanReason.MANY_FILES)
        return named

    def __iter__(self) -> Iterator[bytes]:
        """All paths."""
        yield from self.committed
        yield from self.others

    def __len__(self) -> int:
        return len(self.committed) + len(self.others)

    @cached_property
    def by_directory(self) -> dict[bytes, list[bytes]]:
        """Sorted names by directory."""
        names: dict[bytes, list[bytes]] = {}
        for path in sorted(self):
            directory, _, name = path.rpartition(b"/")
            names.setdefault(directory, []).append(name)
        return names

    @cached_property
    def touched(self) -> set[bytes]:
        """Their directories, and all that lead to these."""
        return parent_directories(self.by_directory)


def relative_path(text: str, root: bytes) -> str:
    """A path as somebody named it, as stored text relative to the root.

    Args:
        text: Relative to the root, or absolute below it; escaped as `onextree.tree.names` does.
        root: The project's root.

    Raises:
        InvalidRequest: It leads out of the root, or no file can have it.
    """
    raw = encode_name(text)
    if raw.startswith(b"/"):
        below = root.rstrip(b"/") + b"/"
        raw = raw.removeprefix(below) if raw.startswith(below) else b""
    parts = [part for part in raw.split(b"/") if part not in {b"", b"."}]
    if not parts or b".." in parts or b"\0" in raw:
        raise InvalidRequest(
            f"{text!r} is no path of a file below {decode_name(root)}; name files relative to the "
            "project's root."
        )
    return decode_name(b"/".join(parts))
