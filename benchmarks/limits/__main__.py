"""Measure how far it goes: ``python -m benchmarks.limits``; takes about half an hour."""

import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from benchmarks.installation import Installation, open_temporary
from benchmarks.limits.figure import Figure
from benchmarks.limits.huge_project import huge_project
from benchmarks.limits.long_history import long_history
from benchmarks.limits.many_projects import many_projects
from benchmarks.machine import describe_machine
from onextree.cli.output import exit_status, print_facts, report
from onextree.errors import OnexTreeError

__all__ = ["main"]


def main(
    files: Annotated[int, typer.Option(help="Of the huge project.")] = 1_000_000,
    versions: Annotated[int, typer.Option(help="Of the long history.")] = 100_000,
    projects: Annotated[int, typer.Option(help="How many.")] = 10_000,
) -> None:
    """Print the three tables of docs/limits.md; 0 leaves one out."""
    measurements: dict[str, tuple[int, Callable[[Installation, int], Iterator[Figure]]]] = {
        "A project of {:,} files": (files, huge_project),
        "{:,} versions of a project of 100 files": (versions, long_history),
        "{:,} projects of 10 files": (projects, many_projects),
    }
    with open_temporary() as installation:
        print_facts(describe_machine(installation))
        for title, (number, measure) in measurements.items():
            if number:
                print(f"\n## {title.format(number)}\n\n| what | measured |\n|---|---|", flush=True)
                for what, value in measure(installation, number):
                    print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    try:
        typer.run(main)
    except OnexTreeError as error:
        report(error)
        sys.exit(exit_status(error))
