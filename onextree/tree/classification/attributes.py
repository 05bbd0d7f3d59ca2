"""What `.gitattributes` say to linguist: ``linguist-language``, ``-vendored``, and so on.

Git's rules: the file nearest to a path wins, in a file the last line that matches, in a line the
last word. ``attr`` is true, ``-attr`` false, ``attr=value`` a value, and ``!attr`` forgets what
lines that count less say. A macro (``[attr]name words``, in the root's file only) that is set
stands for its words. A pattern without a slash is for names, one with a slash for paths from its
file's directory; one that ends in a slash matches no file.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from onextree.tree.classification.model import Category
from onextree.tree.wildmatch import translate

__all__ = ["Attributes", "Overrides"]

_PREFIX = b"linguist-"
_MACRO = b"[attr]"
_BLANK = b" \t\r\n"
_LINE_LIMIT = 2048
_REMEMBERED = 1 << 14
_NAME = re.compile(rb"[A-Za-z0-9_.][-A-Za-z0-9_.]*")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*)"')
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2}|.)", re.DOTALL)
_LETTERS = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))

_Value = bool | bytes | None
_Words = tuple[tuple[bytes, _Value], ...]


class Overrides(NamedTuple):
    """What attributes say of a file; None where they say nothing."""

    language: str | None = None
    vendored: bool | None = None
    generated: bool | None = None
    documentation: bool | None = None
    detectable: bool | None = None

    @property
    def category(self) -> Category | None:
        """The category they give."""
        for category, told in self._told():
            if told:
                return category
        return None

    @property
    def denied(self) -> frozenset[Category]:
        """The categories they take away."""
        return frozenset(category for category, told in self._told() if told is False)

    def _told(self) -> Iterator[tuple[Category, bool | None]]:
        yield Category.VENDORED, self.vendored
        yield Category.GENERATED, self.generated
        yield Category.DOCUMENTATION, self.documentation


class _Rule(NamedTuple):
    """A line.

    Attributes:
        pattern: For the name, or for the path from `base` on.
        base: Length of the directory's path with its slash; -1 for a pattern for names.
        words: Attributes and their values, the last one first.
    """

    pattern: re.Pattern[bytes]
    base: int
    words: _Words


class Attributes:
    """The linguist attributes of a tree."""

    def __init__(self, rules: Mapping[bytes, tuple[_Rule, ...]], macros: Mapping[bytes, _Words]):
        self._rules = rules
        self._macros = macros
        self._chains: dict[bytes, tuple[_Rule, ...]] = {}
        self._by_name: dict[tuple[tuple[_Rule, ...], bytes], Overrides | None] = {}

    @classmethod
    def from_files(cls, files: Mapping[bytes, bytes]) -> "Attributes":
        """Attributes of a tree.

        Args:
            files: Content of each `.gitattributes` by the path of its directory.
        """
        if not any(_PREFIX in content for content in files.values()):
            return cls({}, {})
        macros: dict[bytes, _Words] = {}
        lines: dict[bytes, list[tuple[bytes, _Words]]] = {}
        for directory, content in files.items():
            for pattern, words in _lines(content):
                if pattern.startswith(_MACRO) and len(pattern) > len(_MACRO):
                    name = pattern[len(_MACRO) :]
                    if not directory and _is_attribute(name):
                        macros[name] = words
                else:
                    lines.setdefault(directory, []).append((pattern, words))
        relevant = _relevant(macros)
        rules: dict[bytes, tuple[_Rule, ...]] = {}
        for directory, listed in lines.items():
            made = [
                _rule(directory, pattern, words)
                for pattern, words in reversed(listed)
                if any(_matters(word, relevant) for word, _ in words)
            ]
            rules[directory] = tuple(rule for rule in made if rule)
        return cls({place: found for place, found in rules.items() if found}, macros)

    def __bool__(self) -> bool:
        """Whether any rule can match."""
        return bool(self._rules)

    def overrides(self, directory: bytes, name: bytes) -> Overrides | None:
        """What the attributes say of a file; None if nothing."""
        if not self._rules:
            return None
        chain = self._chains.get(directory)
        if chain is None:
            chain = self._chain(directory)
            if len(self._chains) >= _REMEMBERED:
                self._chains.clear()
            self._chains[directory] = chain
        return self._match(chain, directory, name) if chain else None

    def _chain(self, directory: bytes) -> tuple[_Rule, ...]:
        """The rules that count for a directory, the one that counts most first."""
        found: list[_Rule] = []
        while True:
            found.extend(self._rules.get(directory, ()))
            if not directory:
                return tuple(found)
            directory = directory.rpartition(b"/")[0]

    def _match(self, chain: tuple[_Rule, ...], directory: bytes, name: bytes) -> Overrides | None:
        path = directory + b"/" + name if directory else name
        values: dict[bytes, _Value] = {}
        for pattern, base, words in chain:
            if pattern.fullmatch(name if base < 0 else path[base:]):
                self._fill(values, words)
        return _overrides(values)

    def _fill(self, values: dict[bytes, _Value], words: _Words) -> None:
        for word, value in words:
            if word not in values:
                values[word] = value
                if value is True and word in self._macros:
                    self._fill(values, self._macros[word])


def _overrides(values: Mapping[bytes, _Value]) -> Overrides | None:
    told = {
        key: value != b"false" and value is not False
        for key in ("vendored", "generated", "documentation", "detectable")
        if (value := values.get(_PREFIX + key.encode())) is not None
    }
    language = values.get(_PREFIX + b"language")
    text = language.decode("utf-8", "replace") if isinstance(language, bytes) else None
    return Overrides(language=text or None, **told) if told or text else None


def _matters(word: bytes, relevant: Iterable[bytes]) -> bool:
    return word.startswith(_PREFIX) or word in relevant


def _relevant(macros: Mapping[bytes, _Words]) -> frozenset[bytes]:
    """Macros that stand for a linguist attribute, or for one that does."""
    found: frozenset[bytes] = frozenset()
    while True:
        more = frozenset(
            name
            for name, words in macros.items()
            if any(_matters(word, found) for word, _ in words)
        )
        if more == found:
            return found
        found = more


def _rule(directory: bytes, pattern: bytes, words: _Words) -> _Rule | None:
    if pattern.startswith(b"!") or pattern.endswith(b"/"):
        return None
    if b"/" not in pattern:
        return _Rule(translate(pattern), -1, words)
    base = len(directory) + 1 if directory else 0
    return _Rule(translate(pattern.removeprefix(b"/")), base, words)


def _lines(content: bytes) -> Iterator[tuple[bytes, _Words]]:
    """Patterns and their words; lines that git ignores are left out."""
    for line in content.removeprefix(codecs.BOM_UTF8).split(b"\n"):
        if len(line) >= _LINE_LIMIT:
            continue
        line = line.strip(_BLANK)
        if not line or line.startswith(b"#"):
            continue
        quoted = _QUOTED.match(line)
        if quoted:
            pattern = _ESCAPE.sub(_unescape, quoted.group(1))
            rest = line[quoted.end() :]
        else:
            pattern, *following = line.split(None, 1)
            rest = following[0] if following else b""
        words = _words(rest)
        if words is not None:
            yield pattern, words


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    if len(code) == 3:
        return bytes([int(code, 8)])
    return bytes([_LETTERS.get(code[0], code[0])])


def _words(text: bytes) -> _Words | None:
    """Attributes and values, the last one first; None if one is malformed."""
    found: list[tuple[bytes, _Value]] = []
    for word in text.split():
        name, equals, value = word.partition(b"=")
        mark = name[:1] if name[:1] in (b"-", b"!") else b""
        name = name[len(mark) :]
        if not _is_attribute(name):
            return None
        told: _Value = {b"-": False, b"!": None}.get(mark, value if equals else True)
        found.append((name, told))
    return tuple(reversed(found))


def _is_attribute(name: bytes) -> bool:
    return bool(_NAME.fullmatch(name)) and not name.startswith(b"builtin_")
