"""Processes that must not outlive the one that started them."""

import ctypes
import os
import signal
import sys
from multiprocessing import parent_process

__all__ = ["die_with", "worker_dies_with_server"]

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent was killed; on Linux alone.

    Args:
        parent: Its process id: it may be gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def worker_dies_with_server() -> None:
    """The same for a worker that a server has started."""
    server = parent_process()
    if server is not None and server.pid is not None:
        die_with(server.pid)
