"""Jobs: what schedules, sensors and people start."""

import dagster as dg

from onextree_assets.assets import GenerationConfig
from onextree_assets.specs import STAMP_MANIFEST

__all__ = [
    "check_projects",
    "enrich_project",
    "generate_project_tree",
    "regenerate_projects",
    "update_project_tree",
]

_TAGS = {"owner": "team:onextree"}

generate_project_tree = dg.define_asset_job(
    "generate_project_tree",
    selection=dg.AssetSelection.assets(
        *("project_tree", "tree_snapshot", "snapshot_changes", "stamp_manifest"),
        *("file_relationships", "quality_findings", "tree_enrichment"),
    ).without_checks(),
    description="Scan a project, store it as a version if it changed, tell what that changed, look "
    "at the stamps of its files, and enrich it.",
    tags=_TAGS,
)
regenerate_projects = dg.define_asset_job(
    "regenerate_projects",
    selection=dg.AssetSelection.assets("project_tree", "tree_snapshot"),
    description="Scan many projects in one run, and store those that changed; these are enriched "
    "by the queue.",
    tags=_TAGS,
)
update_project_tree = dg.define_asset_job(
    "update_project_tree",
    selection=dg.AssetSelection.assets("project_tree", "tree_snapshot", "snapshot_changes"),
    description="Update a project in which something happened, a commit say: first the files that "
    "are named are stored as a version, then all files are looked at. It is enriched by the queue.",
    config=dg.RunConfig(ops={"projects": GenerationConfig(incremental=True)}),
    tags=_TAGS,
)
enrich_project = dg.define_asset_job(
    "enrich_project",
    selection=dg.AssetSelection.assets(
        *("stamp_manifest", "file_relationships", "quality_findings", "tree_enrichment")
    ).without_checks(),
    description="Enrich the newest version of a project, as the queue asks for: which stamps its "
    "files carry, how they hang together, what is wrong, and what Archon says.",
    tags=_TAGS,
)
check_projects = dg.define_asset_job(
    "check_projects",
    selection=dg.AssetSelection.assets("portfolio")
    | dg.AssetSelection.checks_for_assets(STAMP_MANIFEST.key),
    description="Look at all projects, and check what must hold for each.",
    tags=_TAGS,
)
