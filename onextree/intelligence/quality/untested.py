"""Source files that no test reaches."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from rustworkx import descendants

from onextree.intelligence.codebase import CodeBase, CodeFile
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.graph.imports import import_graph
from onextree.intelligence.quality.places import (
    is_package_file,
    is_product,
    loading_directories,
    stem,
)
from onextree.intelligence.quality.rules import TEST_GAP
from onextree.intelligence.resolution.directories import directory_of
from onextree.tree.classification.model import Category

__all__ = ["GAP_LANGUAGES", "GAP_LINES", "LARGE_GAP_LINES", "REACHED_SHARE", "untested_files"]

GAP_LINES: Final = 100
"""Shorter files are left out."""

LARGE_GAP_LINES: Final = 400
"""From here on a gap matters more."""

REACHED_SHARE: Final = 0.5
"""Where tests reach less of a language's files, they start the product by other means."""

GAP_LANGUAGES: Final = frozenset({"Python", "JavaScript", "TypeScript", "TSX", "JSX", "Go"})
"""Languages in which tests import what they test, or, in Go, lie beside it."""

_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_TEST_NAME = re.compile(r"tests?_(?P<a>.+)|(?P<b>.+?)[_-](?:tests?|spec)|(?P<c>.+?)(?:Tests?|Spec)")


def untested_files(base: CodeBase, entry_points: Collection[str]) -> Iterator[Finding]:
    """Files of weight that no test imports, be it through others, or is named for.

    Entry points are left out, which tests start rather than import, and all of a language that
    tests reach less than `REACHED_SHARE` of.
    """
    tests = [number for number, file in enumerate(base.files) if file.category == Category.TEST]
    if not tests:
        return
    reached = _reached(base, tests)
    named = _named([base.files[number].path for number in tests])
    beside = {base.files[number].path.rpartition("/")[0] for number in tests}
    known = frozenset(entry_points)
    total: defaultdict[str, int] = defaultdict(int)
    gaps: defaultdict[str, list[CodeFile]] = defaultdict(list)
    for number, file in enumerate(base.files):
        if file.language not in GAP_LANGUAGES or not is_product(file.path, file.category):
            continue
        total[file.language] += 1
        if number in reached or not named.isdisjoint(_test_names(file.path)):
            continue
        if file.language == "Go" and file.path.rpartition("/")[0] in beside:
            continue
        gaps[file.language].append(file)
    for language, files in gaps.items():
        if len(files) <= (1 - REACHED_SHARE) * total[language]:
            yield from (_finding(file, len(tests)) for file in files if _has_weight(file, known))


def _reached(base: CodeBase, tests: Sequence[int]) -> set[int]:
    """Numbers of the files that tests import, be it through others.

    A file that loads modules by name may import any that lies beside it.
    """
    graph = import_graph(base)
    loading = loading_directories(base)
    for number, file in enumerate(base.files) if loading else ():
        loaders = loading.get(directory_of(file.path), ())
        graph.add_edges_from_no_data([(loader, number) for loader in loaders])
    start = graph.add_node(len(base.files))
    graph.add_edges_from_no_data([(start, test) for test in tests])
    return descendants(graph, start)


def _named(tests: Sequence[str]) -> set[str]:
    """What the names of tests say that they are about."""
    matches = (_TEST_NAME.fullmatch(stem(path)) for path in tests)
    return {_plain(match["a"] or match["b"] or match["c"]) for match in matches if match} | {
        _plain(stem(path)) for path in tests if ".test." in path or ".spec." in path
    }


def _test_names(path: str) -> tuple[str, str]:
    """What a test of a file may be named for: the file, or its directory and itself."""
    directory = path.rpartition("/")[0].rpartition("/")[2]
    name = stem(path)
    if is_package_file(path):
        return _plain(directory), _plain(directory)
    return _plain(name), _plain(f"{directory}_{name}")


def _plain(name: str) -> str:
    return name.strip("_").replace("-", "_").lower()


def _has_weight(file: CodeFile, entry_points: frozenset[str]) -> bool:
    return (
        file.lines >= GAP_LINES
        and file.path not in entry_points
        and "main" not in file.marks
        and not file.failure
        and not file.path.endswith(_DECLARATIONS)
    )


def _finding(file: CodeFile, tests: int) -> Finding:
    return TEST_GAP.found(
        file.path,
        f"None of {tests} test files imports it, not even through others, or is named for it.",
        {"lines": file.lines, "tests": tests},
        severity=Severity.MEDIUM if file.lines >= LARGE_GAP_LINES else None,
    )
