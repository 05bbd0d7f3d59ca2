"""Run all measurements on an embedded server of their own, and print one table."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.generation import measure_generation
from benchmarks.report import machine_facts, print_rows, write_rows
from benchmarks.store import measure_store
from benchmarks.timing import Row
from benchmarks.trees import make_tree
from onextree.opening import open_database, prepare
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store.embedded.lease import destroy

SIZES = (1_000, 10_000, 100_000)
STORE_SIZE = 10_000


def main(
    quick: Annotated[bool, typer.Option(help="Small trees and few rounds.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the rows there, too.")
    ] = None,
) -> None:
    """Measure; nothing is asserted."""
    with tempfile.TemporaryDirectory(prefix="onextree-bench-") as name:
        scratch = Path(name).resolve()
        with opened(scratch) as (database, service):
            facts = machine_facts(database)
            rows = list(measure(database, service, scratch, quick=quick))
    print_rows(rows, facts)
    if json_file is not None:
        write_rows(rows, facts, json_file)


@contextmanager
def opened(scratch: Path) -> Iterator[tuple[Database, OnexTreeService]]:
    """A server whose data goes with it."""
    settings = Settings(home=scratch / "home", allowed_roots=str(scratch), database_url=None)
    try:
        with open_database(settings) as database:
            prepare(database, is_embedded=True)
            yield database, OnexTreeService(database, settings)
    finally:
        destroy(settings)


def measure(
    database: Database, service: OnexTreeService, scratch: Path, *, quick: bool
) -> Iterator[Row]:
    """All rows; quick is for seeing that the benchmark itself works."""
    sizes = SIZES[:1] if quick else SIZES
    for files in sizes:
        root = scratch / f"tree-{files}"
        root.mkdir()
        make_tree(root, files)
        rounds = 2 if quick else 3 if files > STORE_SIZE else 5
        yield from measure_generation(service, root, files, rounds)
    size = min(STORE_SIZE, sizes[-1])
    yield from measure_store(
        service, database, scratch / f"tree-{size}", size, 20 if quick else 200
    )


if __name__ == "__main__":
    typer.run(main)
