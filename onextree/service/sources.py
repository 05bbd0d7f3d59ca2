"""Where the trees of projects come from: directories and git servers.

Directories are those of this machine or, where an OnexTree service scans them, all of its machine.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from onextree.errors import (
    DeadlineExceeded,
    OnexTreeError,
    ProjectRootMismatch,
    ProjectRootNotFound,
    RemoteCommitNotFound,
)
from onextree.git.credentials import CredentialReference
from onextree.git.mirror import Mirror, RemoteHead
from onextree.git.remotes import AllowedRemotes, RemoteUrl
from onextree.resilience.retry import RetryPolicy
from onextree.roots import resolve_root
from onextree.service.base import UseCases
from onextree.service.elsewhere import Elsewhere, ScannedElsewhere, root_elsewhere
from onextree.store import projects
from onextree.store.projects import Project, stored_root
from onextree.tree.commit.blobs import CommitContents
from onextree.tree.commit.scan import scan_remote
from onextree.tree.limits import Limits
from onextree.tree.model import Provenance
from onextree.tree.progress import Report
from onextree.tree.reading.contents import Contents, NoContents, WorkTreeContents
from onextree.tree.remembered import TreeMemory
from onextree.tree.scan import Scan, branch_name, open_root, scan

__all__ = ["Asked", "Source", "Sources", "remote_provenance"]

Asked = RemoteHead | ScannedElsewhere
"""What tells whether a tree has to be read."""

T = TypeVar("T")

_LEAST_ASK = 30.0  # seconds
_LONGEST_DISCARD = 10.0  # seconds


class Source(Protocol):
    """What a project's tree is read from."""

    @property
    def root(self) -> str:
        """The project's root as it is stored: a directory, or a URL."""

    def ask(self) -> Asked | None:
        """Which commit or tree there is; None where only reading tells."""

    def read(self, head: Asked | None, report: Report | None = None) -> Scan:
        """The tree.

        Args:
            head: What this source's `ask` has told.
            report: Is told how far the scan is.
        """

    def forget(self) -> None:
        """Have the next `read` read every file."""

    def contents(self, commit: str | None) -> AbstractContextManager[Contents]:
        """What reads the contents of files that were scanned before.

        Args:
            commit: That was scanned.

        Raises:
            OnexTreeError: The source cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class _Directory:
    """A directory, a git work tree or not."""

    path: Path
    limits: Limits
    git_timeout: float
    memory: TreeMemory

    @property
    def root(self) -> str:
        return stored_root(self.path)

    def ask(self) -> None:
        return None

    def read(self, head: Asked | None, report: Report | None = None) -> Scan:
        return scan(
            self.path,
            git_timeout=self.git_timeout,
            limits=self.limits,
            memory=self.memory,
            report=report,
        )

    def forget(self) -> None:
        self.memory.forget(os.fsencode(self.path))

    @contextmanager
    def contents(self, commit: str | None) -> Iterator[Contents]:
        with open_root(self.path) as root:
            yield WorkTreeContents(root.descriptor)


@dataclass(frozen=True, slots=True)
class _Remote:
    """The branch of a repository on a server, through the mirror of it on this machine."""

    mirror: Mirror
    branch: str | None
    limits: Limits
    retry: RetryPolicy

    @property
    def root(self) -> str:
        return str(self.mirror.url)

    def ask(self) -> RemoteHead:
        # Far less than a fetch may take: one that is silent shall not hold up a run of many.
        longest = self.mirror.timeout
        patience = min(longest, max(longest / 10, _LEAST_ASK))
        asked = replace(self.mirror, timeout=patience)
        return self._again(lambda: asked.head(self.branch))

    def read(self, head: Asked | None, report: Report | None = None) -> Scan:
        asked = head if isinstance(head, RemoteHead) else self.ask()
        try:
            return self._again(lambda: self._scan(asked, report))
        except RemoteCommitNotFound:
            # It may have been replaced since: that is a new commit, and no failure.
            now = self.ask()
            if now.commit == asked.commit:
                raise
        return self._again(lambda: self._scan(now, report))

    def forget(self) -> None:
        """Nothing: what is read is always all of a commit, each content checked by its id."""

    @contextmanager
    def contents(self, commit: str | None) -> Iterator[Contents]:
        if commit is None:
            yield NoContents()
            return
        self._again(lambda: self.mirror.fetch(commit))
        with self.mirror.reading() as store:
            yield CommitContents(store, commit, self.limits)

    def _scan(self, head: RemoteHead, report: Report | None) -> Scan:
        started = time.perf_counter()
        scanned = scan_remote(
            self.mirror, head.commit, branch=head.branch, limits=self.limits, report=report
        )
        fetched = (time.perf_counter() - started) * 1000 - sum(scanned.stages.values())
        return Scan(scanned.tree, {"fetch": max(fetched, 0.0), **scanned.stages})

    def _again(self, work: Callable[[], T]) -> T:
        """Again where the server failed by itself, but not where it took all the time it has."""

        def attempt() -> T | DeadlineExceeded:
            try:
                return work()
            except DeadlineExceeded as error:
                return error

        found = self.retry.call(attempt)
        if isinstance(found, DeadlineExceeded):
            raise found
        return found


def remote_provenance(head: RemoteHead) -> Provenance:
    """Where a tree of that commit comes from."""
    return Provenance(head.commit, branch_name(head.branch), dirty=False)


class Sources(UseCases):
    """Finding what a project is read from; each time it is asked whether that is allowed."""

    def _source(self, project: Project) -> Source:
        """What a project's tree is read from.

        Raises:
            ProjectRootNotFound, ProjectRootMismatch, ProjectRootNotAllowed: Its directory is gone,
                leads elsewhere now, or is not allowed any more. Of a directory that an OnexTree
                service scans that service decides, when it is asked.
            RemoteNotAllowed: The settings do not list its URL's scheme or host any more.
        """
        settings = self._settings
        limits = Limits(settings.max_files, settings.max_bytes)
        if project.is_remote:
            return _Remote(
                self._mirror(project.project_root, project.credential),
                project.remote_branch,
                limits,
                self._retry,
            )
        if self._client is not None:
            return Elsewhere(self._client, project.project_root, limits)
        root = self._checked_root(project)
        return _Directory(root, limits, settings.git_timeout, self._memory)

    @property
    def _mirrors(self) -> Path:
        return self._settings.home / "mirrors"

    @property
    def _allowed_remotes(self) -> AllowedRemotes:
        settings = self._settings
        return AllowedRemotes.parse(settings.remote_schemes, settings.remote_hosts)

    def _mirror(
        self, url: str, credential: str | None = None, *, timeout: float | None = None
    ) -> Mirror:
        """The mirror of an allowed URL on this machine.

        Args:
            timeout: Seconds that one call may take, if that is less than the settings say.
        """
        settings = self._settings
        longest = settings.remote_timeout
        return Mirror(
            self._mirrors,
            RemoteUrl.parse(url, self._allowed_remotes),
            CredentialReference.parse(credential) if credential is not None else None,
            timeout=longest if timeout is None else min(timeout, longest),
            max_bytes=settings.remote_max_bytes,
            git_timeout=settings.git_timeout,
        )

    def _forget(self, project: Project) -> None:
        """What this machine keeps of a root goes, where no project has it any more.

        A mirror that somebody uses all the time stays, and is only disk space.
        """
        if not project.is_remote:
            self._memory.forget(os.fsencode(project.root))
            return
        url = project.project_root
        mirror = Mirror(self._mirrors, RemoteUrl.parse(url, None), timeout=_LONGEST_DISCARD)
        with suppress(OnexTreeError, OSError):
            if mirror.git_dir.exists() and not self._read(
                lambda connection: projects.list_projects(connection, project_root=url)
            ):
                mirror.discard()

    def _registered_root(self, root: str | Path) -> Path:
        """The root of a directory that is to be a project.

        Raises:
            ProjectRootNotFound, ProjectRootNotAllowed: See there.
            InvalidRequest: An OnexTree service scans directories, and this is no absolute path.
        """
        if self._client is not None:
            return root_elsewhere(root)
        return resolve_root(root, self._settings.allowed_root_directories)

    def _checked_root(self, project: Project) -> Path:
        """A root was allowed when it was registered; it may not have become another since.

        `ONEXTREE_ALLOWED_ROOTS` is asked again where it is set: it may have been narrowed.
        """
        named = self._settings.allowed_roots != ""
        allowed = self._settings.allowed_root_directories if named else (project.root,)
        try:
            resolved = resolve_root(project.root, (Path("/"),))
        except ProjectRootNotFound as error:
            raise ProjectRootNotFound(
                f"{error.message} If project {project.project_id!r} lies elsewhere now: "
                "`onextree projects move`.",
                **error.details,
                project_id=project.project_id,
            ) from None
        if resolved != project.root:
            raise ProjectRootMismatch(
                f"{project.project_root}, the root of project {project.project_id!r}, leads to "
                f"{resolved} now; if that is meant: onextree projects move "
                f"{project.project_id} {resolved}",
                project_id=project.project_id,
            )
        return resolve_root(resolved, allowed)
