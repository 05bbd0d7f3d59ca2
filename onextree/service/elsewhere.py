"""Trees of another machine: the directories that an OnexTree service scans there."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from onextree.errors import (
    ClientError,
    InvalidRequest,
    InvalidTreeFile,
    OnexTreeError,
    OnexTreeErrorCode,
    ProjectRootMismatch,
    ProjectRootNotAllowed,
    ProjectRootNotFound,
    RootPermissionDenied,
    TreeTooLarge,
)
from onextree.tree.garbage import without_collecting
from onextree.tree.limits import Limits
from onextree.tree.model import Provenance, Tree
from onextree.tree.names import encode_name
from onextree.tree.progress import Progress, Report
from onextree.tree.reading.contents import Contents, NoContents
from onextree.tree.scan import Scan
from onextree.tree.stopwatch import Stopwatch
from onextree.tree.structure import build_tree, entries_of

if TYPE_CHECKING:
    from onextree.clients import OnexTreeClient

__all__ = ["Elsewhere", "ScannedElsewhere", "root_elsewhere", "sent_root"]

_HASH = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_MOST_BYTES_OF_A_ROOT = 4_096

# What the service says of a root is raised here as it would be of a directory of this machine.
_OF_ROOTS: Mapping[str, type[OnexTreeError]] = {
    OnexTreeErrorCode.PROJECT_ROOT_NOT_FOUND: ProjectRootNotFound,
    OnexTreeErrorCode.PROJECT_ROOT_NOT_ALLOWED: ProjectRootNotAllowed,
    OnexTreeErrorCode.PROJECT_ROOT_MISMATCH: ProjectRootMismatch,
    OnexTreeErrorCode.PERMISSION_DENIED: RootPermissionDenied,
    OnexTreeErrorCode.TREE_TOO_LARGE: TreeTooLarge,
}


@dataclass(frozen=True, slots=True)
class ScannedElsewhere:
    """A tree that the service has scanned just now and keeps; its hash is all that is known."""

    tree_hash: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A directory of the machine that the OnexTree service runs on."""

    client: "OnexTreeClient"
    root: str
    limits: Limits

    def ask(self) -> ScannedElsewhere:
        """Have it scanned.

        Raises:
            ProjectRootNotFound, ProjectRootNotAllowed, ProjectRootMismatch, RootPermissionDenied,
                TreeTooLarge: The service says so.
            ServiceUnavailableError: The service is away; its `CircuitBreakerOpen`, not asked.
            ClientError: It answers with another error, or gives no tree hash.
        """
        with _told_of_roots():
            told = self.client.generate_tree(sent_root(self.root))
        tree_hash = told["tree_hash"]
        if tree_hash is None:
            raise _is_upstream("no tree hash")
        if not _HASH.fullmatch(tree_hash):
            raise ClientError("The OnexTree service gives a tree hash that is none.")
        return ScannedElsewhere(tree_hash)

    def read(self, head: object, report: Report | None = None) -> Scan:
        """The tree, after `ask`: as it is in the service's memory.

        Raises:
            ClientError: What comes is no tree, or not the one that it says it is.
            OnexTreeError: As in `ask`.
        """
        if head is None:
            self.ask()
        watch = Stopwatch()
        if report:
            report(Progress("fetch"))
        with _told_of_roots():
            try:
                found = self.client.fetch_tree(sent_root(self.root))
            except ClientError as error:
                if "missing" in error.details:
                    raise _is_upstream("no trees (GET /tree)") from error
                raise
        assert found is not None  # no hash was sent that it could be compared with
        watch.lap("fetch")
        with without_collecting():
            tree = self._tree(found)
        watch.lap("tree_hash")
        return Scan(tree, watch.stages)

    def forget(self) -> None:
        """Nothing: what the service remembers of its last scan is on its machine."""

    def contents(self, commit: str | None) -> AbstractContextManager[Contents]:
        """None: the service hands out trees, and no contents."""
        return nullcontext(NoContents())

    def _tree(self, found: Mapping[str, Any]) -> Tree:
        metadata = found["metadata"]
        try:
            tree = build_tree(entries_of(found["tree"]), self.limits)
        except InvalidTreeFile as error:
            raise ClientError(f"The OnexTree service sends what is no tree. {error}") from error
        if tree.total_size_bytes > self.limits.max_bytes:
            raise self.limits.too_many_bytes(self.root, tree.total_files)
        if tree.tree_hash != metadata.get("tree_hash"):
            raise ClientError(
                f"The tree that the OnexTree service sends of {self.root} has not the hash that it "
                "says; nothing was stored. Are both of the same version?"
            )
        return replace(
            tree,
            provenance=_provenance(metadata),
            unreadable=_count(metadata, "unreadable_files"),
            skipped=_count(metadata, "skipped_files"),
            unsettled=_count(metadata, "unsettled_files"),
        )


def root_elsewhere(root: str | Path) -> Path:
    """A root of the service's machine as it is registered; that machine is not asked.

    Links are not resolved, and which directories are allowed is up to the service.

    Raises:
        InvalidRequest: It is no absolute path, or not a plain one.
    """
    text = str(root)
    path = PurePosixPath(text)
    try:
        is_short = len(text.encode()) <= _MOST_BYTES_OF_A_ROOT
    except UnicodeEncodeError:
        raise InvalidRequest("The project's root is no UTF-8, and cannot be sent.") from None
    if not path.is_absolute() or ".." in path.parts or "\0" in text or not is_short:
        raise InvalidRequest(
            "Projects lie on the machine of the OnexTree service (ONEXTREE_URL): give the root's "
            "absolute path there, without `..`.",
            project_root=text.replace("\0", "␀"),
        )
    return Path("/", *path.parts[1:])


def sent_root(root: str) -> str:
    """A stored root as the service's file system has it.

    Raises:
        InvalidRequest: It is no UTF-8.
    """
    try:
        return encode_name(root).decode()
    except UnicodeDecodeError:
        raise InvalidRequest(
            "The project's root is no UTF-8, and cannot be sent to the OnexTree service.",
            project_root=root,
        ) from None


@contextmanager
def _told_of_roots() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        kind = _OF_ROOTS.get(error.details.get("service_code", ""))
        if kind is None:
            raise
        raise kind(error.message, **error.details) from error


def _is_upstream(what: str) -> ClientError:
    return ClientError(
        f"The service at ONEXTREE_URL gives {what}, as upstream's OnexTree service: its trees "
        "cannot be stored. Run the OnexTree service of this project there: "
        "`onextree serve --scanner`.",
        missing=what,
    )


def _provenance(metadata: Mapping[str, Any]) -> Provenance:
    commit, branch = metadata.get("commit"), metadata.get("branch")
    dirty, mixed = metadata.get("dirty"), metadata.get("mixed", False)
    if not (
        (commit is None or (isinstance(commit, str) and _COMMIT.fullmatch(commit)))
        and (branch is None or (isinstance(branch, str) and "\0" not in branch))
        and (dirty is None or isinstance(dirty, bool))
        and isinstance(mixed, bool)
    ):
        raise ClientError("The OnexTree service gives a commit or branch that is none.")
    return Provenance(commit, branch, dirty, mixed)


def _count(metadata: Mapping[str, Any], name: str) -> int:
    found = metadata.get(name, 0)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**31:
        raise ClientError(f"The OnexTree service gives a number of {name} that is none.")
    return found
