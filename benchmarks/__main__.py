"""Measure OnexTree beside its peers and print one table: ``python -m benchmarks``."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.installation import open_temporary
from benchmarks.machine import describe_machine
from benchmarks.plan import plan
from benchmarks.report import print_rows, write_json
from benchmarks.rows import Row
from onextree.cli.output import exit_status, print_facts, report
from onextree.errors import OnexTreeError

__all__ = ["main"]


def main(
    quick: Annotated[
        bool, typer.Option("--quick", help="Small trees and few rounds: to see that it works.")
    ] = False,
    only: Annotated[str, typer.Option(help="Rows whose operation has this in its name.")] = "",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the rows to this file too.")
    ] = None,
) -> None:
    """Measure OnexTree beside its peers, on an installation that is removed at the end."""
    wanted = [
        benchmark
        for benchmark in plan(quick=quick)
        if any(_matches(operation, only) for operation in benchmark.operations)
    ]
    if not wanted:
        raise typer.BadParameter(f"No operation has {only!r} in its name.", param_hint="--only")
    rows: list[Row] = []
    progress = Console(stderr=True, highlight=False)
    with open_temporary() as installation:
        machine = describe_machine(installation)
        print_facts(machine)
        for benchmark in wanted:
            with progress.status(benchmark.operations[0]):
                rows.extend(benchmark.run(installation))
    rows = [row for row in rows if _matches(row.operation, only)]
    print_rows(rows)
    if json_file is not None:
        write_json(json_file, machine, rows)


def _matches(operation: str, only: str) -> bool:
    return only.casefold() in operation.casefold()


if __name__ == "__main__":
    try:
        typer.run(main)
    except OnexTreeError as error:
        report(error)
        sys.exit(exit_status(error))
