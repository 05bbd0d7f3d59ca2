"""The most memory that a script takes, its child processes too."""

import os
import subprocess
import sys
from collections.abc import Mapping

__all__ = ["peak_megabytes"]

_WATCHED = """
import sys, threading
import psutil

most = 0
done = threading.Event()

def watch():
    global most
    me = psutil.Process()
    while not done.wait(0.01):
        total = 0
        for process in (me, *me.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.Error:
                pass
        most = max(most, total)

watcher = threading.Thread(target=watch)
watcher.start()
try:
    exec(compile(sys.argv[1], "measured", "exec"), {"arguments": sys.argv[2:]})
finally:
    done.set()
    watcher.join()
print(most)
"""
_MB = 1_000_000


def peak_megabytes(
    script: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> float:
    """Run a script in a fresh process; pages that processes share count in each.

    Args:
        script: Python; it finds the arguments as ``arguments``.
        environment: Variables beside this process's own.
    """
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, script, *arguments],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, **(environment or {})},
    )
    return int(done.stdout.splitlines()[-1]) / _MB
