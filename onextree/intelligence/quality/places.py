"""What the place and name of a file say of how it is used."""

from functools import lru_cache
from typing import Final

from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.resolution.directories import directory_of
from onextree.tree.classification.model import Category
from onextree.tree.classification.purposes import directory_purpose

__all__ = [
    "is_package_file",
    "is_product",
    "loading_directories",
    "purposes_above",
    "stem",
]

_SUPPORT: Final = frozenset(
    {
        "assets",
        "benchmarks",
        "build",
        "configuration",
        "continuous integration",
        "deployment",
        "documentation",
        "examples",
        "fixtures",
        "generated",
        "migrations",
        "notebooks",
        "scripts",
        "templates",
        "tests",
        "translations",
        "vendored",
    }
)
# Names of the product's own directories as often as of others.
_AMBIGUOUS: Final = frozenset({"acceptance", "integration", "unit"})
# Looked up once: every rule asks for every file.
_SOURCE: Final = Category.SOURCE.value
_PACKAGE_STEMS = frozenset({"__init__", "__main__", "index", "lib", "main", "mod"})


@lru_cache(maxsize=4096)
def purposes_above(directory: str) -> frozenset[str]:
    """What the names of a directory and of those above it say that they are for."""
    names = (name for name in directory.split("/") if name not in _AMBIGUOUS)
    purposes = (directory_purpose(name) or directory_purpose(name.strip("_")) for name in names)
    return frozenset(purpose for purpose in purposes if purpose)


def is_product(path: str, category: str) -> bool:
    """Whether a file is source code of the product: no test, script, example or the like.

    Args:
        path: Relative to the root.
        category: A `Category`.
    """
    return category == _SOURCE and not _is_support(path.rpartition("/")[0])


def stem(path: str) -> str:
    """A file's name up to its first dot."""
    return path[path.rfind("/") + 1 :].partition(".")[0]


def is_package_file(path: str) -> bool:
    """Whether a file stands for its directory: ``__init__.py``, ``index.ts``, ``mod.rs``."""
    return stem(path) in _PACKAGE_STEMS


@lru_cache(maxsize=4096)
def _is_support(directory: str) -> bool:
    return not _SUPPORT.isdisjoint(purposes_above(directory))


def loading_directories(base: CodeBase) -> dict[str, list[int]]:
    """Directories with the numbers of those of their files that load modules by name."""
    found: dict[str, list[int]] = {}
    for number, file in enumerate(base.files):
        if "loads" in file.marks:
            found.setdefault(directory_of(file.path), []).append(number)
    return found
