"""Frames whose columns have declared dtypes, also where there are no rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import pandas as pd

from onextree.store.periods import Period

__all__ = ["Schema", "frame_of", "make_frame"]

Schema = Mapping[str, str]
"""Columns in their order, each with its dtype as pandas writes it."""


def make_frame(
    schema: Schema,
    rows: Iterable[Sequence[Any]],
    *,
    period: Period | None = None,
    **attrs: object,
) -> pd.DataFrame:
    """A frame of rows; None is a missing value.

    Args:
        rows: Values in the order of the schema.
        period: Goes to ``attrs["period"]``, its times as ISO 8601: pandas writes `attrs` as JSON.
        attrs: More of them.
    """
    table = list(rows)
    frame = pd.DataFrame(
        {
            column: _series([row[number] for row in table], dtype)
            for number, (column, dtype) in enumerate(schema.items())
        }
    )
    if period is not None:
        attrs["period"] = {name: _plain(value) for name, value in period.as_dict().items()}
    frame.attrs.update(attrs)
    return frame


def frame_of(
    schema: Schema, items: Iterable[object], *, period: Period | None = None
) -> pd.DataFrame:
    """A frame of objects, whose attributes are named as the columns of the schema."""
    return make_frame(schema, map(attrgetter(*schema), items), period=period)


def _series(values: list[Any], dtype: str) -> "pd.Series[Any]":
    if dtype == "category":  # of strings, also where there are none
        return pd.Series(values, dtype="string").astype("category")
    return pd.Series(values, dtype=dtype)


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
