"""The rows as one table for people, and as JSON."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row, times

__all__ = ["print_rows", "write_json"]

_COLUMNS = (
    *("specification's target", "goal", "measured (median, min–max)", "P99 (target, measured)"),
    "peer (median)",
)
_WIDTH_IN_A_FILE = 210
_NONE = "–"


def print_rows(rows: Iterable[Row]) -> None:
    """The table; a ratio is green where the goal was met this time, else yellow.

    A dash is in the place of what there is none of, and of the P99 of a few samples.
    """
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
            _target(row.specification, unit),
            row.goal.text(unit),
            f"{_short(measured.median)} {unit}, {_short(measured.least)}–{_short(measured.most)}",
            f"{_target(row.specification_p99, unit)}, "
            + (_NONE if row.p99 is None else f"{_short(row.p99)} {unit}"),
            f"{row.peer_name} {_short(row.peer.median)} {unit}",
            f"[{colour}]{times(row.ratio)}[/{colour}]",
        )
    console.print(table)


def write_json(path: Path, machine: Mapping[str, str], rows: Iterable[Row]) -> None:
    """``{"machine": {…}, "rows": […]}``; see `Row.as_dict`."""
    content = {"machine": machine, "rows": [row.as_dict() for row in rows]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _target(figure: float | None, unit: str) -> str:
    return _NONE if figure is None else f"{figure:,.0f} {unit}"


def _short(figure: float) -> str:
    """Up to three digits behind the point for what is short, none for what is long."""
    digits = 3 if figure < 0.1 else 2 if figure < 10 else 1 if figure < 100 else 0
    return f"{figure:,.{digits}f}"
