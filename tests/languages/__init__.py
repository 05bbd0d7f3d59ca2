"""A small but whole project of each language, and where its imports lead.

A module has ``FILES``, as Go's txtar has them: ``-- path --`` in a line, then the content.
``EDGES`` has what each file uses, with the kind in front where it is another than ``import``;
``EXTERNAL`` how many files use each package of others; ``UNRESOLVED`` what is missing: path, line,
target.
"""

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["LANGUAGES", "write_files"]

LANGUAGES = (
    *("c", "csharp", "go", "java", "javascript", "kotlin", "php", "python", "ruby", "rust"),
    "typescript",
)
"""Names of the modules."""

_HEADER = re.compile(r"^-- (\S+) --\n", re.MULTILINE)


def write_files(root: Path, text: str) -> None:
    """Write what a text in the format of `FILES` holds."""
    for path, content in _files(text):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def _files(text: str) -> Iterator[tuple[str, str]]:
    parts = _HEADER.split(text)[1:]
    return zip(parts[::2], parts[1::2], strict=True)
