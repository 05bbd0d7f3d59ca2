"""Bare repositories of ours that hold the last commits asked for of a remote one, without history.

Beside each mirror are two locks: one for who changes it, one for who reads it or throws it away.
"""

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from onextree.errors import (
    DeadlineExceeded,
    OnexTreeError,
    RemoteCommitNotFound,
    RemoteTooLarge,
    RemoteUnreachable,
    RepositoryUnreadable,
    TreeGenerationFailed,
)
from onextree.git import door, mirror_files
from onextree.git.credentials import CredentialReference, access
from onextree.git.exchange import Exchange
from onextree.git.mirror_lock import exclusive, is_free, note_process, shared
from onextree.git.object_store import ENVIRONMENT, ObjectStore, check_object_id
from onextree.git.remotes import RemoteUrl

__all__ = ["Mirror", "RemoteHead", "check_branch"]

_FETCH = (
    "--quiet",
    "--no-progress",
    "--depth=1",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--refmap=",
)
_REFERENCES = "refs/onextree/"
_MOST_LISTED = 1 << 20
_LONGEST_NAME = 1_024
_MOST_PACKS = 16
_BRANCH = re.compile(
    r"(?![-/.])(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)))[^\0-\x20\x7f~^:?*\[\\\ud800-\udfff]+"
)


@dataclass(frozen=True, slots=True)
class RemoteHead:
    """Commit id in hexadecimal, and the full name of the branch (None where HEAD is on none)."""

    commit: str
    branch: bytes | None


@dataclass(frozen=True, slots=True)
class Mirror:
    """The mirror of one URL; it is made when the first commit is fetched.

    Attributes:
        directory: Where all mirrors are.
        timeout: Seconds that one call may take.
        max_bytes: That one fetch may bring.
        git_timeout: Seconds that a git process on the mirror itself may be silent.
        keep: Commits that stay, those fetched last.
    """

    directory: Path
    url: RemoteUrl
    credential: CredentialReference | None = None
    timeout: float = 300.0
    max_bytes: int = 5 * 2**30
    git_timeout: float = 120.0
    keep: int = 4

    @property
    def git_dir(self) -> Path:
        """The mirror's own directory."""
        return self.directory / self.url.key

    @property
    def objects(self) -> ObjectStore:
        """What was fetched; read it inside of `reading`."""
        return ObjectStore(self.git_dir, self.git_timeout)

    def head(self, branch: str | None = None) -> RemoteHead:
        """Ask the server where HEAD or a branch is.

        Raises:
            RemoteUnreachable, RemoteAccessDenied, DeadlineExceeded: See `Exchange.run`.
            RemoteCommitNotFound: There is no such branch, or no commit yet.
            InvalidRemote: The credential cannot be used.
        """
        if branch is not None:
            check_branch(branch)
        wanted = "HEAD" if branch is None else f"refs/heads/{branch}"
        exchange = self._exchange(time.monotonic() + self.timeout)
        output = exchange.run(exchange.list_references(wanted), most=_MOST_LISTED)
        name = wanted.encode()
        target = None if branch is None else name
        for line in output.splitlines():
            found, _, listed = line.partition(b"\t")
            if listed != name:
                continue
            if found.startswith(b"ref: "):
                if found.startswith(b"ref: refs/heads/"):
                    target = found.removeprefix(b"ref: ")[:_LONGEST_NAME]
                continue
            commit = found.decode("ascii", "replace")
            check_object_id(commit)
            return RemoteHead(commit, target)
        raise RemoteCommitNotFound(
            f"{self.url} has no {f'branch {branch}' if branch else 'commit yet'}; "
            "give a branch that it has."
        )

    def fetch(self, commit: str) -> None:
        """Bring a commit, without its history; nothing is asked of the server if it is here.

        Nothing of a fetch that fails is left.

        Args:
            commit: Its full id in hexadecimal, see `head`.

        Raises:
            RemoteUnreachable, RemoteAccessDenied, DeadlineExceeded: See `Exchange.run`.
            RemoteCommitNotFound: The server does not give that commit.
            RemoteTooLarge: It is more than the settings allow.
            InvalidRemote: The credential cannot be used.
            InvalidRequest: That is no full id.
        """
        check_object_id(commit)
        deadline = time.monotonic() + self.timeout
        with exclusive(self._changing, deadline=deadline) as lock:
            if not mirror_files.is_made(self.git_dir, len(commit)):
                self._make_anew(len(commit), deadline)
            mirror_files.tidy(self.git_dir)
            if not self._has(commit):
                try:
                    self._bring(commit, lock, deadline)
                except (RemoteUnreachable, RepositoryUnreadable):
                    if self._is_whole(deadline):
                        raise
                    self._make_anew(len(commit), deadline)
                    self._bring(commit, lock, deadline)
            self._refer(commit)
            if mirror_files.count_packs(self.git_dir) > _MOST_PACKS:
                self._collect(lock)

    @contextmanager
    def reading(self) -> Iterator[ObjectStore]:
        """The objects, which nobody throws away meanwhile.

        Raises:
            DeadlineExceeded: The mirror was being made anew for too long.
        """
        with shared(self._using, deadline=time.monotonic() + self.timeout):
            yield self.objects

    def prune(self) -> None:
        """Throw away what no kept commit needs; nothing happens while somebody reads."""
        with exclusive(self._changing, deadline=time.monotonic() + self.timeout) as lock:
            if mirror_files.is_made(self.git_dir):
                mirror_files.tidy(self.git_dir)
                self._collect(lock)

    def discard(self) -> None:
        """Throw the mirror away, since it is damaged or its project is gone."""
        deadline = time.monotonic() + self.timeout
        with (
            exclusive(self._changing, deadline=deadline),
            exclusive(self._using, deadline=deadline),
        ):
            mirror_files.remove(self.git_dir)

    @property
    def _changing(self) -> Path:
        return self.directory / f"{self.url.key}.changing"

    @property
    def _using(self) -> Path:
        return self.directory / f"{self.url.key}.using"

    def _exchange(self, deadline: float) -> Exchange:
        return Exchange(self.url, access(self.url, self.credential), deadline, self.timeout)

    def _make_anew(self, digits: int, deadline: float) -> None:
        with exclusive(self._using, deadline=deadline):
            mirror_files.remove(self.git_dir)
            mirror_files.make(self.git_dir, digits)

    def _bring(self, commit: str, lock: int, deadline: float) -> None:
        before = mirror_files.State.of(self.git_dir)

        def watch() -> None:
            if before.growth() > self.max_bytes:
                raise RemoteTooLarge(
                    f"{self.url} sends more than the {self.max_bytes:,} bytes allowed for one "
                    "commit; raise ONEXTREE_REMOTE_MAX_BYTES if that is meant.",
                    max_bytes=self.max_bytes,
                )

        exchange = self._exchange(deadline)
        try:
            process = exchange.fetch(self.git_dir, _FETCH, commit)
            note_process(lock, process.pid)
            exchange.run(process, most=_MOST_LISTED, watch=watch)
            self.objects.tree_id(commit)
        except BaseException:
            before.restore()
            raise

    def _has(self, commit: str) -> bool:
        if not any(name.endswith(f"-{commit}") for name in self._references()):
            return False
        try:
            self.objects.tree_id(commit)
        except RepositoryUnreadable:
            return False
        return True

    def _references(self) -> list[str]:
        """The names of ours, the oldest first."""
        try:
            _, output = self._start("for-each-ref", "--format=%(refname)", _REFERENCES).output(
                timeout=self.git_timeout
            )
        except TreeGenerationFailed:
            return []
        return sorted(output.decode("ascii", "replace").split())

    def _refer(self, commit: str) -> None:
        """Make the commit the newest that is kept; only so many are."""
        names = self._references()
        last = max((int(name[len(_REFERENCES) :].partition("-")[0]) for name in names), default=0)
        newest = f"{_REFERENCES}{max(time.time_ns(), last + 1):020}-{commit}"
        others = [name for name in names if not name.endswith(f"-{commit}")]
        dropped = {*names} - {*others[max(len(others) - self.keep + 1, 0) :]}
        lines = [f"create {newest} {commit}", *(f"delete {name}" for name in sorted(dropped))]
        with tempfile.TemporaryFile() as given:
            given.write("".join(f"{line}\n" for line in lines).encode())
            given.seek(0)
            process = door.start(
                ("update-ref", "--stdin"),
                git_dir=self.git_dir,
                work_tree=self.git_dir,
                cwd=self.git_dir,
                environment=ENVIRONMENT,
                given=given,
            )
        process.output(timeout=self.git_timeout)

    def _is_whole(self, deadline: float) -> bool:
        """Whether all of it is there; what could not be found out in time counts as whole."""
        try:
            words = ("--connectivity-only", "--no-dangling", "--no-progress")
            process = self._start("fsck", *words)
            process.output(timeout=max(deadline - time.monotonic(), 0))
        except DeadlineExceeded:
            return True
        except OnexTreeError:
            return False
        return True

    def _collect(self, lock: int) -> None:
        with is_free(self._using) as free:
            if not free:
                return
            try:
                process = self._start("gc", "--quiet", "--prune=now")
                note_process(lock, process.pid)
                process.output(timeout=self.timeout)
            except OnexTreeError:
                with suppress(OSError):
                    mirror_files.tidy(self.git_dir)

    def _start(self, *command: str) -> door.GitProcess:
        return door.start(
            command,
            git_dir=self.git_dir,
            work_tree=self.git_dir,
            cwd=self.git_dir,
            environment=ENVIRONMENT,
            config=("gc.writeCommitGraph=false", "core.bigFileThreshold=16m"),
        )


def check_branch(name: str) -> None:
    """Raise `RemoteCommitNotFound` for what is no branch's short name."""
    if not _BRANCH.fullmatch(name):
        raise RemoteCommitNotFound("No branch can have that name; give a branch such as main.")
