"""The values of a classification."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["CLASSIFICATION_VERSION", "Category", "FileClass"]

CLASSIFICATION_VERSION = 1
"""Changes with the rules, so that files classified by older ones are classified anew."""


class Category(StrEnum):
    """What a file is for; `onextree.tree.classification.rules` says which one wins."""

    SOURCE = "source"
    TEST = "test"
    DOCUMENTATION = "documentation"
    CONFIGURATION = "configuration"
    DATA = "data"
    BUILD = "build"
    GENERATED = "generated"
    VENDORED = "vendored"
    BINARY = "binary"

    # An enumeration hashes in Python, a string in C.
    __hash__ = str.__hash__


class FileClass(NamedTuple):
    """The class of one file.

    Attributes:
        language: Linguist's name of it; None for binary and unknown files and for symlinks.
        category: See `Category`.
        rule: Short and stable name of what decided the category. Where the category follows from
            the language it is what decided the language: ``extension``, ``filename``,
            ``shebang``, ``modeline``, ``heuristic``, ``classifier``, ``xml-header``.
    """

    language: str | None
    category: Category
    rule: str
