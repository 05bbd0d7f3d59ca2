"""A git work tree as OnexTree sees it: where it is, what it lists, what HEAD it is at."""

import os
import tempfile
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from onextree.git import door
from onextree.git.borrowed import BorrowedRepository, borrow
from onextree.git.comparison import CommitChange
from onextree.git.listings import TrackedListing, UntrackedListing

__all__ = ["Head", "WorkTree", "find_work_tree"]

_GITDIR = b"gitdir: "
_LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}  # paths are no patterns
_GITDIR_LIMIT = 8192  # bytes: a path and a word, whatever somebody put there
_SHA256 = 64  # hexadecimal digits of a commit id
_CHECKSUM = 20  # bytes; of a longer one the end will do


@dataclass(frozen=True, slots=True)
class Head:
    """Commit id in hexadecimal (None before the first commit) and full branch name (or None)."""

    commit: str | None
    branch: bytes | None


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A directory inside of a git work tree.

    Attributes:
        root: The directory asked for; listings are relative to it and stay below it.
        top: The top of the work tree.
        git_dir: The repository's directory for this work tree.
        timeout: Seconds that one git process may take.
    """

    root: Path
    top: Path
    git_dir: Path
    timeout: float

    def _start(self, *command: str) -> door.GitProcess:
        return door.start(command, git_dir=self.git_dir, work_tree=self.top, cwd=self.root)

    def _run(self, *command: str, ok: tuple[int, ...] = (0,)) -> tuple[int, bytes]:
        return self._start(*command).output(timeout=self.timeout, ok=ok)

    def start_tracked(self) -> TrackedListing:
        """Have git list what it tracks below the root."""
        return TrackedListing(self._start("ls-files", "-z", "-v"), self.timeout)

    def start_untracked(self) -> UntrackedListing:
        """Have git list what it neither tracks nor ignores below the root."""
        process = self._start("ls-files", "-z", "--others", "--exclude-standard")
        return UntrackedListing(process, self.timeout)

    def submodule_commits(self) -> dict[bytes, bytes]:
        """Path and recorded commit id (hexadecimal) of every submodule below the root."""
        _, output = self._run("ls-files", "-z", "--stage")
        commits = {}
        for record in output.split(b"\0")[:-1]:
            if record.startswith(b"160000 "):
                meta, _, path = record.partition(b"\t")
                commits[path] = meta.split(b" ")[1]
        return commits

    def root_is_ignored(self) -> bool:
        """Whether the repository ignores the root and tracks nothing in it."""
        if self.root == self.top:
            return False
        relative = f"./{self.root.relative_to(self.top)}/"
        code, _ = door.run(
            ("check-ignore", "--quiet", "--", relative),
            git_dir=self.git_dir,
            work_tree=self.top,
            cwd=self.top,
            timeout=self.timeout,
            ok=(0, 1),
        )
        return code == 0 and not self.has_tracked_files()

    def head(self) -> Head:
        """Where HEAD is now."""
        code, output = self._run("rev-parse", "HEAD", "--symbolic-full-name", "HEAD", ok=(0, 128))
        if code == 0:
            commit, branch = output.split()
            return Head(commit.decode(), branch if branch != b"HEAD" else None)
        _, output = self._run("symbolic-ref", "HEAD")
        return Head(None, output.strip())

    def borrowed(self, *, raw: bool) -> AbstractContextManager[BorrowedRepository]:
        """A repository of our own on this work tree, see `onextree.git.borrowed`.

        Args:
            raw: Content is compared byte for byte, whatever `.gitattributes` says.
        """
        _, config = self._run("config", "--local", "--no-includes", "-z", "--list", ok=(0, 1))
        return borrow(
            objects=self.common_dir() / "objects",
            index=self.git_dir / "index",
            top=self.top,
            cwd=self.root,
            config=config,
            timeout=self.timeout,
            raw=raw,
        )

    def compare_commits(self, old: str, new: str) -> list[CommitChange]:
        """What two commits differ in, all paths relative to the top of the work tree.

        Raises:
            TreeGenerationFailed: One of them is not there, or not all of it.
            DeadlineExceeded: git did not answer in time.
        """
        object_format = b"extensions.objectformat\nsha256\0" if len(old) == _SHA256 else b""
        with borrow(
            objects=self.common_dir() / "objects",
            index=None,
            top=self.top,
            cwd=self.top,
            config=object_format,
            timeout=self.timeout,
        ) as borrowed:
            return borrowed.compare(old, new)

    def find_unlisted(self, paths: Collection[bytes]) -> frozenset[bytes]:
        """Which of these files, that are there, git neither tracks nor takes for untracked.

        Args:
            paths: Relative to the root, beyond no symlink.
        """
        ignored = self._find_ignored(paths)
        if not ignored:
            return ignored
        _, output = door.run(
            ("ls-files", "-z", "--", *map(os.fsdecode, ignored)),
            git_dir=self.git_dir,
            work_tree=self.top,
            cwd=self.root,
            timeout=self.timeout,
            environment=_LITERAL,
        )
        return ignored - frozenset(output.split(b"\0"))

    def _find_ignored(self, paths: Iterable[bytes]) -> frozenset[bytes]:
        """Which of these the rules exclude, whether they are tracked or not."""
        with tempfile.TemporaryFile() as given:
            # It takes no literal pathspecs; but magic begins with a colon.
            given.write(b"".join(b"./" + path + b"\0" for path in paths))
            given.seek(0)
            process = door.start(
                ("check-ignore", "-z", "--no-index", "--stdin"),
                git_dir=self.git_dir,
                work_tree=self.top,
                cwd=self.root,
                given=given,
            )
            _, output = process.output(timeout=self.timeout, ok=(0, 1))
        return frozenset(path.removeprefix(b"./") for path in output.split(b"\0")[:-1])

    def has_tracked_files(self) -> bool:
        """Whether git tracks anything below the root."""
        return bool(self._run("ls-files", "-z", "--", ".")[1])

    def index_identity(self) -> bytes | None:
        """Changes whenever the index is written; None where there is none.

        Its stat figures and the checksum at its end.
        """
        try:
            with (self.git_dir / "index").open("rb") as index:
                status = os.fstat(index.fileno())
                index.seek(-_CHECKSUM, os.SEEK_END)
                checksum = index.read()
        except OSError:
            return None
        figures = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return b"%d %d %d %d " % figures + checksum

    def common_dir(self) -> Path:
        """The repository's directory shared by all of its work trees."""
        try:
            named = (self.git_dir / "commondir").read_bytes().rstrip(b"\n")
        except OSError:
            return self.git_dir
        return (self.git_dir / os.fsdecode(named)).resolve()


def find_work_tree(root: Path, *, timeout: float) -> WorkTree | None:
    """The git work tree that a directory lies in, or None; git itself is not asked."""
    for top in (root, *root.parents):
        marker = top / ".git"
        if marker.is_dir() and (marker / "HEAD").exists():
            return WorkTree(root, top, marker, timeout)
        if marker.is_file():
            with marker.open("rb") as file:
                text = file.read(_GITDIR_LIMIT)
            if text.startswith(_GITDIR):
                named = os.fsdecode(text.removeprefix(_GITDIR).rstrip(b"\r\n"))
                return WorkTree(root, top, (top / named).resolve(), timeout)
    return None
