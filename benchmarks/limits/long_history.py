"""Very many versions of a small project."""

import random
import statistics
from collections.abc import Iterator
from functools import partial

from benchmarks.edits import edit
from benchmarks.installation import Installation
from benchmarks.interval_layout import IntervalLayout, TimedConnection
from benchmarks.limits.figure import Figure, measured, stored, timed

__all__ = ["long_history"]

_PROJECT = "long"
_SEED = 7
_FILES = 100
_EDITED = 2
_WINDOW = 1_000


def long_history(installation: Installation, versions: int) -> Iterator[Figure]:
    """Store them, read at both ends and between, check them, let retention delete them."""
    service = installation.service
    repository = installation.repository(_FILES)
    service.add_project(repository.root, _PROJECT)
    tree = service.generate(_PROJECT).tree
    rng = random.Random(_SEED)
    times: list[float] = []

    def store() -> None:
        nonlocal tree
        with TimedConnection.connect(installation.conninfo) as connection:
            layout = IntervalLayout(connection, _PROJECT)
            for _ in range(versions - 1):
                tree = edit(tree, rng, _EDITED)
                times.append(layout.time_version(tree)[0])

    yield timed(f"storing them all, {_EDITED} files changed each", store)[0]
    yield measured("one of the first thousand, median", _median(times[:_WINDOW]))
    yield measured("one of the last thousand, median", _median(times[-_WINDOW:]))
    yield stored(installation)
    for version in (1, versions // 2, versions):
        service.files(_PROJECT, version)
        figure, entries = timed(
            f"all entries of version {version:,}",
            partial(service.files, _PROJECT, version),
        )
        assert len(entries) == _FILES
        yield figure
    yield timed("`onextree show`", lambda: service.show(_PROJECT))[0]
    yield timed("the last ten versions", lambda: service.list_versions(_PROJECT, 10))[0]
    figure, history = timed("all of them, listed", lambda: service.list_versions(_PROJECT))
    assert len(history) == versions
    yield figure
    figure, checked = timed("`onextree db check`", lambda: list(service.check(_PROJECT)))
    assert all(project.is_sound for project in checked)
    yield figure
    figure, retained = timed(
        "`onextree db cleanup`, which leaves ten",
        lambda: list(service.apply_retention(_PROJECT)),
    )
    assert [project.deleted for project in retained] == [versions - 10]
    yield figure
    service.remove_project(_PROJECT)
    installation.vacuum(full=True)


def _median(milliseconds: list[float]) -> float:
    return statistics.median(milliseconds) / 1000
