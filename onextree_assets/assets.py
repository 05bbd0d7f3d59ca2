"""The graph: a project's tree, its snapshot, and what is known of it."""

from collections.abc import Iterator, Mapping

import dagster as dg
from pydantic import Field

from onextree.intelligence.basic import BASIC_VERSION
from onextree_assets.failures import RETRY_TRANSIENT, clear_failures
from onextree_assets.metadata import enrichment_metadata, snapshot_metadata, tree_metadata
from onextree_assets.partitions import projects_partitions
from onextree_assets.progress import logged_progress
from resources import OnexTreeResource

__all__ = ["generated_snapshot", "tree_enrichment"]

_GROUP = "projects"
_OWNERS = ["team:onextree"]


class GenerationConfig(dg.Config):
    """What a run can be asked for beside its partition."""

    force: bool = Field(
        default=False, description="Store the tree also where most of the files are gone."
    )
    rehash: bool = Field(default=False, description="Read every file, whatever the last scan read.")


@dg.multi_asset(
    name="generate_snapshot",
    specs=[
        dg.AssetSpec(
            "project_tree",
            description="Every file of the project with its kind, size and BLAKE3 digest, and one "
            "tree hash for all of it. Its data version is the tree hash.",
            group_name=_GROUP,
            owners=_OWNERS,
            kinds={"python", "git"},
            code_version="1",
        ),
        dg.AssetSpec(
            "tree_snapshot",
            deps=["project_tree"],
            description="The tree as an immutable, numbered version in PostgreSQL. An unchanged "
            "tree makes no version: the newest one is verified, with the same data version.",
            group_name=_GROUP,
            owners=_OWNERS,
            kinds={"postgres"},
            code_version="1",
        ),
    ],
    partitions_def=projects_partitions,
    retry_policy=RETRY_TRANSIENT,
)
def generated_snapshot(
    context: dg.AssetExecutionContext, config: GenerationConfig, onextree: OnexTreeResource
) -> Iterator[dg.MaterializeResult[None]]:
    """Scan a project and store it: one transaction, so both assets come from it."""
    with clear_failures():
        generation = onextree.service.generate(
            context.partition_key,
            trigger_type=_trigger_type(context.run.tags),
            force=config.force,
            rehash=config.rehash,
            report=logged_progress(context),
        )
    data_version = dg.DataVersion(generation.recorded.tree_hash)
    yield dg.MaterializeResult(
        asset_key="project_tree", data_version=data_version, metadata=tree_metadata(generation)
    )
    yield dg.MaterializeResult(
        asset_key="tree_snapshot",
        data_version=data_version,
        metadata=snapshot_metadata(generation),
    )


@dg.asset(
    deps=["tree_snapshot"],
    description="What the newest version tells of itself: languages, categories, purposes of "
    "directories, patterns of layouts and frameworks, sizes.",
    group_name=_GROUP,
    owners=_OWNERS,
    kinds={"python", "postgres"},
    code_version=BASIC_VERSION,
    partitions_def=projects_partitions,
    retry_policy=RETRY_TRANSIENT,
)
def tree_enrichment(
    context: dg.AssetExecutionContext, onextree: OnexTreeResource
) -> dg.MaterializeResult[None]:
    """Enrich the newest version of a project."""
    with clear_failures():
        enrichment = onextree.service.enrich(context.partition_key)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(f"{BASIC_VERSION}-{enrichment.tree_hash}"),
        metadata=enrichment_metadata(enrichment),
    )


def _trigger_type(tags: Mapping[str, str]) -> str:
    if "dagster/schedule_name" in tags:
        return "scheduled"
    return "event" if "dagster/sensor_name" in tags else "manual"
