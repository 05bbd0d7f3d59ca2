"""What the text of one source file says by its syntax, whatever project it lies in.

Facts depend on the content and the language alone, so they are kept by the content's digest.
"""

from typing import Any, Final, NamedTuple

import orjson

__all__ = [
    "EXTRACTION_VERSION",
    "NOTHING",
    "Definition",
    "FileFacts",
    "Import",
    "Note",
    "decode_facts",
    "encode_facts",
]

EXTRACTION_VERSION: Final = 2
"""Changes with what is extracted, so that facts of older versions are extracted anew."""


class Import(NamedTuple):
    """One import as it is written.

    Attributes:
        target: What is imported, without quotes: ``a.b``, ``..sibling``, ``./x``, ``crate::a::b``,
            ``<stdio.h>`` with its brackets, since they mean another place than quotes do.
        line: Counts from 1.
        kind: ``import``; ``type`` where only types are taken; ``dynamic`` where a call loads it;
            ``reexport``; ``include``; ``module`` for a declaration that a file is part of this
            one's module, as Rust's ``mod``.
        names: What is taken from the target, as in ``from a import b``, by the names that it has
            there; ``*`` for everything. Where a language looks for names by itself, those that are
            used.
    """

    target: str
    line: int
    kind: str = "import"
    names: tuple[str, ...] = ()


class Definition(NamedTuple):
    """A type or function that a file defines.

    Attributes:
        name: With its container's in front where it lies in one: ``Class.method``,
            ``outer.inner``. What has no name, an anonymous class's method say, is part of the code
            around it.
        kind: ``class``, ``interface``, ``enum``, ``struct``, ``trait``, ``function`` or ``method``.
            A type that is none of the others, a record or an alias say, is a ``class``.
        line: Where it begins, counted from 1.
        end_line: Its last line.
        branches: Points at which its own code decides, those of its members not counted: ``if``,
            ``?:``, loops, guards, cases but the one for the rest, handlers of exceptions, and
            ``&&``, ``||`` and ``??``, whatever a language has for them.
        bases: Names of what it derives from, as they are written.
        decorators: Names of decorators, attributes or annotations, without arguments.
    """

    name: str
    kind: str
    line: int
    end_line: int
    branches: int = 0
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()


class Note(NamedTuple):
    """Something of a line that rules look at, ``dict-str-any`` say; see each extractor."""

    kind: str
    line: int
    text: str = ""


class FileFacts(NamedTuple):
    """What a file says.

    Attributes:
        lines: How many it has.
        imports: In the order of lines.
        definitions: In the order of lines.
        package: The package or namespace that it declares itself to be in; None for none.
        marks: What it is by its syntax: ``main`` where it can be started, ``loads`` where it
            imports modules whose names are made when it runs.
        errors: Places at which it cannot be parsed.
        notes: In the order of lines.
        failure: Why nothing is known of it: ``timeout``, ``crash``, ``memory``, ``too_large``, or
            the name of what was raised; empty where it could be read.
    """

    lines: int = 0
    imports: tuple[Import, ...] = ()
    definitions: tuple[Definition, ...] = ()
    package: str | None = None
    marks: tuple[str, ...] = ()
    errors: int = 0
    notes: tuple[Note, ...] = ()
    failure: str = ""


NOTHING: Final = FileFacts()


def encode_facts(facts: FileFacts) -> bytes:
    """Facts as JSON: nested arrays in the order of the fields."""
    return orjson.dumps(facts, default=tuple)


def decode_facts(text: bytes) -> FileFacts:
    """What `encode_facts` has written."""
    lines, imports, definitions, package, marks, errors, notes, failure = orjson.loads(text)
    return FileFacts(
        lines,
        tuple(Import(target, line, kind, tuple(names)) for target, line, kind, names in imports),
        tuple(map(_definition, definitions)),
        package,
        tuple(marks),
        errors,
        tuple(Note(*note) for note in notes),
        failure,
    )


def _definition(row: list[Any]) -> Definition:
    name, kind, line, end_line, branches, bases, decorators = row
    return Definition(name, kind, line, end_line, branches, tuple(bases), tuple(decorators))
