"""Durable generation, and a rescan of what did not change, beside `git status -uall`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.timing import Row, alternate
from benchmarks.trees import git
from onextree.service import OnexTreeService

__all__ = ["measure_generation"]

_TARGETS = {1_000: "500 ms", 10_000: "2,000 ms", 100_000: "10,000 ms"}


def measure_generation(
    service: OnexTreeService, root: Path, files: int, rounds: int
) -> Iterator[Row]:
    """A first version and an unchanged one, committed with fsync on."""
    status = partial(git, root, "status", "-uall", "--porcelain")
    project_id = f"bench-{files}"

    def forget() -> None:
        if any(project.project_id == project_id for project in service.list_projects()):
            service.remove_project(project_id)
        service.add_project(root, project_id)

    generate = partial(service.generate, project_id)
    first, peer = alternate(generate, status, rounds=rounds, between=forget)
    yield Row(
        f"first version of {files:,} files",
        _TARGETS[files],
        "<= 2.0 x",
        first,
        "git status -uall",
        peer,
    )
    again, peer = alternate(generate, status, rounds=rounds)
    yield Row(
        f"rescan of {files:,} files, unchanged", "-", "<= 1.2 x", again, "git status -uall", peer
    )
