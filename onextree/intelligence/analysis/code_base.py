"""The code of a version as a whole, of what is known of each file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

from onextree.intelligence.analysis.known import Known, KnownFile
from onextree.intelligence.codebase import CodeBase, Edge

__all__ = ["code_base"]


def code_base(
    files: Mapping[str, KnownFile], paths: Sequence[str], before: Known | None
) -> CodeBase:
    """Put files together.

    Args:
        files: By path, sorted.
        paths: Every file of the tree, sorted.
        before: Edges of files that are the same are taken from there.
    """
    every = files.values()
    return CodeBase(
        [file.code for file in every],
        list(chain.from_iterable(_edges(files, before))),
        paths,
        Counter(chain.from_iterable(file.linked.external for file in every)),
        [
            (file.code.path, line, target)
            for file in every
            for target, line in map(file.reading.import_at, file.linked.unresolved)
        ],
    )


def _edges(files: Mapping[str, KnownFile], before: Known | None) -> list[Sequence[Edge]]:
    """The edges of each file, sorted."""
    numbers = {path: number for number, path in enumerate(files)}
    found: list[Sequence[Edge]] = []
    known, edges = _known(files, before)
    for number, (path, file) in enumerate(files.items()):
        if known and known[path] is file:
            found.append(edges[number])
        else:
            found.append(
                [
                    Edge(number, numbers[target], line, kind)
                    for target, line, kind in file.links
                    if target in numbers
                ]
            )
    return found


def _known(
    files: Mapping[str, KnownFile], before: Known | None
) -> tuple[Mapping[str, KnownFile], Sequence[Sequence[Edge]]]:
    """Files with their edges, where all have the numbers that they had."""
    if before is None or before.base is None or before.files.keys() != files.keys():
        return {}, []
    return before.files, before.base.imports
