"""The files of a commit, before any of them is read."""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from onextree.errors import RepositoryUnreadable
from onextree.git.object_store import ObjectStore, TreeRecord
from onextree.tree.commit.tree_ids import TreeIds
from onextree.tree.limits import Limits
from onextree.tree.model import Kind
from onextree.tree.names import decode_name

__all__ = ["CommitFile", "CommitListing", "list_commit"]

_TREE = b"040000"
_KINDS = {
    b"100644": Kind.FILE,
    b"100755": Kind.EXECUTABLE,
    b"120000": Kind.SYMLINK,
    b"160000": Kind.SUBMODULE,
}
# What git refuses to check out: itself, and what other file systems take for it.
_DOT_GIT = re.compile(rb"(?:\.git|git~1)[ .]*(?:[:\\].*)?", re.IGNORECASE | re.DOTALL)
_SUSPECT = frozenset(b".gG")


class CommitFile(NamedTuple):
    """One entry of a commit; object id in hexadecimal, size in bytes, see `Entry`."""

    directory: bytes
    name: bytes
    kind: Kind
    size: int
    object_id: bytes


@dataclass(frozen=True, slots=True)
class CommitListing:
    """What a commit has.

    Attributes:
        tree_id: Object id of its tree, in hexadecimal; all that is listed has been checked by it.
        files: In git's order.
    """

    tree_id: str
    files: Sequence[CommitFile]


def list_commit(store: ObjectStore, commit: str, limits: Limits) -> CommitListing:
    """List a whole commit.

    Raises:
        TreeTooLarge: It has more files or bytes than allowed.
        RepositoryUnreadable: It is missing or broken, or has names that no work tree can have.
    """
    tree_id = store.tree_id(commit)
    trees = TreeIds(tree_id.encode())
    files: list[CommitFile] = []
    size = 0
    with closing(store.list_tree(commit)) as records:
        for mode, object_id, bytes_, path in records:
            directory, _, name = path.rpartition(b"/")
            is_below = len(path) > len(name)
            if is_below != bool(directory) or directory not in trees or not _is_name(name):
                raise _impossible(commit, path)
            trees.add(directory, (mode, name, object_id))
            if mode == _TREE:
                trees.add_tree(path, object_id)
                limits.check_files(len(trees) - 1)
                continue
            file = _file(commit, TreeRecord(mode, object_id, bytes_, path))
            files.append(file)
            limits.check_files(len(files))
            size += file.size
            if size > limits.max_bytes:
                raise limits.too_many_bytes(decode_name(path), len(files))
    trees.check(store)
    return CommitListing(tree_id, files)


def _file(commit: str, record: TreeRecord) -> CommitFile:
    directory, _, name = record.path.rpartition(b"/")
    kind = _KINDS.get(record.mode)
    if kind is None:
        raise _impossible(commit, record.path)
    return CommitFile(directory, name, kind, record.size or 0, record.object_id)


def _is_name(name: bytes) -> bool:
    if not name or b"\0" in name:
        return False
    if name[0] not in _SUSPECT:
        return True
    return name not in (b".", b"..") and not _DOT_GIT.fullmatch(name)


def _impossible(commit: str, path: bytes) -> RepositoryUnreadable:
    return RepositoryUnreadable(
        f"Commit {commit} has {decode_name(path)!r}, which git itself refuses to check out; "
        "take another commit.",
        path=decode_name(path),
    )
