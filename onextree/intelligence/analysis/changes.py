"""What an analysis changes of what is stored."""

from collections.abc import Iterable, Mapping

from onextree.intelligence.analysis.analysis import Analysis
from onextree.intelligence.analysis.known import Known, KnownFile
from onextree.intelligence.findings import Finding
from onextree.intelligence.quality.project_rules import counts
from onextree.store.findings import FindingChanges, FindingRow
from onextree.store.relationships import Links, RelationshipChanges

__all__ = ["Rows", "all_rows", "changes_since"]

Rows = tuple[RelationshipChanges, FindingChanges]
"""What is to be stored."""


def changes_since(before: Known, analysis: Analysis) -> Rows:
    """What differs from the analysis before, of which the stored rows are."""
    earlier, later = before.files, analysis.known.files
    old: dict[str, KnownFile] = {}
    new: dict[str, KnownFile] = {}
    for path, file in later.items():
        known = earlier.get(path)
        if known is None:
            new[path] = file
        elif known is not file:
            old[path], new[path] = known, file
    if len(old) + len(later) - len(new) != len(earlier):
        old.update((path, file) for path, file in earlier.items() if path not in later)
    links = RelationshipChanges.between(_links(old), _links(new))
    if before.is_onex != analysis.known.is_onex:  # other rules count in every file
        old, new = dict(earlier), dict(later)
    return links, FindingChanges.between(_findings(old, before), _findings(new, analysis.known))


def all_rows(analysis: Analysis) -> tuple[Links, dict[bytes, FindingRow]]:
    """All that an analysis has found."""
    return _links(analysis.known.files), _rows(analysis.findings)


def _links(files: Mapping[str, KnownFile]) -> Links:
    return {
        (path, target): (line, kind)
        for path, file in files.items()
        for target, line, kind in file.links
    }


def _findings(files: Mapping[str, KnownFile], known: Known) -> dict[bytes, FindingRow]:
    """Findings of these files and of the project, as rows."""
    of_files = (Finding._make(row) for file in files.values() for row in file.reading.findings)
    counted = [finding for finding in of_files if counts(finding, known.is_onex)]
    return _rows([*counted, *known.findings])


def _rows(findings: Iterable[Finding]) -> dict[bytes, FindingRow]:
    rows: dict[bytes, FindingRow] = {}
    for found in findings:
        key = bytes.fromhex(found.key)
        rows[key] = FindingRow(key, *found)
    return rows
