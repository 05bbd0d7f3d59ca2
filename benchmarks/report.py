"""The rows as one table for people, and as JSON."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row, times

__all__ = ["print_rows", "write_json"]

_COLUMNS = ("specification's target", "goal", "measured (median, min–max)", "peer (median)")
_WIDTH_IN_A_FILE = 190


def print_rows(rows: Iterable[Row]) -> None:
    """The table; a ratio is green where the goal was met this time, else yellow."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_IN_A_FILE
    table = Table("operation")
    for column in (*_COLUMNS, "ratio"):
        table.add_column(column, justify="right")
    for row in rows:
        colour = "green" if row.is_met else "yellow"
        measured = row.measured
        table.add_row(
            row.operation,
            "–" if row.specification is None else f"{row.specification:,.0f} ms",
            str(row.goal),
            f"{_ms(measured.median)} ms, {_ms(measured.least)}–{_ms(measured.most)}",
            f"{row.peer_name} {_ms(row.peer.median)} ms",
            f"[{colour}]{times(row.ratio)}[/{colour}]",
        )
    console.print(table)


def write_json(path: Path, machine: Mapping[str, str], rows: Iterable[Row]) -> None:
    """``{"machine": {…}, "rows": […]}``; times in milliseconds."""
    content = {"machine": machine, "rows": [row.as_dict() for row in rows]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _ms(time: float) -> str:
    """Two digits behind the point for what is short, none for what is long."""
    digits = 2 if time < 10 else 1 if time < 100 else 0
    return f"{time:,.{digits}f}"
