"""Circles of imports that a version brought, told from those that were there before."""

from collections.abc import Iterable
from typing import NamedTuple

from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.cycles import find_cycles
from onextree.intelligence.quality.bounds import REST
from onextree.intelligence.quality.rules import CIRCULAR_DEPENDENCY
from onextree.store.findings import StoredFinding

__all__ = ["NewCycle", "new_cycles"]


class NewCycle(NamedTuple):
    """A circle that was not there before, or was smaller.

    Attributes:
        finding: It names files and imports to cut, as many as fit.
        files: How many there are.
        files_before: How many of them were on circles before; 0 where it is wholly new.
    """

    finding: StoredFinding
    files: int
    files_before: int


def new_cycles(
    findings: Iterable[StoredFinding], version: int, before: CodeBase, after: CodeBase
) -> list[NewCycle]:
    """What came with a version.

    A finding is known by its circle's first file, and is new where that is another one: so what
    counts are the files. A circle that files have left is not new.

    Args:
        findings: Those of the version.
        before: How files hung together in an earlier version.
        after: The same of this one.
    """
    earlier = _circles(before).values()
    circles = _circles(after)
    found = []
    for finding in findings:
        files = circles.get(finding.path)
        if finding.rule != CIRCULAR_DEPENDENCY.id or finding.subject == REST or files is None:
            continue
        # An import that was of types alone is stored as what it is now, and not when it became so.
        was_of_types = finding.first_seen_version == version and files in earlier
        if was_of_types or not any(files <= circle for circle in earlier):
            known = 0 if was_of_types else sum(len(files & circle) for circle in earlier)
            found.append(NewCycle(finding, len(files), known))
    return found


def _circles(base: CodeBase) -> dict[str, frozenset[str]]:
    """The paths of each circle, by the first of them."""
    circles = ([base.files[number].path for number in cycle.files] for cycle in find_cycles(base))
    return {paths[0]: frozenset(paths) for paths in circles}
