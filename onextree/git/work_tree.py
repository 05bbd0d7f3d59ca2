"""A git work tree as OnexTree sees it: where it is, what it lists, what HEAD it is at."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onextree.errors import OnexTreeError
from onextree.git import door

__all__ = ["Head", "WorkTree", "find_work_tree"]

_GITDIR = b"gitdir: "
_GITDIR_LIMIT = 8192  # bytes: a path and a word, whatever somebody put there
_COPIED_CONFIG = (
    "core.autocrlf",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.symlinks",
    "core.precomposeunicode",
)


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

    def list_paths(self) -> tuple[list[bytes], list[bytes]]:
        """Tracked and untracked paths relative to the root, as `git ls-files` gives them.

        A tracked path in conflict stands once; an untracked nested repository ends in a slash.
        """
        tracked = self._start("ls-files", "-z")
        untracked = self._start("ls-files", "-z", "--others", "--exclude-standard")
        try:
            _, tracked_output = tracked.output(timeout=self.timeout)
            _, untracked_output = untracked.output(timeout=self.timeout)
        finally:
            tracked.close()
            untracked.close()
        return (
            list(dict.fromkeys(tracked_output.split(b"\0")[:-1])),
            untracked_output.split(b"\0")[:-1],
        )

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
        return code == 0 and not self._run("ls-files", "-z", "--", ".")[1]

    def head(self) -> Head:
        """Where HEAD is now."""
        code, output = self._run("rev-parse", "HEAD", "--symbolic-full-name", "HEAD", ok=(0, 128))
        if code == 0:
            commit, branch = output.split()
            return Head(commit.decode(), branch if branch != b"HEAD" else None)
        _, output = self._run("symbolic-ref", "HEAD")
        return Head(None, output.strip())

    def differs_from(self, commit: str | None) -> bool | None:
        """Whether tracked files differ from a commit, staged or not.

        Asked through a repository of our own that borrows objects and index: so the repository's
        config, which can name filter programs, is never read.

        Returns:
            None where git could not tell.
        """
        if commit is None:
            return bool(self._run("ls-files", "-z", "--", ".")[1])
        try:
            with self._borrowed() as (git_dir, environment, config):

                def ask(*command: str, ok: tuple[int, ...] = (0,)) -> tuple[int, bytes]:
                    return door.run(
                        command,
                        git_dir=git_dir,
                        work_tree=self.top,
                        cwd=self.root,
                        timeout=self.timeout,
                        ok=ok,
                        environment=environment,
                        config=config,
                    )

                staged, _ = ask("diff-index", "--cached", "--quiet", commit, "--", ".", ok=(0, 1))
                return staged == 1 or bool(ask("ls-files", "-z", "--modified")[1])
        except OnexTreeError:
            return None

    @contextmanager
    def _borrowed(self) -> Iterator[tuple[Path, dict[str, str | bytes], list[str]]]:
        _, output = self._run("config", "--local", "--no-includes", "-z", "--list", ok=(0, 1))
        found: dict[str, str] = {}
        for item in output.decode("utf-8", "replace").split("\0")[:-1]:
            name, _, value = item.partition("\n")
            found[name] = value or "true"
        config = [f"{name}={found[name]}" for name in _COPIED_CONFIG if name in found]
        object_format = "sha256" if found.get("extensions.objectformat") == "sha256" else "sha1"
        with tempfile.TemporaryDirectory(prefix="onextree-git-") as directory:
            git_dir = Path(directory)
            (git_dir / "objects").mkdir()
            (git_dir / "refs").mkdir()
            (git_dir / "HEAD").write_text("ref: refs/heads/none\n")
            (git_dir / "config").write_text(
                "[core]\n\trepositoryformatversion = 1\n"
                f"[extensions]\n\tobjectformat = {object_format}\n"
            )
            environment: dict[str, str | bytes] = {
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(self._common_dir() / "objects"),
                "GIT_INDEX_FILE": os.fsencode(self.git_dir / "index"),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
            }
            yield git_dir, environment, config

    def _common_dir(self) -> Path:
        """The repository's directory shared by all of its work trees."""
        try:
            named = (self.git_dir / "commondir").read_bytes().rstrip(b"\n")
        except OSError:
            return self.git_dir
        return (self.git_dir / os.fsdecode(named)).resolve()


def _quoted(path: Path) -> bytes:
    """A path as an item of a list that git splits at colons."""
    escaped = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + escaped + b'"'


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
