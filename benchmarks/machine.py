"""What the figures were taken on."""

import os
import platform

from benchmarks.installation import Installation
from benchmarks.repository import git_version

__all__ = ["describe_machine"]


def describe_machine(installation: Installation) -> dict[str, str]:
    """Names and values, for people and JSON alike."""
    with installation.connect() as connection:
        shown = {
            name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            for name in ("server_version", "fsync", "synchronous_commit")
        }
    version, fsync, commit = (row[0] for row in shown.values() if row)
    load = " ".join(f"{average:.2f}" for average in os.getloadavg())
    return {
        "machine": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "cores": f"{os.cpu_count()}, load before the start {load}",
        "Python": platform.python_version(),
        "git": git_version(),
        "PostgreSQL": f"{version}, fsync {fsync}, synchronous_commit {commit}",
    }
