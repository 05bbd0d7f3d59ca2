"""What a run does for its projects, one or many: an event for each, whatever the others do."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import dagster as dg

from onextree.errors import OnexTreeError
from onextree.intelligence.basic import BASIC_VERSION
from onextree.service import Enrichment, Generation, OnexTreeService
from onextree_assets.events import Report, event_of, latest_pointers, stored_tags
from onextree_assets.metadata import (
    Metadata,
    enrichment_metadata,
    snapshot_metadata,
    tree_metadata,
)
from onextree_assets.mirror import mirror_project
from onextree_assets.project_failures import ProjectFailures
from onextree_assets.specs import PROJECT_TREE, TREE_ENRICHMENT, TREE_SNAPSHOT

__all__ = ["ProjectRun"]


class _Generated(NamedTuple):
    """What is left to tell of a generation; its tree may be large, and there may be hundreds.

    Attributes:
        new_version: None where the newest one was verified.
    """

    tree: Report
    snapshot: Report
    new_version: int | None

    @classmethod
    def of(cls, generation: Generation) -> "_Generated":
        recorded = generation.recorded
        tags = stored_tags(recorded.snapshot_id) if recorded.changed else {}

        def report(metadata: Metadata) -> Report:
            return Report(generation.project_id, recorded.tree_hash, metadata, tags)

        return cls(
            report(tree_metadata(generation)),
            report(snapshot_metadata(generation)),
            recorded.version if recorded.changed else None,
        )


class ProjectRun:
    """The partitions of a run.

    Args:
        generate: Scans and stores a project.
    """

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        service: OnexTreeService,
        generate: Callable[[str], Generation],
    ) -> None:
        self._context = context
        self._instance = context.instance
        self._service = service
        self._generate = generate
        self._failures = ProjectFailures(len(context.partition_keys))

    def generate(self) -> Iterator[dg.AssetMaterialization]:
        """Tell of all trees as they are stored, then of their snapshots.

        Raises:
            OnexTreeError: The only project failed, or the database is gone.
        """
        unmirrored = set(self._service.unmirrored_projects())
        done: list[_Generated] = []
        for project_id in self._context.partition_keys:
            try:
                generation = self._generate(project_id)
                if generation.changed or project_id in unmirrored:
                    self._mirror(project_id)
            except OnexTreeError as error:
                self._failures.note(self._context.log, project_id, error)
                continue
            done.append(_Generated.of(generation))
            yield event_of(PROJECT_TREE, done[-1].tree, {})
        pointers = latest_pointers(self._instance, PROJECT_TREE, self._context.partition_keys)
        for generated in done:
            report = generated.snapshot
            tree = (report.data_version, pointers.get(report.project_id))
            yield event_of(TREE_SNAPSHOT, report, {PROJECT_TREE.key: tree})
            if generated.new_version is not None:
                self._service.mirrored(report.project_id, generated.new_version)

    def enrich(self) -> Iterator[dg.AssetMaterialization]:
        """Enrich the newest versions, each as the snapshot that Dagster knows.

        Raises:
            OnexTreeError: The only project failed, or the database is gone.
        """
        for project_id in self._context.partition_keys:
            if project_id in self._failures:
                continue
            try:
                self._mirror(project_id)
                enrichment = self._service.enrich(project_id)
            except OnexTreeError as error:
                self._failures.note(self._context.log, project_id, error)
                continue
            yield self._enriched(project_id, enrichment)

    def end(self) -> None:
        """Fail where a project did.

        Raises:
            Failure: It names them.
        """
        self._failures.raise_if_any()

    def _mirror(self, project_id: str) -> None:
        mirror_project(
            self._instance, self._service, project_id, own_run_id=self._context.run.run_id
        )

    def _enriched(self, project_id: str, enrichment: Enrichment) -> dg.AssetMaterialization:
        pointer = latest_pointers(self._instance, TREE_SNAPSHOT, [project_id]).get(project_id)
        report = Report(
            project_id,
            f"{BASIC_VERSION}-{enrichment.tree_hash}",
            enrichment_metadata(enrichment),
            tags={},
        )
        return event_of(
            TREE_ENRICHMENT, report, {TREE_SNAPSHOT.key: (enrichment.tree_hash, pointer)}
        )
