"""Searching a tree by words: names, paths, purposes, languages and patterns."""

import heapq
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

from onextree.errors import InvalidQuery
from onextree.scanner.loaded import Contents, LoadedTree, directory_item, is_directory, parent_of
from onextree.tree.classification.model import FileClass
from onextree.tree.query.model import DEFAULT_LIMIT, MAX_PATTERN, Item, check_limit
from onextree.tree.structure import ascii_lower, file_extension

__all__ = ["DEFAULT_DEPTH", "Filters", "Match", "query_knowledge", "search", "words_of"]

DEFAULT_DEPTH = 3
_DEEPEST = 1_000
_MOST_WORDS = 20
_MOST_PATTERNS = 20
_WORD = re.compile(r"[a-z0-9]+|[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COMMON_WORDS = (
    "a an all and any are as at be by can do does for from how i in is it its me my of on or that "
    "the there this to we what when where which who why with"
)
_COMMON = frozenset(_COMMON_WORDS.split())

# How well a word fits, by what it was found in.
_WHOLE_NAME, _PART_OF_NAME, _IN_NAME, _IN_DIRECTORY, _IN_CLASS = 1.0, 0.8, 0.6, 0.4, 0.3


@dataclass(frozen=True, slots=True)
class Filters:
    """What results have to be; empty for anything.

    Attributes:
        extension: In lower case and without their dots.
        type: ``file`` or ``directory``.
        under: Directories, one of which lies above.
    """

    extension: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()
    category: frozenset[str] = frozenset()
    type: frozenset[str] = frozenset()
    under: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, given: Mapping[str, Any] | None) -> "Filters":
        """Of ``{extension, language, category, type, under}``, each a text or a list of texts.

        Raises:
            InvalidQuery: Another filter, or another value.
        """
        known = [field.name for field in fields(cls)]
        parsed: dict[str, frozenset[str]] = {}
        for name, value in (given or {}).items():
            if name not in known:
                raise InvalidQuery(f"There is no filter {name!r}; take {', '.join(known)}.")
            values = [value] if isinstance(value, str) else value
            if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
                raise InvalidQuery(f"The filter {name!r} takes a text or a list of texts.")
            parsed[name] = frozenset(_cleaned(name, each) for each in values)
        return cls(**parsed)

    def passes(self, item: Item) -> bool:
        """Whether an item is one of those that are wanted."""
        found = item.file_class
        return (
            (not self.type or ("directory" if is_directory(item) else "file") in self.type)
            and (not self.extension or (file_extension(item.name) or "") in self.extension)
            and (not self.language or (found and (found.language or "").lower()) in self.language)
            and (not self.category or (found and found.category.value) in self.category)
            and (not self.under or _is_under(item.directory, self.under))
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A file or directory that was found.

    Attributes:
        score: 0 to 1: how well the words fit, on the average of all of them.
        matched: Of the words, those that fit.
    """

    item: Item
    score: float
    matched: Sequence[str]


def query_knowledge(
    tree: LoadedTree,
    query: str,
    *,
    max_depth: int = DEFAULT_DEPTH,
    filters: Mapping[str, Any] | None = None,
    limit: int = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """What a tree knows of a question.

    Args:
        query: Words; the most common English ones are passed over.
        max_depth: How many directories above each result are told, 0 to 1,000.
        filters: See `Filters.parse`.

    Returns:
        ``{results, paths, patterns, words}``. A result is a node (as `LoadedTree.node` has it) with
        ``score`` and ``matched_words``, the best first. ``paths`` has a list for each result: its
        path and those of the directories above, from below upwards. A pattern is ``{name,
        confidence, description, affected_files}``, where its name or description has one of the
        words.

    Raises:
        InvalidQuery: No such filter, a limit or depth out of range, or too long a query.
    """
    check_limit(limit)
    if not 0 <= max_depth <= _DEEPEST:
        raise InvalidQuery(f"A depth lies between 0 and {_DEEPEST}; this one is {max_depth}.")
    wanted = Filters.parse(filters)
    words = words_of(query)
    found = search(tree.contents, words, filters=wanted, limit=limit)
    return {
        "results": [
            {
                **tree.node(match.item),
                "score": round(match.score, 3),
                "matched_words": match.matched,
            }
            for match in found
        ],
        "paths": [list(islice(_upwards(match.item.path), max_depth + 1)) for match in found],
        "patterns": _patterns(tree.contents, words),
        "words": words,
    }


def words_of(text: str) -> list[str]:
    """The words of a question or path that say something, in lower case, each once.

    Raises:
        InvalidQuery: The text is too long.
    """
    if len(text) > MAX_PATTERN:
        raise InvalidQuery(f"A question has {MAX_PATTERN:,} characters at most.")
    every = dict.fromkeys(_words_in(text))
    telling = [word for word in every if word not in _COMMON and (len(word) > 1 or word.isdigit())]
    return telling[:_MOST_WORDS]


def search(
    contents: Contents,
    words: Sequence[str],
    *,
    filters: Filters | None = None,
    limit: int = DEFAULT_LIMIT,
) -> list[Match]:
    """Files and directories that fit at least one of the words, the best first."""
    wanted = filters or Filters()
    found = ((sum(fits), item, fits) for item, fits in _fitting(contents, words))
    best = heapq.nsmallest(
        limit,
        ((total, item, fits) for total, item, fits in found if total and wanted.passes(item)),
        key=lambda each: (-each[0], each[1].directory, each[1].name),
    )
    return [
        Match(
            item,
            total / len(words),
            [word for word, fit in zip(words, fits, strict=True) if fit],
        )
        for total, item, fits in best
    ]


def _fitting(contents: Contents, words: Sequence[str]) -> Iterator[tuple[Item, Sequence[float]]]:
    """Everything in a tree but its root, and how well each word fits it."""
    if not words:
        return
    purposes = contents.purposes
    for path in contents.directories[1:]:
        item = directory_item(path)
        above = _around(words, item.directory, purposes[path])
        yield item, [_fit(word, item.name, fit) for word, fit in above]
    directory, known = None, dict[FileClass | None, Sequence[tuple[str, float]]]()
    for item in contents.index:
        if item.directory != directory:
            directory = item.directory
            known.clear()
        around = known.get(item.file_class)
        if around is None:
            around = known[item.file_class] = _around(words, directory, _told(item.file_class))
        yield item, [_fit(word, item.name, fit) for word, fit in around]


def _around(words: Sequence[str], directory: str, told: str) -> list[tuple[str, float]]:
    """How well each word fits what is the same for many names."""
    lowered, classes = directory.lower(), told.lower().split()
    return [
        (word, _IN_DIRECTORY if word in lowered else _IN_CLASS if word in classes else 0.0)
        for word in words
    ]


def _told(file_class: FileClass | None) -> str:
    return f"{file_class.language or ''} {file_class.category.value}" if file_class else ""


def _fit(word: str, name: str, otherwise: float) -> float:
    lowered = name.lower()
    if word not in lowered:
        return otherwise
    if word in (lowered, lowered.rpartition(".")[0]):
        return _WHOLE_NAME
    return _PART_OF_NAME if word in _words_in(name) else _IN_NAME


def _words_in(text: str) -> list[str]:
    return _WORD.findall(_CAMEL.sub(" ", text).lower())


def _patterns(contents: Contents, words: Collection[str]) -> list[dict[str, Any]]:
    found = []
    for pattern in contents.described["architectural_patterns"]:
        told = set(_WORD.findall(f"{pattern['name']} {pattern['description']}".lower()))
        if not told.isdisjoint(words):
            found.append({name: pattern[name] for name in pattern if name != "rule"})
    return found[:_MOST_PATTERNS]


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = parent_of(path)
    yield ""


def _is_under(directory: str, above: frozenset[str]) -> bool:
    return not above.isdisjoint(_upwards(directory))


def _cleaned(name: str, value: str) -> str:
    match name:
        case "extension":
            return ascii_lower(value.lstrip("."))
        case "under":
            path = value.removeprefix("./").rstrip("/")
            return "" if path == "." else path
        case _:
            return value.lower()
