"""git in a clean environment: it makes the work trees, and `git status` is the peer of a scan."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import milliseconds

__all__ = ["Repository", "git_version"]

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2025-10-24T00:00:00Z",
    "GIT_COMMITTER_DATE": "2025-10-24T00:00:00Z",
}
_IDENTITY = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org")
_STATUS = (
    *("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"),
    *("status", "-uall", "--porcelain"),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree whose files are all committed.

    Attributes:
        files: Number of its files.
    """

    root: Path
    files: int

    def commit_all(self) -> None:
        """Make it a repository with one commit, and have it on disk before anything is timed."""
        _git(self.root, "init", "--quiet", "--initial-branch=trunk")
        _git(self.root, "-c", "gc.auto=0", "add", "--all")
        _git(
            self.root,
            *("-c", "gc.auto=0", "-c", "commit.gpgsign=false", *_IDENTITY),
            *("commit", "--quiet", "--message=Synthetic"),
        )
        os.sync()

    def commit_changes(self) -> None:
        """Commit what was changed of its files."""
        _git(
            self.root,
            *("-c", "gc.auto=0", "-c", "commit.gpgsign=false", *_IDENTITY),
            *("commit", "--all", "--quiet", "--allow-empty", "--message=Changed"),
        )

    def head(self) -> str:
        """The commit that is checked out."""
        return _git(self.root, "rev-parse", "HEAD").decode().strip()

    @property
    def first_file(self) -> str:
        """A file of it, the same each time."""
        return min(_git(self.root, "ls-files", "*.py").decode().splitlines())

    def time_status(self) -> float:
        """Milliseconds of `git status`; it says nothing, since nothing has changed."""
        elapsed, output = milliseconds(lambda: _git(self.root, *_STATUS))
        assert output == b"", "the work tree has changed"
        return elapsed


def git_version() -> str:
    """As git says it, without its own name."""
    return _git(Path.cwd(), "--version").decode().strip().removeprefix("git version ")


def _git(directory: Path, *arguments: str) -> bytes:
    done = subprocess.run(
        ("git", *arguments),
        cwd=directory,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout
