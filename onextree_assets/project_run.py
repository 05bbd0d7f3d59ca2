"""What a run does for its projects, one or many: an event for each, whatever the others do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import dagster as dg

from onextree.errors import OnexTreeError
from onextree.intelligence.version import INTELLIGENCE_VERSION
from onextree.service import Enrichment, Manifest, OnexTreeService
from onextree_assets.changes import changes_report
from onextree_assets.code_metadata import findings_metadata, relationships_metadata
from onextree_assets.enrichment_metadata import enrichment_metadata
from onextree_assets.events import Inputs, Report, event_of, latest_pointers, stored_tags
from onextree_assets.metadata import Metadata, Stored, snapshot_metadata, tree_metadata
from onextree_assets.mirror import mirror_project
from onextree_assets.project_failures import ProjectFailures
from onextree_assets.specs import (
    FILE_RELATIONSHIPS,
    PROJECT_TREE,
    QUALITY_FINDINGS,
    SNAPSHOT_CHANGES,
    STAMP_MANIFEST,
    TREE_ENRICHMENT,
    TREE_SNAPSHOT,
)
from onextree_assets.stamp_check import report_stamp_check
from onextree_assets.stamp_metadata import manifest_metadata

__all__ = ["ProjectRun"]


_BETWEEN_FLUSHES = 30.0  # seconds


class _Version(NamedTuple):
    """A version whose changes are to be told.

    Attributes:
        tags: Of that event.
        is_new: Whether this run has stored it.
    """

    project_id: str
    number: int
    tree_hash: str
    tags: Mapping[str, str]
    is_new: bool


class _Generated(NamedTuple):
    """What is left to tell of a generation; its tree may be large, and there may be hundreds."""

    tree: Report
    snapshot: Report
    version: _Version

    @classmethod
    def of(cls, stored: Stored) -> "_Generated":
        project_id, recorded = stored.project_id, stored.recorded
        tags = stored_tags(recorded.snapshot_id) if recorded.changed else {}

        def report(metadata: Metadata) -> Report:
            return Report(project_id, recorded.tree_hash, metadata, tags)

        return cls(
            report(tree_metadata(stored)),
            report(snapshot_metadata(stored)),
            _Version(project_id, recorded.version, recorded.tree_hash, tags, recorded.changed),
        )


class ProjectRun:
    """The partitions of a run.

    Args:
        generate: Scans and stores a project; tells what came of it, the newest version last.
    """

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        service: OnexTreeService,
        generate: Callable[[str], Sequence[Stored]],
    ) -> None:
        self._context = context
        self._instance = context.instance
        self._service = service
        self._generate = generate
        self._failures = ProjectFailures(len(context.partition_keys))
        self._deferred: dict[str, OnexTreeError] = {}

    def generate(self, *, with_changes: bool) -> Iterator[dg.AssetMaterialization]:
        """Tell of all trees as they are stored, then of their snapshots, then of their changes.

        Args:
            with_changes: Tell the changes of every version, not only of those that are new.

        Raises:
            OnexTreeError: The only project failed, or the database is gone.
        """
        unmirrored = set(self._service.unmirrored_projects())
        done: list[_Generated] = []
        for project_id in self._context.partition_keys:
            try:
                stored = self._generate(project_id)
                if any(each.changed for each in stored) or project_id in unmirrored:
                    self._mirror(project_id)
            except OnexTreeError as error:
                self._failures.note(self._context.log, project_id, error)
                continue
            self._flush_counters()
            for each in stored:
                done.append(_Generated.of(each))
                yield event_of(PROJECT_TREE, done[-1].tree, {})
        pointers = latest_pointers(self._instance, PROJECT_TREE, self._context.partition_keys)
        for generated in done:
            report = generated.snapshot
            tree = (report.data_version, pointers.get(report.project_id))
            yield event_of(TREE_SNAPSHOT, report, {PROJECT_TREE.key: tree})
        versions = [generated.version for generated in done]
        yield from self._tell_changes([each for each in versions if with_changes or each.is_new])

    def tell_changes(self) -> Iterator[dg.AssetMaterialization]:
        """Tell what the newest versions changed, each as the snapshot that Dagster knows.

        Raises:
            OnexTreeError: The only project failed, or the database is gone.
        """
        versions: list[_Version] = []
        for project_id in self._context.partition_keys:
            try:
                self._mirror(project_id)
                newest = self._service.show(project_id)
            except OnexTreeError as error:
                self._failures.note(self._context.log, project_id, error)
                continue
            versions.append(_Version(project_id, newest.version, newest.tree_hash, {}, False))
        yield from self._tell_changes(versions)

    def look_at_stamps(self) -> Iterator[dg.AssetMaterialization]:
        """Make the manifests of the newest versions, each as the snapshot that Dagster knows.

        What fails here is raised at the end: no enrichment has to wait for it.
        """
        is_made = False
        for project_id in self._context.partition_keys:
            if project_id in self._failures:
                continue
            try:
                self._mirror(project_id)
                manifest = self._service.stamp_manifest(project_id)
            except OnexTreeError as error:
                self._deferred.setdefault(project_id, error)
                continue
            is_made = True
            snapshot = self._input(TREE_SNAPSHOT, project_id, manifest.tree_hash)
            yield event_of(STAMP_MANIFEST, _told_of(manifest), snapshot)
        if is_made:
            report_stamp_check(self._instance, self._service)

    def enrich(self, *, force: bool = False) -> Iterator[dg.AssetMaterialization]:
        """Enrich the newest versions, each as the snapshot that Dagster knows.

        Args:
            force: Find out anew what is known.

        Raises:
            OnexTreeError: The only project failed, or the database is gone.
        """
        for project_id in self._context.partition_keys:
            if project_id in self._failures:
                continue
            try:
                self._mirror(project_id)
                enrichment = self._service.enrich(project_id, force=force)
            except OnexTreeError as error:
                self._failures.note(self._context.log, project_id, error)
                continue
            self._flush_counters()
            yield from self._enriched(project_id, enrichment)

    def end(self) -> None:
        """Fail where a project did.

        Raises:
            Failure: It names them.
            OnexTreeError: The only project failed.
        """
        for project_id, error in self._deferred.items():
            if project_id not in self._failures:
                self._failures.note(self._context.log, project_id, error)
        self._failures.raise_if_any()

    def _flush_counters(self) -> None:
        """A run of many projects does not wait for its end: it may be killed before."""
        with suppress(OnexTreeError):
            self._service.flush_counters(_BETWEEN_FLUSHES)

    def _mirror(self, project_id: str) -> None:
        mirror_project(
            self._instance,
            self._service,
            project_id,
            self._context.log,
            own_run_id=self._context.run.run_id,
        )

    def _tell_changes(self, versions: Sequence[_Version]) -> Iterator[dg.AssetMaterialization]:
        """What fails here is raised at the end: no enrichment has to wait for it."""
        if not versions:
            return
        project_ids = [version.project_id for version in versions]
        pointers = latest_pointers(self._instance, TREE_SNAPSHOT, project_ids)
        for project_id, number, tree_hash, tags, is_new in versions:
            try:
                report = changes_report(self._service, project_id, number, tree_hash, tags)
            except OnexTreeError as error:
                self._deferred[project_id] = error
                continue
            snapshot = (tree_hash, pointers.get(project_id))
            yield event_of(SNAPSHOT_CHANGES, report, {TREE_SNAPSHOT.key: snapshot})
            if is_new:
                self._service.mirrored(project_id, number)

    def _enriched(
        self, project_id: str, enrichment: Enrichment
    ) -> Iterator[dg.AssetMaterialization]:
        """What an enrichment has made, each after what it was made of."""
        data_version = f"{INTELLIGENCE_VERSION}-{enrichment.tree_hash}"
        # What Archon adds later are other data.
        whole = f"{data_version}-partial" if enrichment.is_partial else data_version
        snapshot = self._input(TREE_SNAPSHOT, project_id, enrichment.tree_hash)

        def report(metadata: Metadata, version: str = data_version) -> Report:
            return Report(project_id, version, metadata, {})

        yield event_of(FILE_RELATIONSHIPS, report(relationships_metadata(enrichment)), snapshot)
        relationships = self._input(FILE_RELATIONSHIPS, project_id, data_version)
        yield event_of(
            QUALITY_FINDINGS,
            report(findings_metadata(enrichment)),
            {**snapshot, **relationships},
        )
        findings = self._input(QUALITY_FINDINGS, project_id, data_version)
        yield event_of(
            TREE_ENRICHMENT,
            report(enrichment_metadata(enrichment), whole),
            {**snapshot, **relationships, **findings},
        )

    def _input(self, spec: dg.AssetSpec, project_id: str, data_version: str) -> Inputs:
        """What something is made of: the newest materialisation of an asset."""
        pointer = latest_pointers(self._instance, spec, [project_id]).get(project_id)
        return {spec.key: (data_version, pointer)}


def _told_of(manifest: Manifest) -> Report:
    """Rows depend on the tree, on how contents are read, and on which were at hand."""
    data_version = f"{STAMP_MANIFEST.code_version}-{manifest.tree_hash}"
    whole = f"{data_version}-partial" if manifest.waiting else data_version
    return Report(manifest.project_id, whole, manifest_metadata(manifest), {})
