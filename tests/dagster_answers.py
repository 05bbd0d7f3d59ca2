"""What Dagster's UI would be told: its GraphQL schema asked in this process."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import dagster as dg
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import freeze_time
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster._scheduler.scheduler import launch_scheduled_runs
from dagster_graphql.schema import create_schema

__all__ = ["Answers", "answers_of"]

_STATUS = """
query Status($key: AssetKeyInput!, $partition: String) {
  assetNodeOrError(assetKey: $key) {
    ... on AssetNode {
      staleStatus(partition: $partition)
      staleCauses(partition: $partition) { category reason }
      assetPartitionStatuses {
        ... on DefaultPartitionStatuses { materializedPartitions failedPartitions }
      }
    }
  }
}
"""
_STALE = """
query Stale($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode { staleStatus } }
}
"""
_BACKFILL = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message stack }
  }
}
"""
_BACKFILL_STATUS = """
query Status($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
}
"""


class Answers:
    """Asks as the UI does."""

    def __init__(self, workspace: WorkspaceProcessContext) -> None:
        self._workspace = workspace
        self._schema = create_schema()

    def ask(self, query: str, **variables: Any) -> Any:
        result = asyncio.run(
            self._schema.execute_async(
                query,
                variable_values=variables,
                context_value=self._workspace.create_request_context(),
            )
        )
        assert not result.errors, result.errors
        return result.data

    def status(self, key: str, partition: str) -> str:
        """``missing``, ``failed``, or what the UI calls it: ``FRESH``, ``STALE``."""
        node = self._node(key, partition)
        if partition in node["assetPartitionStatuses"]["failedPartitions"]:
            return "failed"
        if partition not in node["assetPartitionStatuses"]["materializedPartitions"]:
            return "missing"
        return str(node["staleStatus"])

    def statuses(self, partition: str) -> list[str]:
        """Of tree, snapshot and enrichment."""
        return [
            self.status(key, partition)
            for key in ("project_tree", "tree_snapshot", "tree_enrichment")
        ]

    def causes(self, key: str, partition: str) -> list[str]:
        return [cause["reason"] for cause in self._node(key, partition)["staleCauses"]]

    def stale_status(self, key: str) -> str:
        """Of an asset without partitions: ``MISSING``, ``FRESH``, ``STALE``."""
        return str(self.ask(_STALE, key={"path": [key]})["assetNodeOrError"]["staleStatus"])

    def backfill(self, keys: Sequence[str], partitions: Sequence[str]) -> str:
        """Launch a backfill and let the daemon work until it is over; its status."""
        answer = self.ask(
            _BACKFILL,
            params={
                "assetSelection": [{"path": [key]} for key in keys],
                "partitionNames": list(partitions),
            },
        )["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        for _ in range(10):
            ended = list(execute_backfill_iteration(self._workspace, logging.getLogger("backfill")))
            assert not any(ended), ended
            status = self.ask(_BACKFILL_STATUS, id=answer["backfillId"])
            status = status["partitionBackfillOrError"]["status"]
            if status not in ("REQUESTED", "COMPLETING", "FAILING"):
                break
        return str(status)

    def pass_time(self, *times: datetime) -> None:
        """Let the daemon's scheduler look at its clock at these times."""
        iterations: dict[str, Any] = {}
        for time in times:
            with freeze_time(time):
                ended = list(
                    launch_scheduled_runs(
                        self._workspace, logging.getLogger("scheduler"), time, iterations
                    )
                )
            assert not any(ended), ended

    def _node(self, key: str, partition: str) -> Any:
        return self.ask(_STATUS, key={"path": [key]}, partition=partition)["assetNodeOrError"]


@contextmanager
def answers_of(instance: dg.DagsterInstance) -> Iterator[Answers]:
    """Of the code location as it is defined."""
    origin = LoadableTargetOrigin(module_name="onextree_assets.definitions", attribute="defs")
    target = InProcessWorkspaceLoadTarget(InProcessCodeLocationOrigin(origin))
    with WorkspaceProcessContext(instance, target) as workspace:
        yield Answers(workspace)
