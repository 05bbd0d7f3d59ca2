"""Tables as metadata, of bounded size: the event log keeps every one of them."""

from collections.abc import Iterable, Mapping
from itertools import islice

import dagster as dg

from onextree_assets.pictures import shortened

__all__ = ["Cell", "counts_table", "some", "table"]

_MOST_LETTERS = 500
_COUNTED = 50
_IN_A_CELL = 3

Cell = str | int | float | bool | None


def table(columns: Mapping[str, str], rows: Iterable[Iterable[Cell]]) -> dg.TableMetadataValue:
    """Rows under typed columns; the middle of long texts is left out.

    Args:
        columns: Name to type: ``string``, ``int`` or ``float``.
    """
    cells = ((_fitting(cell) for cell in row) for row in rows)
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in cells],
        dg.TableSchema([dg.TableColumn(name, kind) for name, kind in columns.items()]),
    )


def counts_table(
    name: str, counts: Mapping[str, int], counted: str = "files"
) -> dg.TableMetadataValue:
    """How many files, or other things, there are of each; those after the first are summed up."""
    rows = [(value or "(none)", number) for value, number in islice(counts.items(), _COUNTED)]
    rest = sum(counts.values()) - sum(number for _, number in rows)
    others = [(f"({len(counts) - len(rows):,} others)", rest)] if rest else []
    return table({name: "string", counted: "int"}, [*rows, *others])


def some(words: Iterable[str], between: str = ", ", *, total: int = 0) -> str:
    """The first of some things, for a cell, and how many others there are.

    Args:
        total: How many there are, where not all are given.
    """
    given = list(words)
    shown = given[:_IN_A_CELL]
    others = max(len(given), total) - len(shown)
    return between.join([*shown, f"{others:,} more"] if others else shown)


def _fitting(cell: Cell) -> Cell:
    return shortened(cell, _MOST_LETTERS) if isinstance(cell, str) else cell
