"""One exchange with a git server: closed to all but one protocol and one host, and what failed."""

import os
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from onextree.errors import (
    DeadlineExceeded,
    OnexTreeError,
    RemoteAccessDenied,
    RemoteCommitNotFound,
    RemoteUnreachable,
    TreeGenerationFailed,
)
from onextree.git import door
from onextree.git.credentials import Access
from onextree.git.remotes import RemoteUrl

__all__ = ["Exchange"]

_CLOSED = {
    "HOME": os.devnull,
    "XDG_CONFIG_HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
_CONFIG = (
    "protocol.version=2",
    "http.followRedirects=false",
    "http.proxy=",
    "http.saveCookies=false",
    "http.lowSpeedLimit=1",
    "core.askPass=",
    "transfer.credentialsInUrl=die",
    "transfer.fsckObjects=true",
    "fetch.fsckObjects=true",
    # Old and harmless, and nothing that is shown.
    "fetch.fsck.badTimezone=warn",
    "fetch.fsck.missingSpaceBeforeDate=warn",
    "fetch.fsck.zeroPaddedFilemode=warn",
    "fetch.unpackLimit=1",
    "fetch.uriProtocols=",
    "fetch.writeCommitGraph=false",
    "fetch.showForcedUpdates=false",
)
_LONGEST_REASON = 300
_MOST_MEMORY = 4 << 30  # bytes of one git process, whatever a server sends
_DENIED = (
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied (",
    "host key verification failed",
    "returned error: 401",
    "returned error: 403",
)
_NOT_FOUND = ("not our ref", "couldn't find remote ref", "unadvertised object", "no such ref")
_REDIRECTED = ("returned error: 30", "redirect")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What every exchange with one server needs.

    Attributes:
        deadline: By `time.monotonic`.
        timeout: Seconds, for messages.
    """

    url: RemoteUrl
    access: Access
    deadline: float
    timeout: float

    def run(
        self,
        process: door.GitProcess,
        *,
        most: int,
        watch: Callable[[], object] = lambda: None,
    ) -> bytes:
        """Standard output of what `fetch` or `list_references` started.

        Args:
            most: Bytes of it; a server that sends more is cut off.
            watch: Is called ten times a second; what it raises ends git.

        Raises:
            DeadlineExceeded: It took too long.
            RemoteUnreachable: The server does not answer, or not as git does.
            RemoteAccessDenied: It wants another credential.
            RemoteCommitNotFound: It has no such commit or branch.
        """

        def look() -> None:
            self.check()
            watch()

        _limit_memory(process.pid)
        output = b""
        try:
            for chunk in process.chunks(timeout=self.timeout, watch=look):
                output += chunk
                if len(output) > most:
                    raise RemoteUnreachable(f"{self.url} answers with more than git ever does.")
        except RemoteUnreachable:
            raise
        except TreeGenerationFailed:
            raise self._explained(process.complaints) from None
        return output

    def check(self) -> None:
        """Raise `DeadlineExceeded` where it is over."""
        if time.monotonic() >= self.deadline:
            raise DeadlineExceeded(
                f"{self.url} took longer than {self.timeout:g} s; try again, or raise "
                "ONEXTREE_REMOTE_TIMEOUT for a very large repository or a slow server."
            )

    def list_references(self, pattern: str) -> door.GitProcess:
        """Start asking where a reference is; no repository of ours takes part."""
        return door.start(
            ("ls-remote", "--symref", "--", str(self.url), pattern),
            git_dir=Path(os.devnull),
            work_tree=Path(os.devnull),
            cwd=Path("/"),
            environment=self._environment,
            config=self._config,
            protocol=self.url.scheme,
        )

    def fetch(self, git_dir: Path, options: Sequence[str], commit: str) -> door.GitProcess:
        """Start to fetch a commit into a repository of ours."""
        return door.start(
            ("fetch", *options, "--", str(self.url), commit),
            git_dir=git_dir,
            work_tree=git_dir,
            cwd=git_dir,
            environment=self._environment,
            config=self._config,
            protocol=self.url.scheme,
        )

    @property
    def _environment(self) -> dict[str, str | bytes]:
        return {**_CLOSED, **self.access.environment}

    @property
    def _config(self) -> tuple[str, ...]:
        return *_CONFIG, f"http.lowSpeedTime={max(int(self.timeout), 1)}"

    def _explained(self, complaints: bytes) -> OnexTreeError:
        """The error for what git and the server wrote, which may be anything."""
        text = self.access.scrub(complaints.decode("utf-8", "replace"))
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
        said = (fatal or lines or ["no message"])[0].removeprefix("fatal: ")
        said = "".join(char if char.isprintable() else " " for char in said)[:_LONGEST_REASON]
        lower = text.lower()
        if any(words in lower for words in _DENIED):
            return RemoteAccessDenied(
                f"{self.url} gives no access ({said}); check the credential that the project names "
                "and, with ssh, that known_hosts has the server's key."
            )
        if any(words in lower for words in _NOT_FOUND):
            return RemoteCommitNotFound(
                f"{self.url} does not give that commit or branch ({said}); ask for one it has."
            )
        if self.url.scheme in ("http", "https") and any(words in lower for words in _REDIRECTED):
            return RemoteUnreachable(
                f"{self.url} leads elsewhere ({said}); redirects are not followed: give the URL "
                "that it leads to."
            )
        return RemoteUnreachable(
            f"{self.url} cannot be reached as a git repository ({said}); check the URL, or try "
            "again later."
        )


def _limit_memory(pid: int) -> None:
    """Keep a server's answer without end from taking all of the machine; where Linux can."""
    if hasattr(resource, "prlimit"):
        with suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
