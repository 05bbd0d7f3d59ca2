"""All projects as a pandas DataFrame, one row each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from onextree.intelligence.policy import FRESH
from onextree.store.portfolio import PortfolioProject

__all__ = ["portfolio_frame"]

_SHOWN_LANGUAGES = 3
_ENRICHMENT = pd.CategoricalDtype(["enriched", "partial", "queued", "not enriched"], ordered=True)
_FRESHNESS = pd.CategoricalDtype(["fresh", "stale", "never"], ordered=True)


def portfolio_frame(projects: Sequence[PortfolioProject], now: datetime) -> pd.DataFrame:
    """The columns of the asset `portfolio`, which its specification describes.

    The dtypes are the same for any projects, also for none. What a project does not have is
    missing.
    """

    def column(
        dtype: "str | pd.CategoricalDtype", value: Callable[[PortfolioProject], object]
    ) -> "pd.Series[Any]":
        return pd.Series([value(project) for project in projects], dtype=dtype)

    return pd.DataFrame(
        {
            "project_id": column("string", lambda each: each.project_id),
            "version": column("Int64", lambda each: each.version),
            "age_hours": column("Float64", lambda each: _hours(each.changed_at, now)),
            "verified_at": column("datetime64[us, UTC]", lambda each: each.verified_at),
            "unverified_hours": column("Float64", lambda each: _hours(each.verified_at, now)),
            "files": column("Int64", lambda each: each.total_files),
            "size_bytes": column("Int64", lambda each: each.total_size_bytes),
            "languages": column("string", lambda each: _languages(each.languages)),
            "churn_30d": column("Int64", lambda each: each.churn_30d),
            "enrichment": column(_ENRICHMENT, _enrichment),
            "freshness": column(_FRESHNESS, lambda each: _freshness(each, now)),
            "last_failure": column("string", lambda each: each.error_code),
        }
    )


def _hours(then: datetime | None, now: datetime) -> float | None:
    """Of a database whose clock is ahead, none."""
    return max(0.0, (now - then).total_seconds() / 3600) if then else None


def _languages(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The largest ones with their shares: ``Python 62%, Rust 38%``."""
    total = sum(row["size"] for row in rows)
    if not total:
        return None
    largest = sorted(rows, key=lambda row: (-row["size"], row["language"]))
    return ", ".join(
        f"{row['language']} {row['size'] / total:.0%}" for row in largest[:_SHOWN_LANGUAGES]
    )


def _enrichment(project: PortfolioProject) -> str | None:
    if project.version is None:
        return None
    if project.is_enriched:
        return "enriched" if project.partial_because is None else "partial"
    return "queued" if project.is_queued else "not enriched"


def _freshness(project: PortfolioProject, now: datetime) -> str:
    if project.verified_at is None:
        return "never"
    return "stale" if project.is_stale(FRESH, now) else "fresh"
