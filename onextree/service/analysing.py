"""Use cases: the code of a version is analysed, and what came of it stored with it."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onextree.errors import OnexTreeError
from onextree.intelligence.analysis.known import Known
from onextree.intelligence.facts import EXTRACTION_VERSION
from onextree.intelligence.version import INTELLIGENCE_VERSION
from onextree.service.sources import Sources
from onextree.store import extractions, findings, projects, relationships, snapshots
from onextree.store.analyses import StoredAnalysis, latest_analysis, record_analysis
from onextree.store.database import RawConnection
from onextree.store.extractions import Content
from onextree.store.findings import FindingChanges
from onextree.store.projects import Project
from onextree.store.relationships import RelationshipChanges
from onextree.store.snapshots import Snapshot
from onextree.tree.model import Entry
from onextree.tree.names import encode_name
from onextree.tree.reading.contents import Contents, NoContents, W

if TYPE_CHECKING:  # parsers' and graphs' libraries cost time that most commands need not pay
    from onextree.intelligence.analysis.analysis import Analysis
    from onextree.intelligence.analysis.files import CodeEntry

__all__ = ["Analysed", "Analysing", "Examined"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Examined:
    """A version that is to be analysed, as it is stored.

    Attributes:
        latest: The analysis that the stored rows are of.
    """

    project: Project
    snapshot: Snapshot
    entries: list[Entry]
    latest: StoredAnalysis | None

    @property
    def is_newest_analysed(self) -> bool:
        """Whether no later version was analysed: the rows of an earlier one are not made anew."""
        return self.latest is None or self.latest.version <= self.snapshot.version


@dataclass(frozen=True, slots=True)
class Analysed:
    """An analysis, and what was known before.

    Attributes:
        key_contents: Path, language and content of the key files that can be read.
    """

    analysis: "Analysis"
    before: Known | None
    key_contents: Sequence[tuple[str, str, bytes]] = ()


class Analysing(Sources):
    """Analysing versions: contents are read and parsed outside of any transaction."""

    def _examine(self, project_id: str, version: int | None) -> Examined:
        """A version with its tree; the newest by default.

        Raises:
            ProjectNotFound, TreeNotFound: No such project or version.
        """

        def read(connection: RawConnection) -> Examined:
            project = projects.find_project(connection, project_id)
            snapshot = snapshots.find_snapshot(connection, project_id, version)
            return Examined(
                project,
                snapshot,
                snapshots.read_entries(
                    connection, self._classes, project.project_key, snapshot.version
                ),
                latest_analysis(connection, project.project_key),
            )

        return self._read(read)

    def _analyse(
        self, examined: Examined, *, is_thorough: bool, with_key_contents: bool = False
    ) -> Analysed:
        """Analyse a version.

        Args:
            with_key_contents: Read the contents of the key files, too.
            is_thorough: Have contents that could not be parsed before tried again.
        """
        from onextree.intelligence.analysis.analysis import analyse

        project, latest = examined.project, examined.latest
        before = (
            self._analyses.recall(project.project_id, latest.id, INTELLIGENCE_VERSION)
            if latest
            else None
        )
        with self._contents(project, examined.snapshot) as contents:
            analysis = analyse(
                examined.entries,
                contents=contents,
                store=_StoredFacts(self),
                before=before,
                entries_before=lambda: self._analysed_entries(examined),
                is_thorough=is_thorough,
            )
            keys = _key_entries(analysis) if with_key_contents else []
            read = [(entry.path, entry.language, content) for entry, content in contents.read(keys)]
        return Analysed(analysis, before, read)

    def _analysed_entries(self, examined: Examined) -> Sequence[Entry]:
        """The tree that was analysed last."""
        latest = examined.latest
        if latest is None:
            return ()
        return self._read(
            lambda connection: snapshots.read_entries(
                connection, self._classes, examined.project.project_key, latest.version
            )
        )

    def _store_analysis(
        self, connection: RawConnection, examined: Examined, analysed: Analysed
    ) -> FindingChanges | None:
        """Store what was found, as the project's only writer.

        Returns:
            What changed of the findings; None where a later version was analysed meanwhile, and
            nothing was stored.
        """
        from onextree.intelligence.analysis.changes import all_rows, changes_since

        key, version = examined.project.project_key, examined.snapshot.version
        analysis, before = analysed.analysis, analysed.before
        latest = latest_analysis(connection, key)
        if latest is not None and latest.version > version:
            return None
        if before is not None and latest is not None and latest.id == before.analysis_id:
            links, found = changes_since(before, analysis)
        else:
            all_links, all_findings = all_rows(analysis)
            links = RelationshipChanges.between(
                relationships.open_links(connection, key), all_links
            )
            found = FindingChanges.between(findings.open_findings(connection, key), all_findings)
        relationships.record_relationships(connection, key, version, links)
        findings.record_findings(connection, key, version, found)
        record_analysis(
            connection,
            key,
            StoredAnalysis(
                analysis.known.analysis_id,
                version,
                INTELLIGENCE_VERSION,
                len(analysis.base.files),
                analysis.unread,
                analysis.relationships,
                len(analysis.findings),
            ),
        )
        return found

    @contextmanager
    def _contents(self, project: Project, snapshot: Snapshot) -> Iterator[Contents]:
        """What reads the files of a version, as far as its source can be read."""
        with ExitStack() as stack:
            contents: Contents = NoContents()
            try:
                source = self._source(project)
                contents = stack.enter_context(source.contents(snapshot.commit_id))
            except OnexTreeError as error:
                _log_unread(project.project_id, error)
            yield _Readable(project.project_id, contents)

    def _find_facts(self, wanted: Collection[Content]) -> Mapping[Content, bytes]:
        return self._transact(
            lambda connection: extractions.find_extractions(
                connection, wanted, extraction_version=EXTRACTION_VERSION
            )
        )

    def _add_facts(self, facts: Mapping[Content, bytes]) -> None:
        self._transact(
            lambda connection: extractions.add_extractions(
                connection, facts, extraction_version=EXTRACTION_VERSION
            )
        )


def _key_entries(analysis: "Analysis") -> "list[CodeEntry]":
    """The key files that are code, the most important first."""
    from onextree.intelligence.analysis.files import CodeEntry

    found = []
    for path in analysis.architecture.key_files:
        if file := analysis.known.files.get(path):
            directory, _, name = path.rpartition("/")
            place = (encode_name(directory), encode_name(name))
            found.append(CodeEntry(path, *file.reading[:4], *place))
    return found


def _log_unread(project_id: str, error: OnexTreeError) -> None:
    _log.warning("%s: contents cannot be read: %s: %s", project_id, error.code, error.message)


@dataclass(frozen=True, slots=True)
class _Readable:
    """Contents until their source fails."""

    project_id: str
    contents: Contents

    def read(self, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        try:
            yield from self.contents.read(wanted)
        except OnexTreeError as error:
            _log_unread(self.project_id, error)


@dataclass(frozen=True, slots=True)
class _StoredFacts:
    """What contents say, in the database: a transaction each time."""

    service: Analysing

    def find(self, wanted: Collection[Content]) -> Mapping[Content, bytes]:
        return self.service._find_facts(wanted)

    def add(self, facts: Mapping[Content, bytes]) -> None:
        self.service._add_facts(facts)
