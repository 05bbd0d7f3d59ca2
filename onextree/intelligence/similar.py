"""Files that are most like a file: what to look at before writing another of its kind.

How alike two files of the same language and category are is the sum of four parts, each between 0
and 1, by these weights:

======  =====================================================================================
weight  part
======  =====================================================================================
3       words that their names share, of all words in both (Jaccard): ``user_repo.py`` and
        ``order_repo.py`` share one of three; names such as ``index`` say nothing
2       files that both import (cosine)
2       files that import both (cosine)
1       directories that their paths share from the root on, of the deeper one's
======  =====================================================================================

Directories alone make no two files alike. The work is bounded, however large the project is: files
are compared that lie near each other in the order of paths, or share what few files share.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from heapq import nsmallest
from math import sqrt
from typing import Final

from onextree.intelligence.codebase import CodeBase

__all__ = ["similar_files"]

_NAMES: Final = 3.0
_IMPORTS: Final = 2.0
_IMPORTERS: Final = 2.0
_DIRECTORIES: Final = 1.0

_NEAR: Final = 256
"""Files looked at on each side in the order of paths."""
_SHARED: Final = 200
"""Imports or importers looked at, the first of them."""
_COMMON: Final = 500
"""What is shared by more files than this tells nothing of one."""

_REMEMBERED: Final = 4_096  # paths, as files that are looked at one after the other lie near

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_PLAIN: Final = frozenset(["__init__", "__main__", "index", "main", "mod", "lib", "types", "utils"])

Neighbours = Callable[[int], Sequence[int]]


def similar_files(base: CodeBase, number: int, most: int = 10) -> list[int]:
    """Numbers of the files that are most like a file, the most alike first.

    Args:
        number: The file's, in `CodeBase.files`.
        most: How many at most.
    """

    def imports(file: int) -> list[int]:
        return [edge.target for edge in base.imports[file]]

    def importers(file: int) -> list[int]:
        return [edge.source for edge in base.imported_by[file]]

    own = base.files[number]
    near = range(max(0, number - _NEAR), min(len(base.files), number + _NEAR + 1))
    likeness: defaultdict[int, float] = defaultdict(float)
    _add(likeness, _IMPORTS, _sharing(number, imports, importers))
    _add(likeness, _IMPORTERS, _sharing(number, importers, imports))
    words = _words(own.path)
    alike = []
    for other in {*near, *likeness}:
        file = base.files[other]
        if other == number or (file.language, file.category) != (own.language, own.category):
            continue
        theirs = _words(file.path)
        score = likeness.get(other, 0.0)
        if shared := len(words & theirs):
            score += _NAMES * shared / (len(words) + len(theirs) - shared)
        if score:
            alike.append((-score - _DIRECTORIES * _nearness(own.path, file.path), other))
    return [other for _, other in nsmallest(most, alike)]


def _add(likeness: dict[int, float], weight: float, part: dict[int, float]) -> None:
    for other, share in part.items():
        likeness[other] = likeness.get(other, 0.0) + weight * share


def _sharing(number: int, forth: Neighbours, back: Neighbours) -> dict[int, float]:
    """How much of what one direction leads to is shared by each other file that shares some."""
    shared: Counter[int] = Counter()
    between = forth(number)
    for middle in between[:_SHARED]:
        others = back(middle)
        if len(others) <= _COMMON:
            shared.update(others)
    return {
        other: count / sqrt(len(between) * len(forth(other))) for other, count in shared.items()
    }


@lru_cache(_REMEMBERED)
def _words(path: str) -> frozenset[str]:
    """``user`` and ``service`` of ``a/UserService.java``."""
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    return frozenset() if stem in _PLAIN else frozenset(map(str.lower, _WORD.findall(stem)))


def _nearness(path: str, other: str) -> float:
    mine, theirs = _directories(path), _directories(other)
    shared = 0
    for here, there in zip(mine, theirs, strict=False):
        if here != there:
            break
        shared += 1
    return shared / max(len(mine), len(theirs)) if mine or theirs else 1.0


@lru_cache(_REMEMBERED)
def _directories(path: str) -> list[str]:
    return path.split("/")[:-1]
