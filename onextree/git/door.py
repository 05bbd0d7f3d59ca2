"""The one door to git: every git process of OnexTree is started here.

A repository is foreign input, and its config can name programs. So the repository's directory and
work tree are given explicitly, nothing of the caller's environment gets through but the way to
git and to the user's own ignore rules, and whatever could start a program, take a lock or reach
the network is off. Every process has a deadline.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

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
            raise DeadlineExceeded(
                f"git {self._command[0]} took longer than {timeout:g} s; "
                "raise ONEXTREE_GIT_TIMEOUT for a very large repository.",
            ) from None
        finally:
            self.close()
        if self._process.returncode not in ok:
            said = self.complaints.decode("utf-8", "replace").strip().splitlines() or ["no message"]
            raise TreeGenerationFailed(
                f"git {self._command[0]} failed: {said[0]}", exit_code=self._process.returncode
            )
        self._output = self._process.returncode, out
        return self._output

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
) -> GitProcess:
    """Start ``git COMMAND`` on one repository.

    Args:
        command: The subcommand and its arguments.
        git_dir: The repository's directory, never searched for.
        work_tree: The top of the work tree, whatever the repository's config says.
        cwd: Where git runs; paths in its output are relative to it.
        environment: Variables on top of the closed set.
        config: Settings on top of the closed set, each ``name=value``.
    """
    variables: dict[str, str | bytes] = {
        name: os.environ[name] for name in _KEPT if name in os.environ
    }
    variables |= _CLOSED
    variables |= {"GIT_DIR": os.fsencode(git_dir), "GIT_WORK_TREE": os.fsencode(work_tree)}
    variables |= dict(environment or {})
    settings = [f"safe.directory={os.fsdecode(work_tree)}", *_OFF, *config]
    options = [word for setting in settings for word in ("-c", setting)]
    process = subprocess.Popen(
        [_git(), "--no-pager", *options, *command],
        stdin=subprocess.DEVNULL,
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
