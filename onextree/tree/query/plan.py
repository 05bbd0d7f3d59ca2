"""How a query is answered: what an index narrows down, and what each candidate is asked."""

from collections.abc import Callable
from dataclasses import dataclass

import re2

from onextree.errors import InvalidQuery
from onextree.tree.query.globs import Glob, parse_glob
from onextree.tree.query.model import Query, QueryType
from onextree.tree.structure import ascii_lower, file_extension

__all__ = ["Plan", "plan_query"]

_MAX_MEMORY = 4 << 20  # bytes of a compiled expression; what needs more is refused

Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """Conditions that every match fulfils, and a test that decides.

    Attributes:
        directory: The directory of every match; None where there are several.
        below: A directory that leads every match, "" for the root.
        names: Names that matches can have; None for any.
        extensions: Extensions that matches can have beside `names`; None for any.
        prefixes, suffixes: One of each begins and ends every name; None for any.
        likes: One of these LIKE patterns fits every name; None for any.
        text: Is in the path of every match.
        test: Decides on a path; None where all of the above does already.
    """

    directory: str | None = None
    below: str = ""
    names: frozenset[str] | None = None
    extensions: frozenset[str] | None = None
    prefixes: tuple[str, ...] | None = None
    suffixes: tuple[str, ...] | None = None
    likes: tuple[str, ...] | None = None
    text: str | None = None
    test: Test | None = None


def plan_query(query: Query) -> Plan:
    """The plan of a query.

    Raises:
        InvalidQuery: A glob or regular expression is malformed or too big.
    """
    text = query.text
    match query.type:
        case QueryType.PATH:
            directory, _, name = text.rpartition("/")
            return Plan(directory=directory, names=frozenset({name}))
        case QueryType.NAME:
            return Plan(names=frozenset({text}))
        case QueryType.EXTENSION:
            wanted = ascii_lower(text)
            return Plan(
                names=frozenset(),
                extensions=frozenset({wanted}),
                test=lambda path: file_extension(path.rpartition("/")[2]) == wanted,
            )
        case QueryType.TEXT:
            return Plan(text=text)
        case QueryType.REGEX:
            return Plan(test=_searching(text))
        case QueryType.GLOB:
            return _plan_glob(parse_glob(text))
        case _:
            raise InvalidQuery("A directory is listed, not searched.")


def _searching(expression: str) -> Test:
    """Whether a regular expression of the user's is found; linear in the path, whatever it is.

    Raises:
        InvalidQuery: re2 cannot take it.
    """
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.log_errors = False
    options.never_capture = True
    try:
        search = re2.compile(expression.encode(), options).search
    except re2.error as error:
        reason = error.args[0]
        shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise InvalidQuery(
            f"The regular expression cannot be used ({shown}). The syntax is RE2's: it has no "
            "look-around and no back-references."
        ) from None
    return lambda path: search(path.encode()) is not None


def _plan_glob(globs: list[Glob]) -> Plan:
    below = _common([glob.below for glob in globs])
    flat = all(glob.is_flat and glob.below == below for glob in globs)
    exact = all(glob.is_exact and glob.below == below and glob.is_flat == flat for glob in globs)
    names = None
    extensions = None
    if all(glob.name is not None for glob in globs):
        names = frozenset(glob.name for glob in globs if glob.name is not None)
    elif all(glob.name is not None or _extension(glob) for glob in globs):
        # A name that is nothing but the suffix has no extension.
        names = frozenset(glob.name if glob.name is not None else glob.suffix for glob in globs)
        extensions = frozenset(_extension(glob) for glob in globs if glob.name is None)
    prefixes = {glob.prefix if glob.name is None else glob.name for glob in globs}
    suffixes = {glob.suffix if glob.name is None else glob.name for glob in globs}
    single = len(globs) == 1
    expression = "|".join(glob.expression for glob in globs)
    return Plan(
        directory=below if flat else None,
        below=below,
        names=names,
        extensions=extensions,
        prefixes=tuple(sorted(prefixes)) if "" not in prefixes else None,
        suffixes=tuple(sorted(suffixes)) if "" not in suffixes else None,
        likes=tuple(sorted({glob.like for glob in globs})) if names is None or extensions else None,
        test=None if exact and single else _searching(rf"(?s)\A(?:{expression})\z"),
    )


def _extension(glob: Glob) -> str:
    """The extension of every match but one whose name is the suffix; "" where it differs."""
    _, dot, extension = glob.suffix.rpartition(".")
    return ascii_lower(extension) if dot else ""


def _common(directories: list[str]) -> str:
    """The deepest directory that leads all of them."""
    split = [directory.split("/") for directory in directories]
    shared: list[str] = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join(shared)
