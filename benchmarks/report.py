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
        unit = row.unit
        table.add_row(
            row.operation + (f"\n  {row.note}" if row.note else ""),
            "–" if row.specification is None else f"{row.specification:,.0f} {unit}",
            row.goal.text(unit),
            f"{_short(measured.median)} {unit}, {_short(measured.least)}–{_short(measured.most)}",
            f"{row.peer_name} {_short(row.peer.median)} {unit}",
            f"[{colour}]{times(row.ratio)}[/{colour}]",
        )
    console.print(table)


def write_json(path: Path, machine: Mapping[str, str], rows: Iterable[Row]) -> None:
    """``{"machine": {…}, "rows": […]}``; see `Row.as_dict`."""
    content = {"machine": machine, "rows": [row.as_dict() for row in rows]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _short(figure: float) -> str:
    """Two digits behind the point for what is short, none for what is long."""
    digits = 2 if figure < 10 else 1 if figure < 100 else 0
    return f"{figure:,.{digits}f}"
