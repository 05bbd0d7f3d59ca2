"""One table, and the machine that it was measured on."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.timing import Row
from onextree.store.database import Database

__all__ = ["machine_facts", "print_rows", "write_rows"]


def machine_facts(database: Database) -> str:
    """Cores and versions, in a line."""
    with database.transaction() as connection:
        row = connection.execute("SHOW server_version").fetchone()
    said = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores, Python {platform.python_version()}, {said.strip()}, "
        f"PostgreSQL {row[0] if row else '?'} with fsync, warm page cache; milliseconds"
    )


def print_rows(rows: Iterable[Row], facts: str) -> None:
    """The table, as wide as it needs to be."""
    table = Table(box=None, pad_edge=False)
    for column in ("operation", "specification", "goal", "median (min-max)", "peer", "", "ratio"):
        table.add_column(column, no_wrap=True)
    for row in rows:
        suffix = "x faster" if row.faster else "x"
        table.add_row(
            row.operation,
            row.specification,
            row.goal,
            str(row.measured),
            row.peer_name,
            str(row.peer),
            f"{row.ratio:,.1f} {suffix}",
        )
    console = Console(width=max(Console().width, 180), highlight=False)
    console.print(facts)
    console.print(table)


def write_rows(rows: Iterable[Row], facts: str, target: Path) -> None:
    """The same for programs; times in milliseconds."""
    found = [
        {
            "operation": row.operation,
            "goal": row.goal,
            "median_ms": row.measured.median,
            "peer": row.peer_name,
            "peer_median_ms": row.peer.median,
            "ratio": row.ratio,
        }
        for row in rows
    ]
    target.write_text(json.dumps({"machine": facts, "rows": found}, indent=2) + "\n")
