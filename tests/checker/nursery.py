"""Processes that are there at once: forks of one that has imported everything already.

So a process can be killed and come back some times a second, as it can on a larger machine.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onextree.instance.parent import die_with
from tests.brokers import dies_with_parent

__all__ = ["Nursery"]

_CHECKOUT = Path(__file__).parents[2]


class Nursery:
    """Starts processes and hears of their ends; for the thread that has made it.

    Args:
        environment: Of all of its processes.
        log: What it says itself.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                dies_with_parent([sys.executable, "-m", "tests.checker.nursery"]),
                cwd=_CHECKOUT,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )

    def start(self, role: str, log: Path, **options: Any) -> int:
        """Start a process; its id.

        Args:
            options: As `roles.run` takes them.
        """
        return int(self._ask(role=role, log=str(log), options=options))

    def ended(self) -> dict[int, int]:
        """Processes that have ended since this was asked last, with their statuses.

        A signal is a negative status.
        """
        return {int(pid): status for pid, status in self._ask().items()}

    def close(self) -> None:
        """End it, and with it all of its processes."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, **words: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def main() -> None:
    """Answer requests until there is nobody who could ask."""
    importlib.import_module("tests.checker.roles")
    # Not through `sys.stdin`: what that has read ahead, children would have, too.
    with os.fdopen(os.dup(0), "rb") as asked, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(2, 1)
        for line in iter(asked.readline, b""):
            words = json.loads(line)
            if not words:
                answer: object = _reaped()
            else:
                answer = os.fork()
                if not answer:
                    asked.close()
                    answers.close()
                    _live(words)
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()


def _reaped() -> dict[int, int]:
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if not pid:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def _live(words: dict[str, Any]) -> None:
    """Never returns."""
    from tests.checker import roles

    status = 1
    try:
        die_with(os.getppid())
        os.setsid()
        log = os.open(words["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        roles.run(words["role"], **words["options"])
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
