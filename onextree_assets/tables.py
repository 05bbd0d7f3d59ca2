"""Tables as metadata."""

from collections.abc import Iterable, Mapping

import dagster as dg

__all__ = ["Cell", "counts_table", "table"]

Cell = str | int | float | bool | None


def table(columns: Mapping[str, str], rows: Iterable[Iterable[Cell]]) -> dg.TableMetadataValue:
    """Rows under typed columns.

    Args:
        columns: Name to type: ``string``, ``int`` or ``float``.
    """
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in rows],
        dg.TableSchema([dg.TableColumn(name, kind) for name, kind in columns.items()]),
    )


def counts_table(
    name: str, counts: Mapping[str, int], counted: str = "files"
) -> dg.TableMetadataValue:
    """How many files, or other things, there are of each."""
    rows = ((value or "(none)", number) for value, number in counts.items())
    return table({name: "string", counted: "int"}, rows)
