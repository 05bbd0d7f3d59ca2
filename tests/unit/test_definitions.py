"""The graph as it stands: a change of it is a change of this test."""

import dagster as dg
import pytest

from onextree_assets.definitions import defs

GRAPH = defs.resolve_asset_graph()


def test_assets() -> None:
    assert {
        key.to_user_string(): sorted(
            parent.to_user_string() for parent in GRAPH.get(key).parent_keys
        )
        for key in GRAPH.get_all_asset_keys()
    } == {
        "project_tree": [],
        "tree_snapshot": ["project_tree"],
        "tree_enrichment": ["tree_snapshot"],
    }


def test_every_asset_reads_well_in_the_ui() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        assert node.description
        assert node.owners == ["team:onextree"]
        assert node.group_name == "projects"
        assert node.kinds
        assert isinstance(node.partitions_def, dg.DynamicPartitionsDefinition)
        assert node.partitions_def.name == "projects"


@pytest.mark.parametrize(
    ("name", "selected"),
    [
        ("generate_project_tree", {"project_tree", "tree_snapshot", "tree_enrichment"}),
        ("regenerate_projects", {"project_tree", "tree_snapshot"}),
        ("enrich_project", {"tree_enrichment"}),
    ],
)
def test_jobs(name: str, selected: set[str]) -> None:
    job = defs.resolve_job_def(name)
    keys = job.asset_layer.selected_asset_keys
    assert {key.to_user_string() for key in keys} == selected
    assert job.description
    assert job.executor_def is dg.in_process_executor


@pytest.mark.parametrize(
    ("name", "cron", "job"),
    [
        ("daily_regeneration", "0 2 * * *", "regenerate_projects"),
        ("daily_cleanup", "0 4 * * *", "cleanup_expired_snapshots"),
        ("daily_check", "0 5 * * *", "check_store"),
    ],
)
def test_schedules(name: str, cron: str, job: str) -> None:
    schedule = defs.resolve_schedule_def(name)
    assert (schedule.cron_schedule, schedule.execution_timezone) == (cron, "UTC")
    assert schedule.job_name == job
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert defs.resolve_job_def(job).description


def test_sensor() -> None:
    sensor = defs.resolve_sensor_def("registered_projects")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert sensor.minimum_interval_seconds == 10
