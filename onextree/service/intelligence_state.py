"""Use cases: how far the intelligence of all projects can be relied on, and what got worse."""

from typing import TYPE_CHECKING

from onextree.intelligence.linked import linked_files
from onextree.service.base import UseCases
from onextree.store import intelligence
from onextree.store.database import RawConnection
from onextree.store.findings import StoredFinding, select_findings
from onextree.store.intelligence import AnalysedAnew, UnreadKeyFiles
from onextree.store.relationships import Relationship, read_relationships

if TYPE_CHECKING:  # the graphs' library costs time that most commands need not pay
    from onextree.intelligence.new_cycles import NewCycle

__all__ = ["IntelligenceState"]

_Links = list[Relationship]


class IntelligenceState(UseCases):
    """Questions about all registered projects."""

    def unread_key_files(self) -> list[UnreadKeyFiles]:
        """Projects whose newest version has key files of which nothing is known."""
        return self._read(intelligence.unread_key_files)

    def new_cycles(self) -> "dict[str, list[NewCycle]]":
        """Circles of imports that the last analysed versions brought, of projects that have some.

        Those of a first analysis are not new.
        """
        found = {
            project.project_id: self._new_cycles(project)
            for project in self._read(intelligence.analysed_anew)
        }
        return {project_id: cycles for project_id, cycles in found.items() if cycles}

    def _new_cycles(self, project: AnalysedAnew) -> "list[NewCycle]":
        from onextree.intelligence.new_cycles import new_cycles

        def read(connection: RawConnection) -> tuple[list[StoredFinding], _Links, _Links]:
            key, version = project.project_key, project.version
            return (
                select_findings(connection, key, version),
                read_relationships(connection, key, project.earlier_version),
                read_relationships(connection, key, version),
            )

        findings, before, after = self._read(read)
        return new_cycles(findings, project.version, linked_files(before), linked_files(after))
