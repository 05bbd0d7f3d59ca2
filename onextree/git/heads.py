"""Where HEAD is, read from the repository's own files: for who looks at a thousand of them.

What is read is foreign: at most a few kilobytes of regular files, and no git process is started
unless the references are kept in a format that only git reads.
"""

import os
import re
import stat
from pathlib import Path

from onextree.errors import RepositoryUnreadable
from onextree.git.work_tree import Head, WorkTree

__all__ = ["read_head"]

_COMMIT = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REFERENCE = b"ref: "
_LONGEST = 4_096  # bytes of HEAD or of a loose reference
_MOST_PACKED = 64 << 20  # bytes of all packed references
_DEEPEST = 5  # references that point to references


def read_head(work_tree: WorkTree) -> Head:
    """Commit and branch that are checked out, as git says it.

    Raises:
        RepositoryUnreadable: There is no HEAD, it cannot be read, or it says nothing.
        DeadlineExceeded, TreeGenerationFailed: git was asked, and failed.
    """
    common = work_tree.common_dir()
    if (common / "reftable").is_dir():
        return work_tree.head()
    content = _content(work_tree.git_dir / "HEAD", _LONGEST)
    if content is None:
        raise RepositoryUnreadable(f"{work_tree.git_dir} has no HEAD.")
    branch: bytes | None = None
    for _ in range(_DEEPEST):
        if not content.startswith(_REFERENCE):
            break
        name = content.removeprefix(_REFERENCE)
        branch = name
        found = _reference(work_tree, common, name)
        if found is None:
            return Head(None, branch)
        content = found
    if not _COMMIT.fullmatch(content):
        raise RepositoryUnreadable(f"HEAD of {work_tree.git_dir} leads to no commit.")
    return Head(content.decode(), branch)


def _reference(work_tree: WorkTree, common: Path, name: bytes) -> bytes | None:
    """What a reference says; None where there is none yet.

    Raises:
        RepositoryUnreadable: No reference can have that name.
    """
    parts = name.split(b"/")
    if parts[0] != b"refs" or {b"", b".", b".."} & set(parts) or b"\0" in name:
        raise RepositoryUnreadable(f"HEAD of {work_tree.git_dir} leads out of the repository.")
    own = parts[1:2] in ([b"bisect"], [b"worktree"], [b"rewritten"])
    loose = (work_tree.git_dir if own else common) / os.fsdecode(name)
    return _content(loose, _LONGEST) or _packed(common, name)


def _packed(common: Path, name: bytes) -> bytes | None:
    content = _content(common / "packed-refs", _MOST_PACKED) or b""
    found = re.search(rb"^([0-9a-f]{40,64}) " + re.escape(name) + rb"$", content, re.M)
    return found[1] if found else None


def _content(path: Path, most: int) -> bytes | None:
    """What a regular file says, without white space at its end; None where there is none.

    Raises:
        RepositoryUnreadable: It cannot be read, is no file, or too long.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RepositoryUnreadable(
            f"{path} cannot be read ({os.strerror(error.errno or 0)})."
        ) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise RepositoryUnreadable(f"{path} is no file that git writes.")
        return os.read(descriptor, status.st_size).rstrip()
    finally:
        os.close(descriptor)
