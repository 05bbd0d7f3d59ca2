"""What is answered about the code of a version."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from onextree.store.findings import StoredFinding
from onextree.store.relationships import Relationship

__all__ = ["EnrichmentPage", "Findings", "Impact", "Impacted", "Related", "unanalysed"]


@dataclass(frozen=True, slots=True)
class Related:
    """What a file belongs together with.

    Attributes:
        analysed_version: Whose analysis tells it; None where none does yet.
        imports: What it uses.
        imported_by: Who uses it.
        similar_files: Files like it, the most similar first.
    """

    project_id: str
    version: int
    analysed_version: int | None
    path: str
    imports: Sequence[Relationship]
    imported_by: Sequence[Relationship]
    similar_files: Sequence[str]

    def as_dict(self, most: int | None = None) -> dict[str, Any]:
        """The specification's ``{imports, imported_by, similar_files}``, all paths, and the rest.

        ``edges [{source, target, line, kind}]`` say where, and how; ``totals`` how many there are.

        Args:
            most: Of what it uses, and of who uses it; all by default.
        """
        imports, imported_by = self.imports[:most], self.imported_by[:most]
        return {
            "project_id": self.project_id,
            "version": self.version,
            "analysed_version": self.analysed_version,
            "path": self.path,
            "imports": [each.target for each in imports],
            "imported_by": [each.source for each in imported_by],
            "similar_files": list(self.similar_files),
            "edges": [each._asdict() for each in (*imports, *imported_by)],
            "totals": {"imports": len(self.imports), "imported_by": len(self.imported_by)},
        }


@dataclass(frozen=True, slots=True)
class Impacted:
    """A file that uses another, directly (distance 1) or through others."""

    path: str
    distance: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change of a file can reach; see `Related`.

    Attributes:
        files: The nearest first.
    """

    project_id: str
    version: int
    analysed_version: int | None
    path: str
    files: Sequence[Impacted]

    def as_dict(self, most: int | None = None) -> dict[str, Any]:
        """As JSON, with the number of all files.

        Args:
            most: Files at most; all by default.
        """
        shown = replace(self, files=self.files[:most])
        return {**asdict(shown), "totals": {"files": len(self.files)}}


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with a version; or what came and went since an earlier one.

    Attributes:
        since: The earlier version; None where all findings of the version are here.
        introduced: Those that are there; with ``since`` only those that were not there then.
        resolved: Those that were there then and are not any more; none without ``since``.
    """

    project_id: str
    version: int
    analysed_version: int | None
    since: int | None
    introduced: Sequence[StoredFinding]
    resolved: Sequence[StoredFinding]

    def as_dict(self, most: int | None = None) -> dict[str, Any]:
        """As JSON, with the number of all; without ``since`` the findings are ``findings``.

        Args:
            most: Findings in each list at most, the worst; all by default.
        """
        lists = (
            {"findings": self.introduced}
            if self.since is None
            else {"introduced": self.introduced, "resolved": self.resolved}
        )
        return {
            "project_id": self.project_id,
            "version": self.version,
            "analysed_version": self.analysed_version,
            "since": self.since,
            **{name: [each.as_dict() for each in found[:most]] for name, found in lists.items()},
            "totals": {name: len(found) for name, found in lists.items()},
        }


@dataclass(frozen=True, slots=True)
class EnrichmentPage:
    """What is known of a version, with the relationships of some of its files.

    Attributes:
        analysed_version: Whose analysis has the relationships; None where there is none yet.
        payload: See `onextree.intelligence.payload.EnrichmentPayload`.
        next_cursor: Of the files behind, in the order of paths; None where there are none.
    """

    version: int
    analysed_version: int | None
    payload: dict[str, Any]
    next_cursor: str | None


def unanalysed(found: Related | Impact | Findings | EnrichmentPage) -> str | None:
    """A sentence about an answer that no analysis of its version gave; None of others."""
    if found.analysed_version == found.version:
        return None
    if found.analysed_version is None:
        return f"Version {found.version} has not been analysed yet; it is when it is enriched."
    return (
        f"This is as analysed at version {found.analysed_version}; "
        f"version {found.version} has not been analysed yet."
    )
