"""The portfolio's frame: the same dtypes for any projects."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from onextree.intelligence.policy import FRESH
from onextree.store.portfolio import PortfolioProject
from onextree_assets.portfolio_frame import portfolio_frame
from onextree_assets.specs import PORTFOLIO

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LANGUAGES = [
    {"language": language, "files": 1, "size": size}
    for language, size in (("C", 80), ("Shell", 20), ("Python", 600), ("Rust", 300))
]


def project(**known: Any) -> PortfolioProject:
    """One that is all right, but for what is given."""
    right: dict[str, Any] = {
        "project_id": "shop",
        "verified_at": NOW - timedelta(hours=2),
        "version": 7,
        "tree_hash": "0" * 64,
        "total_files": 4,
        "total_size_bytes": 2**40,
        "commit_id": None,
        "branch": None,
        "is_enriched": True,
        "changed_at": NOW - timedelta(days=2),
        "partial_because": None,
        "languages": LANGUAGES,
        "churn_30d": 12,
        "is_queued": False,
        "error_code": None,
        "error_message": None,
    }
    return PortfolioProject(**{**right, **known})


NOTHING = project(
    **dict.fromkeys(("verified_at", "version", "tree_hash", "total_files", "total_size_bytes")),
    is_enriched=None,
    changed_at=None,
    languages=[],
    churn_30d=0,
)


def cell(column: str, **known: Any) -> Any:
    """What the frame says of one project."""
    return portfolio_frame([project(**known)], NOW)[column].iloc[0]


@pytest.mark.parametrize("projects", [[], [NOTHING], [project()], [NOTHING, project()]])
def test_dtypes_are_those_that_the_asset_is_described_with(
    projects: list[PortfolioProject],
) -> None:
    frame = portfolio_frame(projects, NOW)
    described = PORTFOLIO.metadata["dagster/column_schema"]
    assert isinstance(described, dg.TableSchema)
    assert len(frame) == len(projects)
    assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == {
        column.name: column.type for column in described.columns
    }
    assert list(frame["enrichment"].cat.categories) == [
        *("enriched", "partial", "queued", "not enriched"),
    ]
    assert list(frame["freshness"].cat.categories) == ["fresh", "stale", "never"]


def test_a_row() -> None:
    (row,) = portfolio_frame([project(error_code="TIMEOUT")], NOW).to_dict("records")
    assert row == {
        "project_id": "shop",
        "version": 7,
        "age_hours": 48.0,
        "verified_at": pd.Timestamp(NOW - timedelta(hours=2)),
        "unverified_hours": 2.0,
        "files": 4,
        "size_bytes": 2**40,
        "languages": "Python 60%, Rust 30%, C 8%",
        "churn_30d": 12,
        "enrichment": "enriched",
        "freshness": "fresh",
        "last_failure": "TIMEOUT",
    }


def test_a_project_without_a_version() -> None:
    frame = portfolio_frame([NOTHING], NOW)
    there = frame.columns[frame.notna().iloc[0]]
    assert list(there) == ["project_id", "churn_30d", "freshness"]
    assert frame["freshness"].iloc[0] == "never"


def test_times_are_utc() -> None:
    there = timezone(timedelta(hours=5))
    verified = cell("verified_at", verified_at=NOW.astimezone(there))
    assert (str(verified.tz), verified.hour) == ("UTC", 12)
    assert cell("age_hours", changed_at=NOW.astimezone(there)) == 0


def test_a_clock_that_is_ahead() -> None:
    ahead = NOW + timedelta(minutes=1)
    assert cell("age_hours", changed_at=ahead) == 0
    assert cell("freshness", verified_at=ahead) == "fresh"


@pytest.mark.parametrize(
    ("age", "freshness"),
    [(FRESH, "fresh"), (FRESH + timedelta(seconds=1), "stale"), (timedelta(days=900), "stale")],
)
def test_freshness(age: timedelta, freshness: str) -> None:
    assert cell("freshness", verified_at=NOW - age) == freshness


@pytest.mark.parametrize(
    ("is_enriched", "is_queued", "enrichment"),
    [
        (True, False, "enriched"),
        (True, True, "enriched"),  # anew, since it is looked at
        (False, True, "queued"),
        (False, False, "not enriched"),
    ],
)
def test_enrichment(is_enriched: bool, is_queued: bool, enrichment: str) -> None:
    assert cell("enrichment", is_enriched=is_enriched, is_queued=is_queued) == enrichment


@pytest.mark.parametrize("is_queued", [True, False])
def test_an_enrichment_that_lacks_what_archon_says_is_partial(is_queued: bool) -> None:
    lacking = cell("enrichment", partial_because="ARCHON_UNAVAILABLE", is_queued=is_queued)
    assert lacking == "partial"


def test_languages() -> None:
    assert cell("languages", languages=LANGUAGES[:1]) == "C 100%"
    assert pd.isna(cell("languages", languages=[]))
    assert pd.isna(cell("languages", languages=[{"language": "C", "files": 1, "size": 0}]))


def test_the_order_is_kept() -> None:
    names = ["b", "a", "c"]
    frame = portfolio_frame([project(project_id=name) for name in names], NOW)
    assert list(frame["project_id"]) == names
