"""A repository of our own that borrows objects and index of another.

What compares contents or reads history is asked there: so the other repository's config and
hooks, which can name programs, are never read.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from onextree.errors import OnexTreeError
from onextree.git import door
from onextree.git.comparison import CommitChange, parse_changes

__all__ = ["BorrowedRepository", "Comparison", "borrow"]

_COPIED_CONFIG = (
    "core.autocrlf",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.symlinks",
    "core.precomposeunicode",
)
_RAW_ATTRIBUTES = "* -text !eol -filter -ident !working-tree-encoding -merge -diff\n"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`git diff-files`, running: the tracked files whose stat figures are not the index's."""

    process: door.GitProcess
    timeout: float

    def result(self) -> frozenset[bytes] | None:
        """Wait for it: paths relative to the root, or None where git could not look at each."""
        try:
            _, output = self.process.output(timeout=self.timeout)
        except OnexTreeError:
            return None
        return None if self.process.complaints else frozenset(output.split(b"\0")[:-1])

    def close(self) -> None:
        """End it if it still runs."""
        self.process.close()


@dataclass(frozen=True, slots=True)
class BorrowedRepository:
    """See `borrow`."""

    git_dir: Path
    top: Path
    cwd: Path
    timeout: float
    environment: dict[str, str | bytes]
    config: tuple[str, ...]

    def _start(self, *command: str) -> door.GitProcess:
        return door.start(
            command,
            git_dir=self.git_dir,
            work_tree=self.top,
            cwd=self.cwd,
            environment=self.environment,
            config=self.config,
        )

    def start_comparison(self) -> Comparison:
        """Have git compare stat figures with the index, and contents where those are racy."""
        return Comparison(
            self._start("diff-files", "-z", "--name-only", "--relative", "--ignore-submodules=all"),
            self.timeout,
        )

    def is_staged(self, commit: str) -> bool:
        """Whether the index differs from a commit below the working directory."""
        process = self._start("diff-index", "--cached", "--quiet", commit, "--", ".")
        return process.output(timeout=self.timeout, ok=(0, 1))[0] == 1

    def compare(self, old: str, new: str) -> list[CommitChange]:
        """What two commits differ in, all paths relative to the top of the work tree."""
        options = ("-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none")
        process = self._start("diff-tree", *options, old, new, "--")
        _, output = process.output(timeout=self.timeout)
        return list(parse_changes(output))

    def is_modified(self) -> bool:
        """Whether a tracked file has other content than the index."""
        _, output = self._start("ls-files", "-z", "--modified").output(timeout=self.timeout)
        return bool(output)


@contextmanager
def borrow(
    *,
    objects: Path,
    index: Path | None,
    top: Path,
    cwd: Path,
    config: bytes,
    timeout: float,
    raw: bool = False,
) -> Iterator[BorrowedRepository]:
    """Make the repository; it is gone at the end.

    Args:
        objects: The other repository's objects.
        index: Its index, which is used where it is; without one git need not load it.
        config: The other repository's local config, as `git config -z --list` prints it; what
            says how files look on this machine is taken over.
        raw: Contents are compared byte for byte, whatever `.gitattributes` says.
    """
    found: dict[str, str] = {}
    for item in config.decode("utf-8", "replace").split("\0")[:-1]:
        name, _, value = item.partition("\n")
        found[name] = value or "true"
    object_format = "sha256" if found.get("extensions.objectformat") == "sha256" else "sha1"
    with tempfile.TemporaryDirectory(prefix="onextree-git-") as directory:
        own = Path(directory)
        for name in ("objects", "refs", "info"):
            (own / name).mkdir()
        (own / "HEAD").write_text("ref: refs/heads/none\n")
        (own / "config").write_text(
            "[core]\n\trepositoryformatversion = 1\n"
            f"[extensions]\n\tobjectformat = {object_format}\n"
        )
        if raw:
            (own / "info" / "attributes").write_text(_RAW_ATTRIBUTES)
        if index is not None:
            with suppress(OSError):
                for shared in index.parent.glob("sharedindex.*"):
                    (own / shared.name).symlink_to(shared)
        yield BorrowedRepository(
            own,
            top,
            cwd,
            timeout,
            environment={
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(objects),
                "GIT_INDEX_FILE": os.fsencode(index or own / "index"),
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": os.devnull,
            },
            config=tuple(f"{name}={found[name]}" for name in _COPIED_CONFIG if name in found),
        )


def _quoted(path: Path) -> bytes:
    """A path as an item of a list that git splits at colons."""
    escaped = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + escaped + b'"'
