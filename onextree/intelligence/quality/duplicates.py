"""Files that are copies of each other."""

from collections.abc import Iterator
from typing import Final

from onextree.intelligence.codebase import CodeBase, CodeFile
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.quality.bounds import brief, fitting
from onextree.intelligence.quality.places import is_package_file, is_product
from onextree.intelligence.quality.rules import DUPLICATE

__all__ = ["DUPLICATE_BYTES", "DUPLICATE_LINES", "LARGE_DUPLICATE_LINES", "duplicates"]

DUPLICATE_LINES: Final = 30
DUPLICATE_BYTES: Final = 1_000
"""Shorter copies cost little."""

LARGE_DUPLICATE_LINES: Final = 200
"""From here on a copy matters more."""


def duplicates(base: CodeBase) -> Iterator[Finding]:
    """A finding for each content that several files of the product have.

    It is told by its first file. Packages' own files, fixtures, examples, migrations and the like
    are left out.
    """
    copies: dict[bytes, list[CodeFile]] = {}
    for file in base.files:
        if file.size >= DUPLICATE_BYTES and file.lines >= DUPLICATE_LINES:
            copies.setdefault(file.digest, []).append(file)
    for files in copies.values():
        if len(files) > 1:
            ours = [
                each
                for each in files
                if is_product(each.path, each.category) and not is_package_file(each.path)
            ]
            if len(ours) > 1:
                yield _finding([each.path for each in ours], ours[0])


def _finding(paths: list[str], first: CodeFile) -> Finding:
    others = brief(paths[1]) if len(paths) == 2 else f"{len(paths) - 1} other files"
    return DUPLICATE.found(
        first.path,
        f"{others} {'has' if len(paths) == 2 else 'have'} the same {first.lines} lines.",
        {
            "copies": len(paths),
            "lines": first.lines,
            "size": first.size,
            "files": fitting(paths),
        },
        severity=Severity.MEDIUM if first.lines >= LARGE_DUPLICATE_LINES else None,
    )
