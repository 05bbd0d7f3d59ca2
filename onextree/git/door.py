"""The one door to git: every git process of OnexTree is started here.

A repository is foreign input, and its config can name programs. So the repository's directory and
work tree are given explicitly, nothing of the caller's environment gets through but the way to
git and to the user's own ignore rules, and whatever could start a program, take a lock or reach
the network is off; only `fetch` and `ls-remote` may be allowed one protocol. Every process has a
deadline.
"""

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from onextree.errors import ConfigurationError, DeadlineExceeded, TreeGenerationFailed

__all__ = ["GitProcess", "run", "start"]

_KEPT = ("HOME", "XDG_CONFIG_HOME", "PATH", "TMPDIR")
_CLOSED = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_SSH_COMMAND": "false",
    "GIT_PROXY_COMMAND": "",
    "GIT_ASKPASS": "false",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_ATTR_NOSYSTEM": "1",
}
_OFF = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "core.sshCommand=false",
    "core.pager=cat",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "maintenance.auto=false",
    "gc.auto=0",
)
_REMOTE = ("fetch", "ls-remote")
_CHUNK = 1 << 18
_MOST_COMPLAINTS = 1 << 16
_LOOK_EVERY = 0.1  # seconds


@cache
def _git() -> str:
    path = shutil.which("git")
    if path is None:
        raise ConfigurationError("git was not found on PATH; install git 2.31 or later.")
    return path


class GitProcess:
    """A running git command whose output is read by `output`."""

    def __init__(self, command: Sequence[str], process: "subprocess.Popen[bytes]") -> None:
        self._command = command
        self._process = process
        self.complaints = b""
        """What it wrote on standard error, known after `output`."""
        self._output: tuple[int, bytes] | None = None

    def output(self, *, timeout: float, ok: tuple[int, ...] = (0,)) -> tuple[int, bytes]:
        """Wait for the end.

        Args:
            timeout: Seconds from now; the process is killed after that.
            ok: Exit codes that are answers rather than failures.

        Returns:
            The exit code and standard output.

        Raises:
            DeadlineExceeded: git did not end in time.
            TreeGenerationFailed: git failed; the message has git's own first line.
        """
        if self._output is not None:
            return self._output
        try:
            out, self.complaints = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise self._too_slow(timeout) from None
        finally:
            self.close()
        self._check(self._process.returncode, ok)
        self._output = self._process.returncode, out
        return self._output

    @property
    def pid(self) -> int:
        """Of the process, and of the group of all that it starts."""
        return self._process.pid

    def chunks(
        self, *, timeout: float, watch: Callable[[], object] | None = None
    ) -> Generator[bytes]:
        """Standard output as it comes; `complaints` has the first 64 KiB of standard error.

        All that it started is killed where this ends early, whatever the reason.

        Args:
            timeout: Seconds that may pass without any output.
            watch: Is called ten times a second, after every chunk and at the end; what it raises
                ends the process.

        Raises:
            DeadlineExceeded: git was silent for too long.
            TreeGenerationFailed: git failed; the message has git's own first line.
        """
        ended = False
        try:
            yield from self._chunks(timeout, watch or (lambda: None))
            self._process.wait(timeout)
            ended = True
        except subprocess.TimeoutExpired:
            raise self._too_slow(timeout) from None
        finally:
            if not ended:
                # Not yet waited for, so that the number is nobody else's even if git has ended.
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            for pipe in (self._process.stdout, self._process.stderr):
                if pipe is not None:
                    pipe.close()
            self._process.wait()
        self._check(self._process.returncode, (0,))

    def _chunks(self, timeout: float, watch: Callable[[], object]) -> Iterator[bytes]:
        out, complaints = self._process.stdout, self._process.stderr
        assert out is not None
        assert complaints is not None
        heard = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            selector.register(complaints, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select(_LOOK_EVERY):
                    chunk = os.read(key.fd, _CHUNK)
                    heard = time.monotonic()
                    if not chunk:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is complaints:
                        self.complaints += chunk[: _MOST_COMPLAINTS - len(self.complaints)]
                    else:
                        yield chunk
                        heard = time.monotonic()
                watch()
                if time.monotonic() - heard > timeout:
                    raise self._too_slow(timeout)

    def _too_slow(self, timeout: float) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"git {self._command[0]} took longer than {timeout:g} s; "
            "raise ONEXTREE_GIT_TIMEOUT for a very large repository.",
        )

    def _check(self, code: int, ok: tuple[int, ...]) -> None:
        if code not in ok:
            said = self.complaints.decode("utf-8", "replace").strip().splitlines() or ["no message"]
            raise TreeGenerationFailed(f"git {self._command[0]} failed: {said[0]}", exit_code=code)

    def close(self) -> None:
        """Kill what is left of it; nothing happens where it has ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()


def start(
    command: Sequence[str],
    *,
    git_dir: Path | bytes,
    work_tree: Path | bytes,
    cwd: Path | bytes,
    environment: Mapping[str, str | bytes] | None = None,
    config: Sequence[str] = (),
    given: IO[bytes] | None = None,
    protocol: str | None = None,
) -> GitProcess:
    """Start ``git COMMAND`` on one repository.

    Args:
        command: The subcommand and its arguments.
        git_dir: The repository's directory, never searched for.
        work_tree: The top of the work tree, whatever the repository's config says.
        cwd: Where git runs; paths in its output are relative to it.
        environment: Variables on top of the closed set.
        config: Settings on top of the closed set, each ``name=value``.
        given: A file that is its standard input; a pipe would have to be fed while it is read.
        protocol: The one that `fetch` or `ls-remote` may speak.
    """
    variables: dict[str, str | bytes] = {
        name: os.environ[name] for name in _KEPT if name in os.environ
    }
    variables |= _CLOSED
    variables |= {"GIT_DIR": os.fsencode(git_dir), "GIT_WORK_TREE": os.fsencode(work_tree)}
    variables |= dict(environment or {})
    if protocol is not None:
        if command[0] not in _REMOTE:
            raise ValueError(f"git {command[0]} has no business on a network.")
        variables["GIT_ALLOW_PROTOCOL"] = protocol
    settings = [f"safe.directory={os.fsdecode(work_tree)}", *_OFF, *config]
    options = [word for setting in settings for word in ("-c", setting)]
    process = subprocess.Popen(
        [_git(), "--no-pager", *options, *command],
        stdin=subprocess.DEVNULL if given is None else given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env={name: os.fsencode(value) for name, value in variables.items()},
        start_new_session=True,
    )
    return GitProcess(command, process)


def run(
    command: Sequence[str],
    *,
    git_dir: Path | bytes,
    work_tree: Path | bytes,
    cwd: Path | bytes,
    timeout: float,
    ok: tuple[int, ...] = (0,),
    environment: Mapping[str, str | bytes] | None = None,
    config: Sequence[str] = (),
) -> tuple[int, bytes]:
    """`start` and wait; see `GitProcess.output` for what is returned and raised."""
    process = start(
        command,
        git_dir=git_dir,
        work_tree=work_tree,
        cwd=cwd,
        environment=environment,
        config=config,
    )
    return process.output(timeout=timeout, ok=ok)
