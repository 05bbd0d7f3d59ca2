"""Facts of any file: decoded, parsed, and read by the module of its family of languages.

A module of a family has ``GRAMMARS`` (ast-grep's name of a grammar by linguist's name of a
language) and ``extract(root: SgNode, text: str) -> FileFacts``, which need not count lines, nor put
imports in order; it is loaded by its first file.
What a parser does to this process cannot be caught: `onextree.intelligence.extraction.pool`
keeps it away from others.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from ast_grep_py import SgNode, SgRoot

from onextree.intelligence.extraction.contents import MAX_BYTES, decode_source, line_count
from onextree.intelligence.extraction.languages import FAMILIES
from onextree.intelligence.extraction.syntax import LONGEST_NAME
from onextree.intelligence.facts import FileFacts

__all__ = ["extract", "failed_by"]


class _Family(Protocol):
    GRAMMARS: Mapping[str, str]

    def extract(self, root: SgNode, text: str) -> FileFacts: ...


def extract(language: str, content: bytes) -> FileFacts:
    """The facts of a file; those of one that cannot be read are its lines and its failure.

    Args:
        language: One of `FAMILIES`.
    """
    if len(content) > MAX_BYTES:
        return FileFacts(line_count(content), failure="too_large")
    try:
        family = _family(FAMILIES[language])
        text = decode_source(content)
        said = family.extract(SgRoot(text, family.GRAMMARS[language]).root(), text)
        return _finished(said, text)
    except KeyboardInterrupt:
        raise
    except BaseException as raised:  # a parser that panics raises no Exception
        return failed_by(raised, content)


def _finished(said: FileFacts, text: str) -> FileFacts:
    package = said.package or ""
    imports = (one for one in said.imports if len(one.target) <= LONGEST_NAME)
    return said._replace(
        lines=line_count(text),
        imports=tuple(sorted(imports, key=lambda one: one.line)),
        package=package if 0 < len(package) <= LONGEST_NAME else None,
    )


def failed_by(raised: BaseException, content: bytes) -> FileFacts:
    """The facts of a file that something was raised by."""
    failure = "memory" if isinstance(raised, MemoryError) else type(raised).__name__
    return FileFacts(line_count(content), failure=failure)


@cache
def _family(name: str) -> _Family:
    return cast("_Family", import_module(f"onextree.intelligence.extraction.{name}"))
