"""Facts from Java and Kotlin.

``import a.b.C`` and Kotlin's ``import a.b.c`` have all of it for target, ``import a.b.*`` has the
name ``*``, and ``import static a.b.C.d`` the class for target and ``d`` for name.

Types of a file's own package need no import, nor do Kotlin's functions: what a file uses and
neither imports nor declares are imports of its package, ``""`` for the unnamed one, one for each
line at which such names stand first.
"""

from collections.abc import Mapping
from typing import Final

from ast_grep_py import SgNode

from onextree.intelligence.extraction import java, kotlin
from onextree.intelligence.facts import FileFacts

__all__ = ["GRAMMARS", "extract"]

GRAMMARS: Final[Mapping[str, str]] = {"Java": "java", "Kotlin": "kotlin"}


def extract(root: SgNode, text: str) -> FileFacts:
    """The facts of one file; the root tells which grammar it was parsed with."""
    return kotlin.extract(root, text) if _is_kotlin(root) else java.extract(root, text)


def _is_kotlin(root: SgNode) -> bool:
    if root.kind() != "ERROR":
        return root.kind() == "source_file"
    try:
        return not root.matches(kind="simple_identifier")
    except RuntimeError:  # Java's grammar has no such kind.
        return False
