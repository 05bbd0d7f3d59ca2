"""The class of every file of a tree."""

from collections.abc import Container
from dataclasses import dataclass, field
from functools import cache, lru_cache

from onextree.tree.classification import rules
from onextree.tree.classification.attributes import Attributes, Overrides
from onextree.tree.classification.languages import (
    BINARY_LIMIT,
    NEAR,
    Answer,
    Languages,
    NoLanguages,
)
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.classification.rules import Verdict
from onextree.tree.model import Kind

__all__ = ["Classifier", "shared_classifier"]

_REMEMBERED = 1 << 16
_BINARY = (Category.BINARY, "nul-byte")
_NO_LANGUAGE = Answer(None, "fallback")
# Looked up once: an enumeration's attributes and hashes are slow.
_FILE, _EXECUTABLE = Kind.FILE, Kind.EXECUTABLE
_NOTHING: frozenset[Category] = frozenset()
_REPOSITORIES = {
    Kind.SUBMODULE: FileClass(None, Category.VENDORED, "submodule"),
    Kind.REPOSITORY: FileClass(None, Category.VENDORED, "repository"),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """What a directory says of its files: before and after their names and contents."""

    first: Verdict | None
    later: Verdict | None


@dataclass(frozen=True, slots=True, eq=False)
class _Name:
    """What a name says of its file: before and after content and directory.

    Attributes:
        minifiable: Whether a file of that name can be minified.
        usual: The class by place of files whose content says nothing else.
        binary: The class by place of binary files.
    """

    first: Verdict | None
    later: Verdict | None
    answer: Answer
    last: Verdict
    minifiable: bool
    usual: dict[_Place, FileClass] = field(default_factory=dict)
    binary: dict[_Place, FileClass] = field(default_factory=dict)


@cache
def _languages() -> Languages:
    """One of a process: what it remembers holds for every tree."""
    try:
        return Languages()
    except ImportError:
        return NoLanguages()


@lru_cache(maxsize=8)
def shared_classifier(files: tuple[tuple[bytes, bytes], ...]) -> "Classifier":
    """The classifier for a tree with these `.gitattributes` (directory and content of each)."""
    return Classifier(Attributes.from_files(dict(files)) if files else None)


class Classifier:
    """Classifies files one by one, whatever their order; the same file always gets the same class.

    What directories and names tell is remembered. Equal results are one object.

    Args:
        attributes: The tree's `.gitattributes`, if it has any.
    """

    def __init__(self, attributes: Attributes | None = None) -> None:
        self._attributes = attributes
        self._languages = _languages()
        self._places: dict[bytes, _Place] = {}
        self._names: dict[bytes, _Name] = {}
        self._shared_places: dict[object, _Place] = {}
        self._shared_names: dict[object, _Name] = {}
        self._classes: dict[FileClass, FileClass] = {}

    def classify(
        self, directory: bytes, name: bytes, kind: Kind, head: bytes | None, size: int
    ) -> FileClass:
        """The class of a file. Never fails, whatever the bytes are.

        Args:
            directory: Relative to the root.
            name: Of the file.
            kind: A symlink is classified by its name and directory and has no language; a
                submodule or nested repository is vendored.
            head: The first `languages.HEAD_LIMIT` bytes of its content; None if unreadable.
            size: Bytes of the whole content.
        """
        place = self._places.get(directory) or self._place(directory)
        named = self._names.get(name) or self._name(name)
        overrides = self._attributes.overrides(directory, name) if self._attributes else None
        answer = named.answer
        if kind is not _FILE and kind is not _EXECUTABLE:
            if kind in _REPOSITORIES:
                return _REPOSITORIES[kind]
            category, _ = _decide(place, named, None, answer, name=name, denied=_NOTHING)
            return self._class(None, category, "symlink")
        content: Verdict | None = None
        usual = named.usual
        head = head or b""
        find = head.find
        if find(0, 0, BINARY_LIMIT) >= 0:
            answer, content, usual = _NO_LANGUAGE, _BINARY, named.binary
        else:
            if (
                ((answer.ambiguous or answer.words) and answer.is_doubtful(head))
                or head[:2] == b"#!"
                or find(b"-*-", 0, NEAR) >= 0
                or find(b"vim:", 0, NEAR) >= 0
            ):
                answer = self._languages.of_content(name, answer, head)
            if place.first is None and (
                named.minifiable
                or find(b"enerated", 0, rules.START) >= 0
                or find(b"ENERATED", 0, NEAR) >= 0
            ):
                content = rules.generated_content(self._languages, name, head, size)
        if overrides is not None:
            return self._overridden(place, named, content, answer, name=name, overrides=overrides)
        if content is not _BINARY and (content is not None or answer is not named.answer):
            decided = _decide(place, named, content, answer, name=name, denied=_NOTHING)
            return self._class(answer.language, *decided)
        found = usual.get(place)
        if found is None:
            decided = _decide(place, named, content, answer, name=name, denied=_NOTHING)
            found = usual[place] = self._class(answer.language, *decided)
        return found

    def _overridden(
        self,
        place: _Place,
        named: _Name,
        content: Verdict | None,
        answer: Answer,
        *,
        name: bytes,
        overrides: Overrides,
    ) -> FileClass:
        if overrides.language:
            answer = self._languages.by_alias(overrides.language) or answer
        told = overrides.category
        if told:
            return self._class(answer.language, told, "gitattributes")
        decided = _decide(place, named, content, answer, name=name, denied=overrides.denied)
        return self._class(answer.language, *decided)

    def _class(self, language: str | None, category: Category, rule: str) -> FileClass:
        made = FileClass(language, category, rule)
        return self._classes.setdefault(made, made)

    def _place(self, directory: bytes) -> _Place:
        if len(self._places) >= _REMEMBERED:
            self._places.clear()
        place = self._known(None, None)
        end = -1
        while end < len(directory):
            end = directory.find(b"/", end + 1)
            end = len(directory) if end < 0 else end
            path = directory[:end]
            known = self._places.get(path)
            if known is None:
                first = place.first or rules.by_place(self._languages, path)
                later = place.later or rules.by_directory(self._languages, path)
                known = self._places[path] = self._known(first, later)
            place = known
        return place

    def _known(self, first: Verdict | None, later: Verdict | None) -> _Place:
        key = (first, later)
        return self._shared_places.get(key) or self._shared_places.setdefault(key, _Place(*key))

    def _name(self, name: bytes) -> _Name:
        answer = self._languages.of_name(name)
        first = rules.by_name(self._languages, name)
        later = rules.late_by_name(name, answer)
        last = rules.by_language(answer, name)
        if len(self._names) >= _REMEMBERED:
            self._names.clear()
        key = (first, later, answer, last, name.endswith(rules.MINIFIABLE))
        named = self._shared_names.get(key) or self._shared_names.setdefault(key, _Name(*key))
        self._names[name] = named
        return named


def _decide(
    place: _Place,
    named: _Name,
    content: Verdict | None,
    answer: Answer,
    *,
    name: bytes,
    denied: Container[Category],
) -> Verdict:
    """The first verdict whose category is not denied, in the order that `rules` tells."""
    for verdict in (place.first, named.first, content, place.later, named.later):
        if verdict and verdict[0] not in denied:
            return verdict
    return named.last if answer is named.answer else rules.by_language(answer, name)
