"""The Dagster code location: everything put together."""

import os

import dagster as dg

from onextree_assets.assets import projects
from onextree_assets.checks import checks
from onextree_assets.jobs import (
    check_projects,
    enrich_project,
    generate_project_tree,
    regenerate_projects,
    update_project_tree,
)
from onextree_assets.portfolio import portfolio
from onextree_assets.schedules import (
    daily_check,
    daily_cleanup,
    daily_portfolio,
    daily_regeneration,
)
from onextree_assets.upkeep import check_store, cleanup_expired_snapshots
from resources import ArchonResource, KafkaResource, OnexTreeResource, PostgresResource
from sensors.enrichment_queue import enrichment_queue
from sensors.external_snapshots import external_snapshots
from sensors.failed_projects import failed_projects
from sensors.git_commits import git_commits
from sensors.kafka_events import kafka_events
from sensors.registered_projects import registered_projects
from sensors.remote_commits import remote_commits
from sensors.stale_projects import stale_projects

__all__ = ["defs"]

DATABASE_URL = "ONEXTREE_DATABASE_URL"

postgres = (
    PostgresResource(url=dg.EnvVar(DATABASE_URL))
    if os.environ.get(DATABASE_URL)
    else PostgresResource()
)

defs = dg.Definitions(
    assets=[projects, portfolio],
    asset_checks=checks,
    jobs=[
        *(generate_project_tree, update_project_tree, regenerate_projects, enrich_project),
        check_projects,
        *(cleanup_expired_snapshots, check_store),
    ],
    schedules=[daily_regeneration, daily_cleanup, daily_check, daily_portfolio],
    sensors=[
        registered_projects,
        git_commits,
        remote_commits,
        kafka_events,
        stale_projects,
        external_snapshots,
        enrichment_queue,
        failed_projects,
    ],
    resources={
        "postgres": postgres,
        "onextree": OnexTreeResource(postgres=postgres),
        "archon": ArchonResource(),
        "kafka": KafkaResource(),
    },
    # A process a step costs about 3 s, more than all of the work.
    executor=dg.in_process_executor,
)
