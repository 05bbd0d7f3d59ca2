"""All projects in one table."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from onextree.store.portfolio import PortfolioProject
from onextree_assets.failures import RETRY_TRANSIENT, clear_failures
from onextree_assets.metadata import Metadata
from onextree_assets.pictures import bars
from onextree_assets.specs import PORTFOLIO
from onextree_assets.tables import Cell, table
from resources import OnexTreeResource

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["portfolio"]

_SHOWN = 500
_MIB = 1024 * 1024
_TYPES = {"Int64": "int", "Float64": "float"}


@dg.multi_asset(name="portfolio", specs=[PORTFOLIO], retry_policy=RETRY_TRANSIENT)
def portfolio(onextree: OnexTreeResource) -> dg.MaterializeResult[None]:
    """Look at every registered project's newest version."""
    # Every code server and run would wait for pandas.
    from onextree_assets.portfolio_frame import portfolio_frame

    with clear_failures():
        projects = onextree.service.portfolio()
    return dg.MaterializeResult(
        asset_key=PORTFOLIO.key,
        data_version=dg.DataVersion(_data_version(projects)),
        metadata={
            **_figures(projects),
            "projects": _table(portfolio_frame(projects, datetime.now(UTC))),
        },
    )


def _data_version(projects: Sequence[PortfolioProject]) -> str:
    """Another one as soon as a project comes, goes or has another tree."""
    digest = hashlib.sha256()
    for project in projects:
        digest.update(f"{project.project_id}\0{project.tree_hash}\n".encode())
    return digest.hexdigest()


def _figures(projects: Sequence[PortfolioProject]) -> Metadata:
    languages: Counter[str] = Counter()
    for project in projects:
        for row in project.languages:
            languages[row["language"]] += row["size"]
    churn = {project.project_id: project.churn_30d for project in projects}
    return {
        "dagster/row_count": len(projects),
        "total_projects": len(projects),
        "failed_projects": sum(project.error_code is not None for project in projects),
        "total_files": sum(project.total_files or 0 for project in projects),
        "total_size_mib": round(sum(p.total_size_bytes or 0 for p in projects) / _MIB, 3),
        "language_shares": dg.MetadataValue.md(bars(languages, "Languages by size")),
        "churn_shares": dg.MetadataValue.md(bars(churn, "Changes in 30 days by project")),
    }


def _table(frame: "pd.DataFrame") -> dg.TableMetadataValue:
    """The first rows."""
    shown = frame.head(_SHOWN)
    return table(
        {str(name): _TYPES.get(str(dtype), "string") for name, dtype in frame.dtypes.items()},
        zip(*(map(_cell, shown[column]) for column in shown), strict=True),
    )


def _cell(value: Any) -> Cell:
    """A value of a frame as the UI shows it; what is missing stays empty."""
    import pandas as pd

    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, str):
        return value
    return round(float(value), 1) if isinstance(value, float) else int(value)
