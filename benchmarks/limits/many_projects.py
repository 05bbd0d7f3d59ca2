"""Very many small projects, plain directories."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.limits.figure import Figure, stored, timed
from benchmarks.trees import write_tree

__all__ = ["many_projects"]

_FILES = 10


def many_projects(installation: Installation, projects: int) -> Iterator[Figure]:
    """Register and generate them, generate them again, look at one, check and clean up all."""
    service = installation.service
    ids = [f"project-{number}" for number in range(projects)]
    roots = list(_write(installation.directory / "many", ids))

    def register() -> None:
        for root, name in zip(roots, ids, strict=True):
            service.add_project(root, name)

    def generate() -> int:
        return sum(service.generate(name).changed for name in ids)

    yield timed("registering them all", register)[0]
    figure, changed = timed("first version of each", generate)
    assert changed == projects
    yield figure
    figure, changed = timed("each generated again, nothing changed", generate)
    assert changed == 0
    yield figure
    yield stored(installation)
    yield timed("`onextree show` of one", lambda: service.show(ids[projects // 2]))[0]
    figure, listed = timed("`onextree projects list`", service.list_projects)
    assert len(listed) == projects
    yield figure
    figure, checked = timed("`onextree db check`", lambda: list(service.check()))
    assert all(project.is_sound for project in checked)
    yield figure
    yield timed(
        "`onextree db cleanup`, nothing to delete", lambda: list(service.apply_retention())
    )[0]


def _write(directory: Path, ids: list[str]) -> Iterator[Path]:
    for name in ids:
        root = directory / name
        write_tree(root, _FILES)
        yield root
