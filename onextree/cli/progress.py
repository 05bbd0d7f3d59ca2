"""How far a scan is, as a bar on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from onextree.tree.progress import Progress, Report

__all__ = ["shown_progress"]

_WORDS = {
    "list": "Listing",
    "hash": "Reading",
    "tree_hash": "Hashing the tree",
    "store": "Storing",
    "stamp": "Stamping",
    "validate": "Validating",
}


@contextmanager
def shown_progress(*, wanted: bool) -> Iterator[Report | None]:
    """A report that draws a bar on standard error while the block runs; gone at its end.

    Args:
        wanted: Whether to draw it; it is never drawn where nobody watches.
    """
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bytes_column = TextColumn("{task.fields[size]}")
    with Bar(*columns, bytes_column, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(_WORDS["list"], total=None, size="")

        def report(progress: Progress) -> None:
            size = f"{progress.bytes / 2**20:,.1f} MiB" if progress.bytes else ""
            bar.update(
                task,
                description=_WORDS[progress.stage],
                completed=progress.files,
                total=progress.total_files or None,
                size=size,
            )

        yield report
