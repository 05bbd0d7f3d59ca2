"""From how many changed files on a scan is quicker than an update: ``python -m benchmarks.curve``.

What `ONEXTREE_INCREMENTAL_FILES` is by default was decided by this, see `docs/adr/0019`.
"""

import os
import statistics
import sys

from benchmarks.installation import Installation, open_temporary
from benchmarks.timing import milliseconds
from benchmarks.updates import PROJECT, Changes
from onextree.cli.output import exit_status, report
from onextree.errors import OnexTreeError
from onextree.tree.changes.decision import Mode

_CHANGED = {
    10_000: (1, 10, 100, 300, 1_000, 2_000, 3_000, 5_000),
    100_000: (10, 100, 1_000, 3_000, 10_000, 20_000),
}
_ROUNDS = 4


def point(installation: Installation, files: int, changed: int) -> tuple[float, float]:
    """Milliseconds of an update by a commit, and of a scan that stores the same; medians."""
    service = installation.service
    changes = Changes(service, installation.repository(files), changed)
    updates: list[float] = []
    scans: list[float] = []
    for _ in range(_ROUNDS):
        changes.make(commit=True)
        elapsed, update = milliseconds(lambda: service.update(PROJECT))
        assert update.mode is Mode.INCREMENTAL, update.reason
        updates.append(elapsed)
        changes.make(commit=True)
        scans.append(milliseconds(lambda: service.generate(PROJECT))[0])
    service.remove_project(PROJECT)
    return statistics.median(updates), statistics.median(scans)


def main() -> None:
    """Print the curve as a table."""
    os.environ["ONEXTREE_INCREMENTAL_FILES"] = str(max(_CHANGED))
    print("| files | changed | update, ms | scan, ms |\n|---|---|---|---|")
    with open_temporary() as installation:
        for files, numbers in _CHANGED.items():
            for changed in numbers:
                update, scan = point(installation, files, changed)
                print(f"| {files:,} | {changed:,} | {update:.0f} | {scan:.0f} |", flush=True)


if __name__ == "__main__":
    try:
        main()
    except OnexTreeError as error:
        report(error)
        sys.exit(exit_status(error))
