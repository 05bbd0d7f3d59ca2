"""How files of a tree belong together, as far as their names tell."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from onextree.scanner.loaded import Contents
from onextree.tree.query.model import Item, Query, QueryType

__all__ = ["relations", "test_pairs"]

_MOST = 20  # of each kind
_TEST_NAMES = (
    re.compile(r"test_(?P<stem>.+)(?P<ending>\.[^.]+)"),
    re.compile(r"(?P<stem>.+)(?:_test|_spec|\.test|\.spec|Tests?|Spec)(?P<ending>\.[^.]+)"),
)
_TESTS_OF = (
    "test_{stem}{ending}",
    "{stem}_test{ending}",
    "{stem}_spec{ending}",
    "{stem}.test{ending}",
    "{stem}.spec{ending}",
    "{stem}Test{ending}",
    "{stem}Tests{ending}",
    "{stem}Spec{ending}",
)


def relations(contents: Contents, item: Item) -> list[dict[str, Any]]:
    """What a file or directory belongs together with; nothing is read for it.

    Returns:
        ``[{type, from, to, basis}]``, paths relative to the root, at most 20 of each type, the
        nearest kinds first: ``test`` from a test to what its name says it tests, ``contains`` from
        a directory to what is in it, ``sibling`` from a file to another of its directory. ``basis``
        is ``name`` or ``directory``: what it was told by.
    """
    path = item.path
    if item.kind == "d":
        within = islice(contents.index.children(path), _MOST)
        return [_relation("contains", path, child.path, "directory") for child in within]
    siblings = (
        child
        for child in contents.index.children(item.directory)
        if child.kind != "d" and child.name != item.name
    )
    return [
        *(_relation("test", test, source, "name") for test, source in test_pairs(contents, item)),
        *(_relation("sibling", path, child.path, "directory") for child in islice(siblings, _MOST)),
    ]


def test_pairs(contents: Contents, item: Item) -> list[tuple[str, str]]:
    """Tests and what their names say they test, with a file as one or the other: at most 20."""
    path = item.path
    tested = ((path, source) for source in _named(contents, _tested_by(item.name)))
    tests = ((test, path) for test in _named(contents, _tests_of(item.name)))
    return [*islice(tested, _MOST), *islice(tests, _MOST)][:_MOST]


def _tested_by(name: str) -> set[str]:
    """Names of files that a file of this name may test."""
    found = (pattern.fullmatch(name) for pattern in _TEST_NAMES)
    return {match["stem"] + match["ending"] for match in found if match}


def _tests_of(name: str) -> set[str]:
    """Names that tests of a file of this name may have."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        return set()
    return {form.format(stem=stem, ending=dot + ending) for form in _TESTS_OF}


def _named(contents: Contents, names: set[str]) -> Iterator[str]:
    index = contents.index
    for name in sorted(names):
        if name in index.names:
            for item in index.query(Query(name, QueryType.NAME, _MOST)).items:
                yield item.path


def _relation(kind: str, source: str, target: str, basis: str) -> dict[str, Any]:
    return {"type": kind, "from": source, "to": target, "basis": basis}
