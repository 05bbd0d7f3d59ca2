"""All projects in one table."""

import hashlib
from collections import Counter
from collections.abc import Sequence

import dagster as dg

from onextree.store.portfolio import PortfolioProject
from onextree_assets.failures import RETRY_TRANSIENT, clear_failures
from onextree_assets.metadata import Metadata
from onextree_assets.pictures import bars
from onextree_assets.specs import PORTFOLIO
from onextree_assets.tables import table
from resources import OnexTreeResource

__all__ = ["portfolio"]

_SHOWN = 500
_MIB = 1024 * 1024


@dg.multi_asset(name="portfolio", specs=[PORTFOLIO], retry_policy=RETRY_TRANSIENT)
def portfolio(onextree: OnexTreeResource) -> dg.MaterializeResult[None]:
    """Look at every registered project's newest version."""
    with clear_failures():
        projects = onextree.service.portfolio()
    return dg.MaterializeResult(
        asset_key=PORTFOLIO.key,
        data_version=dg.DataVersion(_data_version(projects)),
        metadata=_metadata(projects),
    )


def _data_version(projects: Sequence[PortfolioProject]) -> str:
    """Another one as soon as a project comes, goes or has another tree."""
    digest = hashlib.sha256()
    for project in projects:
        digest.update(f"{project.project_id}\0{project.tree_hash}\n".encode())
    return digest.hexdigest()


def _metadata(projects: Sequence[PortfolioProject]) -> Metadata:
    languages: Counter[str] = Counter()
    for project in projects:
        for row in project.languages:
            languages[row["language"]] += row["size"]
    return {
        "total_projects": len(projects),
        "failed_projects": sum(project.error_code is not None for project in projects),
        "total_files": sum(project.total_files or 0 for project in projects),
        "total_size_mib": round(sum(p.total_size_bytes or 0 for p in projects) / _MIB, 3),
        "language_shares": dg.MetadataValue.md(bars(languages, "Languages by size")),
        "projects": table(
            {
                "project": "string",
                "version": "int",
                "files": "int",
                "size_mib": "float",
                "branch": "string",
                "commit": "string",
                "verified": "string",
                "last_failure": "string",
            },
            (
                (
                    project.project_id,
                    project.version or 0,
                    project.total_files or 0,
                    round((project.total_size_bytes or 0) / _MIB, 3),
                    project.branch or "none",
                    (project.commit_id or "none")[:12],
                    f"{project.verified_at:%Y-%m-%d %H:%M}" if project.verified_at else "never",
                    project.error_code or "",
                )
                for project in projects[:_SHOWN]
            ),
        ),
    }
