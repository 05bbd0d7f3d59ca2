"""Dagster on the installation that is measured."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import httpx

from benchmarks.installation import Installation
from onextree.instance.directory import environment
from onextree.instance.processes import running_processes
from onextree.store.locations import process_locations

__all__ = ["dagster_instance", "finish", "running"]

_LAUNCH = """
mutation Launch($project: String!) {
  launchRun(executionParams: {
    selector: {
      repositoryLocationName: "onextree", repositoryName: "__repository__",
      jobName: "generate_project_tree"
    }
    runConfigData: {}
    executionMetadata: { tags: [{ key: "dagster/partition", value: $project }] }
  }) { ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""
_STATUS = """query Status($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"""
_PATIENCE = 120


@contextmanager
def dagster_instance(installation: Installation, *, pool_size: int) -> Iterator[dg.DagsterInstance]:
    """An instance in this process, whose storage keeps so many connections; 0 for none."""
    os.environ.update(environment(installation.settings, installation.locations))
    process_locations.cache_clear()
    storage = {
        "custom": {
            "module": "resources.dagster_storage",
            "class": "OnexTreeDagsterStorage",
            "config": {
                "postgres_url": installation.locations.dagster.get_secret_value(),
                "pool_size": pool_size,
            },
        }
    }
    with dg.instance_for_test(overrides={"storage": storage}) as instance:
        yield instance


@contextmanager
def running(installation: Installation) -> Iterator[httpx.Client]:
    """Code server, webserver and daemon, as `onextree up` runs them; a client of the UI's API."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    settings = installation.settings.model_copy(update={"ui_port": port})
    with (
        running_processes(settings, environment(settings, installation.locations)) as processes,
        httpx.Client(base_url=processes.ui_url, timeout=30, trust_env=False) as client,
    ):
        yield client


def finish(client: httpx.Client, project_id: str) -> str:
    """Launch a run of a project and wait for its end; its id."""
    run_id = str(_ask(client, _LAUNCH, project=project_id)["launchRun"]["run"]["runId"])
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        status = _ask(client, _STATUS, id=run_id)["runOrError"]["status"]
        if status in ("SUCCESS", "FAILURE", "CANCELED"):
            assert status == "SUCCESS", status
            return run_id
        time.sleep(0.05)
    raise TimeoutError(f"run {run_id} did not end in {_PATIENCE} s")


def _ask(client: httpx.Client, query: str, **variables: str) -> dict[str, Any]:
    answer = client.post("/graphql", json={"query": query, "variables": variables})
    data: dict[str, Any] = answer.raise_for_status().json()["data"]
    return data
