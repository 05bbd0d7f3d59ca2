"""Which file a path stands for, by the rules of TypeScript, Node and bundlers.

TypeScript's, for bundlers, are those of
https://www.typescriptlang.org/docs/handbook/modules/reference.html#file-path-resolution-modes,
Node's of https://nodejs.org/api/modules.html#all-together.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from onextree.intelligence.resolution.model import Project

__all__ = ["Files", "is_typescript", "without_ending"]

_SCRIPT = (".ts", ".tsx", ".d.ts", ".js", ".jsx")
_ELEMENTS = (".tsx", ".ts", ".d.ts", ".jsx", ".js")
_MODULE = (".mts", ".d.mts", ".mjs")
_COMMON = (".cts", ".d.cts", ".cjs")
_FORMS: Final = {
    **dict.fromkeys([".d.ts", ".ts", ".js"], _SCRIPT),
    **dict.fromkeys([".tsx", ".jsx"], _ELEMENTS),
    **dict.fromkeys(_MODULE, _MODULE),
    **dict.fromkeys(_COMMON, _COMMON),
}
"""What an ending may stand for where TypeScript meets it, in its order: `x.js` is `x.ts` built."""

_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_BUILT = (".js", ".jsx", ".mjs", ".cjs")
_ADDED_BY_NODE = (".js", ".json", ".jsx", ".ts", ".tsx", ".d.ts")
_ADDED_BY_BUNDLERS = (
    ".mts",
    ".cts",
    ".d.mts",
    ".d.cts",
    ".mjs",
    ".cjs",
    ".json",
    ".vue",
    ".svelte",
)


def is_typescript(path: str) -> bool:
    """Whether a file is TypeScript by its name."""
    return path.endswith((".ts", ".tsx", ".mts", ".cts"))


def without_ending(path: str) -> str:
    """A path without the ending of code, or of a declaration."""
    return path.removesuffix(_ending(path))


class Files:
    """The files of a project, as imports may name them."""

    def __init__(self, project: Project):
        self._files = project.files
        self._directories = project.directories

    def named(self, path: str, *, typescript: bool) -> tuple[str, ...]:
        """The file that a path stands for; with a declaration, the code that it declares, too.

        Args:
            path: Relative to the root.
            typescript: Whether TypeScript asks, which looks for its own files first.
        """
        return self._first(_spellings(path, typescript))

    def index(self, directory: str, *, typescript: bool) -> tuple[str, ...]:
        """The file that a directory stands for where no manifest says so."""
        if directory not in self._directories:
            return ()
        path = f"{directory}/index" if directory else "index"
        return self.named(path, typescript=typescript) or self.loosely_named(path)

    def loosely_named(self, path: str) -> tuple[str, ...]:
        """The file that bundlers may take a path for, with endings that others do not add."""
        return self._first(path + added for added in _ADDED_BY_BUNDLERS)

    def _first(self, spellings: Iterable[str]) -> tuple[str, ...]:
        found = next((one for one in spellings if one in self._files), None)
        if found is None:
            return ()
        if not found.endswith(_DECLARATIONS):
            return (found,)
        stem, forms = without_ending(found), _FORMS[_ending(found)]
        code = (stem + form for form in forms if form in _BUILT and stem + form in self._files)
        return (found, *code)


def _ending(path: str) -> str:
    """That of code; empty for others."""
    return next((one for one in (*_DECLARATIONS, *_FORMS) if path.endswith(one)), "")


def _spellings(path: str, typescript: bool) -> Iterator[str]:
    """Paths that a path may stand for, the first ones before others."""
    ending = _ending(path)
    stem = path.removesuffix(ending)
    forms = [stem + form for form in _FORMS.get(ending, ())]
    if typescript:
        yield from forms
    yield path
    for added in _SCRIPT if typescript else _ADDED_BY_NODE:
        yield path + added
    if not typescript:
        yield from forms
