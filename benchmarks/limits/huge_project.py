"""One project of very many files, committed in a git work tree."""

import random
import resource
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.installation import Installation
from benchmarks.limits.figure import Figure, stored, timed

__all__ = ["huge_project"]

_PROJECT = "huge"
_SEED = 7
_EDITED = 10
_STRUCTURE = "SELECT length(tree_structure::text) FROM onextree_snapshots WHERE project_id = %s"


def huge_project(installation: Installation, files: int) -> Iterator[Figure]:
    """Generate it, edit it, read it, check it, remove it."""
    service = installation.service
    writing, repository = timed("writing and committing it", lambda: installation.repository(files))
    yield writing
    status, _ = timed("`git status -uall`", repository.time_status)
    yield status
    service.add_project(repository.root, _PROJECT)
    figure, first = timed("first version", lambda: service.generate(_PROJECT))
    stages = ", ".join(f"{stage} {ms / 1000:.1f}" for stage, ms in first.stages.items())
    yield Figure(figure.what, f"{figure.value} ({stages})")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield Figure("peak memory, without the worker processes", f"{peak / 1e6:,.1f} GB")
    yield stored(installation)
    figure, again = timed("nothing changed", lambda: service.generate(_PROJECT))
    assert not again.changed
    yield figure
    _edit(repository.root)
    figure, second = timed(
        f"next version, {_EDITED} files changed", lambda: service.generate(_PROJECT)
    )
    assert len(second.recorded.changes.modified) == _EDITED
    stages = ", ".join(f"{stage} {ms / 1000:.1f}" for stage, ms in second.stages.items())
    yield Figure(figure.what, f"{figure.value} ({stages})")
    yield timed("`onextree show`", lambda: service.show(_PROJECT))[0]
    figure, entries = timed("all entries in Python", lambda: service.files(_PROJECT))
    assert len(entries) == files
    yield figure
    del entries
    yield _structure(installation)
    figure, checked = timed("`onextree db check`", lambda: list(service.check(_PROJECT)))
    assert all(project.is_sound for project in checked)
    yield figure
    yield timed("deleting the newest version", lambda: service.delete_versions(_PROJECT, [2]))[0]
    yield timed("removing the project", lambda: service.remove_project(_PROJECT))[0]
    installation.vacuum(full=True)


def _edit(root: Path) -> None:
    files = sorted(path for path in root.rglob("*.py") if path.is_file())
    for path in random.Random(_SEED).sample(files, _EDITED):
        path.write_bytes(path.read_bytes() + b"\n# edited\n")


def _structure(installation: Installation) -> Figure:
    """The document may be more than a jsonb value can hold."""

    def select() -> str | None:
        with installation.connect() as connection:
            try:
                connection.execute(_STRUCTURE, [_PROJECT]).fetchone()
            except psycopg.Error as error:
                return error.diag.message_primary
        return None

    figure, refused = timed("selecting `tree_structure`", select)
    return Figure(figure.what, f"refused: {refused}") if refused else figure
