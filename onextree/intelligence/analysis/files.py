"""Which files of a tree are code, and which configure how code finds other code."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from onextree.intelligence.extraction.languages import language_of
from onextree.intelligence.resolution.resolvers import is_config
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.model import Entry, Kind
from onextree.tree.names import decode_name

__all__ = ["CONFIG", "LARGEST_CONFIG", "CodeEntry", "Selected", "is_short", "select"]

CONFIG: Final = "config"
"""In the place of a language: the content is wanted as it is."""

LARGEST_CONFIG: Final = 1 << 18
"""Bytes; a larger one is left out."""

_LONGEST_PATH = 1_000  # bytes; a pair of them has to fit into an index
_LEFT_OUT = frozenset({Category.VENDORED, Category.GENERATED, Category.BINARY})
_FILES = frozenset({Kind.FILE, Kind.EXECUTABLE})


class CodeEntry(NamedTuple):
    """A file whose content is wanted.

    Attributes:
        path: As stored text.
        language: That it is read in; `CONFIG` for configuration.
        category: A `onextree.tree.classification.model.Category`.
        digest: BLAKE3 that its content has to have.
        size: Bytes.
        directory, name: The path as raw bytes.
    """

    path: str
    language: str
    category: str
    digest: bytes
    size: int
    directory: bytes
    name: bytes


@dataclass(frozen=True, slots=True)
class Selected:
    """A tree as an analysis looks at it: code and configuration, and the paths of all files."""

    code: list[CodeEntry]
    configs: list[CodeEntry]
    paths: list[str]


def select(entries: Iterable[Entry]) -> Selected:
    """Find the code of a tree; vendored, generated and binary files are none.

    Args:
        entries: Sorted by directory and name.
    """
    selected = Selected([], [], [])
    add_code, add_path = selected.code.append, selected.paths.append
    languages: dict[tuple[bytes, FileClass | None], str | None] = {}
    last, prefix = b"", ""
    for directory, name, kind, size, digest, file_class in entries:
        if directory != last:
            last, prefix = directory, decode_name(directory) + "/"
        text = decode_name(name)
        path = prefix + text
        add_path(path)
        if kind not in _FILES or digest is None:
            continue
        ending = (name[name.rfind(b".") :], file_class)
        try:
            language = languages[ending]
        except KeyError:
            language = languages[ending] = _language(text, file_class)
        if language is not None and is_short(path):
            category = file_class.category.value if file_class else Category.SOURCE.value
            add_code(CodeEntry(path, language, category, digest, size, directory, name))
        if is_config(text) and size <= LARGEST_CONFIG and not _is_left_out(file_class):
            selected.configs.append(CodeEntry(path, CONFIG, CONFIG, digest, size, directory, name))
    return selected


def is_short(path: str) -> bool:
    """Whether a path is short enough for a file to have relationships."""
    return len(path) <= _LONGEST_PATH // 4 or len(path.encode()) <= _LONGEST_PATH


def _language(name: str, file_class: FileClass | None) -> str | None:
    if _is_left_out(file_class):
        return None
    return language_of(name, file_class.language if file_class else None)


def _is_left_out(file_class: FileClass | None) -> bool:
    return file_class is not None and file_class.category in _LEFT_OUT
