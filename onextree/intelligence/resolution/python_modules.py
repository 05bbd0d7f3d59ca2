"""The Python modules of a tree by where they lie, and what dotted names find below a directory."""

from collections.abc import Iterable, Sequence
from typing import Final

from onextree.intelligence.resolution.directories import ancestors, directories_above

__all__ = ["Modules", "join"]

_SUFFIXES: Final = (".py", ".pyi")
_NAMELESS: Final = ("/.py", "/.pyi")
# The later ones win over the earlier.
_ENDINGS: Final = (".pyi", "/__init__.pyi", ".py", "/__init__.py")


class Modules:
    """Modules and packages by their places: ``src/a/b`` for `src/a/b.py`, `src/a/b/__init__.py`.

    Attributes:
        files: By place. An `__init__.py` has a second one, ``a/__init__``.
        packages: Places of packages that have a file.
        directories: Those that modules lie below; the root is ``""``.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        rooted = [f"/{path}" for path in paths if path.endswith(_SUFFIXES)]
        rooted = [path for path in rooted if not path.endswith(_NAMELESS)]
        self.files: dict[str, str] = {}
        self.packages: set[str] = set()
        for ending in _ENDINGS:
            found = {path[1 : -len(ending)]: path[1:] for path in rooted if path.endswith(ending)}
            self.files |= found
            if ending.startswith("/"):
                self.packages |= found.keys()
            else:
                self.packages -= found.keys()
        self.directories = directories_above(path[1:] for path in rooted)
        # A module hides what is in a directory of its name.
        self._hiding = {
            place
            for place in self.directories & self.files.keys() - self.packages
            if self.files[place].endswith(".py")
        }

    def find(self, directory: str, module: str, names: Sequence[str]) -> tuple[str, ...]:
        """The files that an import of a module, or of names from it, leads to.

        Args:
            directory: Where the module's first name is looked for.
            module: Dotted; empty for the directory itself as a package.
            names: What is taken from it; each may be a module of its own.
        """
        place = join(directory, module.replace(".", "/"))
        if self._hiding and self._is_hidden(directory, place):
            return ()
        home = self.files.get(place)
        if not names or (home and place not in self.packages):
            return (home,) if home else ()
        targets = (self.files.get(join(place, name), home) for name in names)
        return tuple(dict.fromkeys(target for target in targets if target))

    def has(self, directory: str, module: str, names: Sequence[str]) -> bool:
        """Whether a module would have to be below a directory, by its first name.

        Packages without a file have to have its second name, or one of those that are taken.
        """
        top, _, below = module.partition(".")
        place = join(directory, top)
        if place in self.files:
            return True
        wanted = [below.partition(".")[0]] if below else names
        inside = (join(place, name) for name in wanted)
        return any(each in self.files or each in self.directories for each in inside)

    def _is_hidden(self, directory: str, place: str) -> bool:
        return any(
            len(above) > len(directory) and above in self._hiding
            for above in ancestors(place.rpartition("/")[0])
        )


def join(directory: str, name: str) -> str:
    """The path of a name in a directory; either may be empty."""
    return f"{directory}/{name}" if directory and name else directory or name
