"""Jobs: what schedules, sensors and people start."""

import dagster as dg

__all__ = ["generate_project_tree"]

generate_project_tree = dg.define_asset_job(
    "generate_project_tree",
    selection=dg.AssetSelection.assets("project_tree", "tree_snapshot", "tree_enrichment"),
    description="Scan a project, store it as a version if it changed, and enrich that version.",
)
