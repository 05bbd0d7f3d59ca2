"""Where includes of C and C++ lead: to the project's headers, as its compiler would find them.

Quotes look beside the file first. Then come include roots: what ``CMakeLists.txt`` names, the
project's root, and directories called ``include`` or ``src``; then any directory that the path
exists below, since builds that cannot be read name theirs too. Of several the nearest to the
including file counts, of equally near ones the first.
"""

import re
from collections.abc import Iterator
from typing import Final

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.directories import (
    ancestors,
    directory_of,
    join,
    shared,
)
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved, Resolver

__all__ = ["CONFIGS", "LANGUAGES", "make_resolver"]

LANGUAGES: Final = frozenset({"C", "C++"})
CONFIGS: Final = ("CMakeLists.txt",)

_PUBLIC, _PRIVATE = "include", "src"
# Headers of C and POSIX, which a project's own of the same name, elsewhere in it, do not replace.
_SYSTEM = re.compile(
    r"""(?x)(?:
    aio|assert|complex|cpio|ctype|dirent|dlfcn|errno|fcntl|fenv|float|fmtmsg|fnmatch|ftw|glob|grp
    |iconv|inttypes|iso646|langinfo|libgen|limits|locale|malloc|math|memory|monetary|mqueue|ndbm
    |netdb|nl_types|poll|pthread|pwd|regex|sched|search|semaphore|setjmp|signal|spawn|stdalign
    |stdarg|stdatomic|stdbit|stdbool|stdckdint|stddef|stdint|stdio|stdlib|stdnoreturn|string
    |strings|stropts|syslog|tar|termios|tgmath|threads|time|trace|uchar|ulimit|unistd|utime|utmpx
    |wchar|wctype|windows|wordexp)\.h"""
)
_SYSTEM_DIRECTORIES = {"arpa", "asm", "bits", "linux", "net", "netinet", "sys"}
_INCLUDED = re.compile(r"(?i)\b(?:target_)?include_directories\s*\(([^()]*)\)")
_WORD = re.compile(r'"[^"]*"|[^\s"]+')
_HERE = re.compile(r"\$\{(?:CMAKE_CURRENT_(?:SOURCE|LIST)_DIR)\}/?")
_TOP = re.compile(r"\$\{(?:CMAKE|PROJECT|\w+)_SOURCE_DIR\}/?")
_COMMENT = re.compile(r"#[^\n]*")


def make_resolver(project: Project) -> Resolver:
    """A resolver of a project's C and C++ files."""
    return _IncludeResolver(project)


class _IncludeResolver:
    def __init__(self, project: Project):
        self._files = project.files
        named = {"", *_cmake_roots(project)}
        self._public = named | _called(project, _PUBLIC)
        self._roots = self._public | _called(project, _PRIVATE)
        self._by_name: dict[str, list[str]] = {}
        for path in project.paths:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        self._first_names = {
            place.rpartition("/")[2]
            for place in project.directories
            if place and directory_of(place) in self._roots
        }
        self._remembered: dict[tuple[str, str], Resolved] = {}

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """Where an include leads: to one file, or to what is installed, by its first name."""
        directory = directory_of(path)
        key = (directory, found.target)
        if key not in self._remembered:
            self._remembered[key] = self._resolve(directory, found.target)
        return self._remembered[key]

    def _resolve(self, directory: str, target: str) -> Resolved:
        quoted = not target.startswith("<")
        target = target.strip("<>").strip()
        beside = join(directory, target) if quoted else None
        if beside in self._files and beside is not None:
            return Resolved((beside,))
        file = self._below_a_root(directory, target)
        if file:
            return Resolved((file,))
        first, slash, _ = target.partition("/")
        if _is_systems(target):
            return Resolved(external=_without_ending(first))
        own = first in self._first_names if slash else quoted
        if own or first in ("", ".", ".."):
            return UNRESOLVED
        return Resolved(external=_without_ending(first))

    def _below_a_root(self, directory: str, target: str) -> str | None:
        """The nearest file of that path below a root, or else below any directory.

        One called as the system's is meant only where it surely comes before that.
        """
        is_systems = _is_systems(target)
        roots = self._public if is_systems else self._roots
        near: list[tuple[bool, int, str]] = []
        for path in self._by_name.get(target.rpartition("/")[2], ()):
            root = path.removesuffix(target)
            if len(root) < len(path) and (not root or root.endswith("/")):
                root = root.rstrip("/")
                is_root = root in roots
                if is_root or not is_systems:
                    near.append((not is_root, _distance(directory, root), path))
        return min(near)[2] if near else None


def _distance(one: str, other: str) -> int:
    """Steps up and down from a directory to another."""
    ours, theirs = one.split("/") if one else [], other.split("/") if other else []
    return len(ours) + len(theirs) - 2 * shared(ours, theirs)


def _is_systems(target: str) -> bool:
    """Whether C, C++ or POSIX has a header of that name."""
    first, slash, _ = target.partition("/")
    if slash:
        return first in _SYSTEM_DIRECTORIES
    # Headers of C++ have no ending.
    return "." not in target or _SYSTEM.fullmatch(target) is not None


def _without_ending(name: str) -> str:
    return name.rpartition(".")[0] or name


def _called(project: Project, name: str) -> set[str]:
    """Directories of a name."""
    return {place for place in project.directories if place.rpartition("/")[2] == name}


def _cmake_roots(project: Project) -> Iterator[str]:
    """Directories of the project that ``include_directories`` and its like name."""
    texts = {
        directory_of(path): _COMMENT.sub("", content.decode("utf-8", "replace"))
        for path, content in project.configs.items()
        if path.rpartition("/")[2] in CONFIGS
    }
    tops = {place for place, text in texts.items() if re.search(r"(?i)\bproject\s*\(", text)}
    for place, text in texts.items():
        for words in _INCLUDED.findall(text):
            for word in _WORD.findall(words):
                yield from _named(word.strip('"'), place, tops, project)


def _named(word: str, place: str, tops: set[str], project: Project) -> Iterator[str]:
    """The directories of the project that a word may stand for."""
    word = word.removeprefix("$<BUILD_INTERFACE:").removesuffix(">")
    bases = [place]
    if _TOP.match(word) and not _HERE.match(word):
        bases = [base for base in ancestors(place) if base in tops]
    relative = _TOP.sub("", _HERE.sub("", word, count=1), count=1) or "."
    for base in bases:
        directory = join(base, relative)
        if directory in project.directories and directory is not None:
            yield directory
