"""What an installation with Dagster has beside the others, and what its runs leave."""

import os
import tempfile
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from onextree.instance.directory import prepare_instance
from tests.checker.installation import Installation

__all__ = ["await_runs", "dagster_variables"]


@contextmanager
def dagster_variables(installation: Installation) -> Iterator[dict[str, str]]:
    """What its processes find in their environment."""
    prepare_instance(installation.settings)
    # Short, since the path of a socket may have about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="onextree-") as private:
        yield {
            "DAGSTER_HOME": str(installation.settings.home / "dagster"),
            "ONEXTREE_CODE_SERVER_SOCKET": str(Path(private) / "code-server.sock"),
        }


def await_runs(servers: Set[int], seconds: float) -> int:
    """Wait for runs that outlive the code server that has started them, and kill what hangs.

    Args:
        servers: All code servers that there were; each leads a session.

    Returns:
        How many had to be killed.
    """
    deadline = time.monotonic() + seconds
    while (runs := _runs(servers)) and time.monotonic() < deadline:
        time.sleep(0.2)
    for run in runs:
        run.kill()
    return len(runs)


def _runs(servers: Set[int]) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if process.pid not in servers and os.getsid(process.pid) in servers:
                found.append(process)
    return found
