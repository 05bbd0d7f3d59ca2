"""The paths of a tree in short: enough to tell for which languages others are there now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from blake3 import blake3

from onextree.intelligence.extraction.languages import FAMILIES, language_of

__all__ = ["OTHERS", "changed_families", "digest_paths"]

OTHERS: Final = ""
"""In the place of a family: paths that name no language."""

# Where files of these names lie, imports of the family begin.
_ALSO = {".cfg": "python", ".toml": "python"}


def digest_paths(paths: Iterable[str]) -> dict[str, bytes]:
    """A digest of the paths of each family of languages, whether they are code or not.

    Args:
        paths: In an order that depends on nothing but them.
    """
    by_ending: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_ending[path[path.rfind(".") :]].append(path)
    by_family: defaultdict[str, list[str]] = defaultdict(list)
    for ending, same in sorted(by_ending.items()):
        by_family[_family(ending)] += same
    return {
        family: blake3("\0".join(named).encode()).digest() for family, named in by_family.items()
    }


def changed_families(before: Mapping[str, bytes], now: Mapping[str, bytes]) -> Collection[str]:
    """Families of which other paths are there, `OTHERS` for paths of none."""
    return {
        family for family in before.keys() | now.keys() if before.get(family) != now.get(family)
    }


def _family(ending: str) -> str:
    language = language_of(ending, None)
    return FAMILIES[language] if language else _ALSO.get(ending, OTHERS)
