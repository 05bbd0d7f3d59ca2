"""Names that files use without importing them, since their language looks for them by itself."""

from collections.abc import Mapping
from itertools import islice
from typing import Final

from ast_grep_py import Config, SgNode

from onextree.intelligence.extraction.syntax import LONGEST_NAME, Lines
from onextree.intelligence.facts import Import

__all__ = ["MOST_USES", "first_uses", "uses"]

MOST_USES: Final = 500
"""Names of one file that are kept, those first used; the rest tells little more."""


def uses(first: Mapping[tuple[str, str], int]) -> list[Import]:
    """Imports that say which names are used, and where first.

    Args:
        first: The line by the place that a name would be found in, and the name.

    Returns:
        One for each place and line, in the order of lines.
    """
    found: dict[tuple[int, str], list[str]] = {}
    for (place, name), line in islice(first.items(), MOST_USES):
        found.setdefault((line, place), []).append(name)
    return [
        Import(place, line, names=tuple(names)) for (line, place), names in sorted(found.items())
    ]


def first_uses(
    root: SgNode, rule: Config, package: str, known: set[str], lines: Lines
) -> list[Import]:
    """Uses of names of the own package, and imports of what is written with its package in front.

    Args:
        root: Of the file.
        rule: Finds the names.
        package: The file's own.
        known: Names that mean something else.
        lines: The file's.
    """
    plain: dict[tuple[str, str], int] = {}
    dotted: list[Import] = []
    seen = set(known)
    for node in root.find_all(rule):
        name = node.text().strip("`")
        if name in seen or len(name) > LONGEST_NAME:
            continue
        seen.add(name)
        if "." in name:
            dotted.append(Import(name, lines.of(node)))
        else:
            plain[package, name] = lines.of(node)
    return uses(plain) + dotted[:MOST_USES]
