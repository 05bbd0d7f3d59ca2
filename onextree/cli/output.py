"""What the commands print: tables for people, JSON for programs, errors with their codes."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from onextree.errors import ConfigurationError, InvalidRequest, OnexTreeError
from onextree.store.periods import Period

__all__ = [
    "exit_status",
    "human_change",
    "human_size",
    "human_time",
    "print_facts",
    "print_json",
    "print_period",
    "print_table",
    "printable",
    "report",
]

_WIDTH_OF_A_PIPE = 10_000  # a line is a line for whoever reads it

_console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """One JSON value on one line; what JSON does not know is printed as text."""
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False) + "\n")


def print_table(rows: Iterable[Iterable[object]], *columns: str, title: str | None = None) -> None:
    """A table for people; control characters of a name are shown, not sent."""
    if title:
        _console.print(title)
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(escape(printable(str(cell))) for cell in row))
    _print(table)


def print_facts(facts: Mapping[str, object]) -> None:
    """Names and values below each other."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        table.add_row(f"[dim]{escape(name)}[/dim]", escape(printable(str(value))))
    _print(table)


def _print(table: Table) -> None:
    if not _console.is_terminal:
        _console.width = _WIDTH_OF_A_PIPE
    _console.print(table)


def printable(text: str) -> str:
    """Text without control characters, which a terminal would obey."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def human_size(size: float) -> str:
    """Bytes in the unit that fits."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def human_change(size: float) -> str:
    """Bytes more or less."""
    return f"{'-' if size < 0 else '+'}{human_size(abs(size))}"


def print_period(period: Period) -> None:
    """Which versions an answer covers."""
    if period.from_version is None:
        _console.print("No version was stored then.", style="dim")
        return
    text = (
        f"Versions {period.from_version} to {period.to_version}, "
        f"{human_time(period.from_time)} to {human_time(period.to_time)}"
    )
    if period.deleted:
        text += f"; {period.deleted:,} in between were deleted"
    if period.is_oldest and period.from_version > 1:
        text += "; older ones are not stored"
    _console.print(f"{text}.", style="dim", soft_wrap=True)


def human_time(time: datetime | None, absent: str = "never") -> str:
    """A time in UTC, to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S}Z" if time else absent


def report(error: OnexTreeError) -> None:
    """Print an error on standard error, as JSON where the command was asked for JSON."""
    if "--json" in sys.argv:
        sys.stderr.write(json.dumps(error.as_dict(), default=str) + "\n")
    else:
        _errors.print(
            f"[bold red]{error.code}[/bold red] {escape(printable(error.message))}",
            soft_wrap=True,
        )


def exit_status(error: OnexTreeError) -> int:
    """2 for what the caller has to change, 1 for what went wrong."""
    return 2 if isinstance(error, InvalidRequest | ConfigurationError) else 1
