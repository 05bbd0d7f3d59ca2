"""What a run does for its projects, one or many: an event for each, whatever the others do."""

from collections.abc import Callable, Iterator

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
        done: dict[str, Generation] = {}
        for project_id in self._context.partition_keys:
            try:
                generation = self._generate(project_id)
                if generation.changed or project_id in unmirrored:
                    self._mirror(project_id)
            except OnexTreeError as error:
                self._failures.note(self._context.log, project_id, error)
                continue
            done[project_id] = generation
            yield event_of(PROJECT_TREE, _report(generation, tree_metadata(generation)), {})
        pointers = latest_pointers(self._instance, PROJECT_TREE, done)
        for project_id, generation in done.items():
            tree = (generation.recorded.tree_hash, pointers.get(project_id))
            report = _report(generation, snapshot_metadata(generation))
            yield event_of(TREE_SNAPSHOT, report, {PROJECT_TREE.key: tree})
            if generation.changed:
                self._service.mirrored(project_id, generation.recorded.version)

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


def _report(generation: Generation, metadata: Metadata) -> Report:
    recorded = generation.recorded
    tags = stored_tags(recorded.snapshot_id) if recorded.changed else {}
    return Report(generation.project_id, recorded.tree_hash, metadata, tags)
