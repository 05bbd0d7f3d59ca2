"""Which files are analysed, and by which family of languages.

A family is a module of `onextree.intelligence.extraction` and one of
`onextree.intelligence.resolution` of the same name: its languages import each other's files.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["FAMILIES", "language_of"]

FAMILIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "C": "c",
        "C#": "csharp",
        "C++": "c",
        "Go": "go",
        "Java": "jvm",
        "JavaScript": "javascript",
        "Kotlin": "jvm",
        "PHP": "php",
        "Python": "python",
        "Ruby": "ruby",
        "Rust": "rust",
        "TSX": "javascript",
        "TypeScript": "javascript",
    }
)
"""The family of each language that is analysed, by linguist's name of the language."""

_EXTENSIONS: Final = {
    extension: language
    for language, extensions in {
        "C": "c h",
        "C#": "cs",
        "C++": "cc cpp cxx c++ hh hpp hxx h++ ipp inl tpp",
        "Go": "go",
        "Java": "java",
        "JavaScript": "js jsx cjs mjs",
        "Kotlin": "kt kts",
        "PHP": "php phtml",
        "Python": "py pyi pyw",
        "Ruby": "rb rake gemspec",
        "Rust": "rs",
        "TSX": "tsx",
        "TypeScript": "ts cts mts",
    }.items()
    for extension in extensions.split()
}


def language_of(path: str, language: str | None) -> str | None:
    """The language that a file is analysed as; None where it is not.

    Args:
        path: Its end tells where linguist says nothing, as on machines without it.
        language: Linguist's name of it, which counts where there is one: Qt's ``.ts`` is XML.
    """
    if language is not None:
        return language if language in FAMILIES else None
    _, dot, extension = path.rpartition(".")
    return _EXTENSIONS.get(extension.lower()) if dot else None
