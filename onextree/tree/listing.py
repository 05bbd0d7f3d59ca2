"""What belongs to a project: the paths of a tree, before any file is read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from blake3 import blake3

from onextree.git.listings import Untracked
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.model import Kind
from onextree.tree.plain import walk
from onextree.tree.reading.batches import UNKNOWN, Counts
from onextree.tree.reading.reader import ReadFiles

__all__ = [
    "SUBMODULE",
    "Listing",
    "group_by_directory",
    "list_git",
    "list_plain",
    "name_repositories",
]

_NOTHING = Counts()
SUBMODULE = FileClass(None, Category.VENDORED, "submodule")
"""The class of every submodule."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Names by directory, raw bytes, relative to the root.

    Attributes:
        names: Directory to sorted names in it; the root is ``b""``. What is listed may be gone, or
            be anything: only opening it tells.
        repositories: Paths of nested repositories, which are not entered.
        submodules: Asks for path and commit of each submodule.
        counts: What could not be listed.
    """

    names: dict[bytes, list[bytes]]
    repositories: frozenset[bytes]
    submodules: Callable[[], Mapping[bytes, bytes]] = dict
    counts: Counts = _NOTHING


def group_by_directory(paths: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Sorted names by directory."""
    names: dict[bytes, list[bytes]] = {}
    for path in paths:
        directory, _, name = path.rpartition(b"/")
        try:
            names[directory].append(name)
        except KeyError:
            names[directory] = [name]
    for below in names.values():
        below.sort()
    return names


def list_git(
    tracked: Iterable[bytes],
    untracked: Untracked,
    submodules: Callable[[], Mapping[bytes, bytes]],
) -> Listing:
    """Exactly what `git ls-files -co --exclude-standard` lists."""
    others = untracked.paths
    repositories = frozenset(path[:-1] for path in others if path.endswith(b"/"))
    paths = [*tracked, *(path.rstrip(b"/") for path in others)]
    counts = Counts(unreadable=untracked.closed)
    return Listing(group_by_directory(paths), repositories, submodules, counts)


def list_plain(root: int) -> Listing:
    """A directory without git, by the rules of `onextree.tree.plain`.

    Args:
        root: Its descriptor.
    """
    names: dict[bytes, list[bytes]] = {}
    repositories: list[bytes] = []
    unreadable = 0
    for directory, content in walk(root):
        if content is None:
            unreadable += 1
            continue
        prefix = directory + b"/" if directory else b""
        repositories.extend(prefix + name for name in content.repositories)
        if content.files or content.repositories:
            names[directory] = sorted((*content.files, *content.repositories))
    return Listing(names, frozenset(repositories), counts=Counts(unreadable=unreadable))


def name_repositories(read: ReadFiles, listing: Listing) -> ReadFiles:
    """Tell submodules from nested repositories, and drop directories that are neither.

    Such a directory stands where git tracks a file: that file is deleted.
    """
    directories = [
        (directory, name)
        for directory, below in read.rows.items()
        for name, row in below.items()
        if row[0] in "rm"
    ]
    unknown = [
        place for place in directories if b"/".join(filter(None, place)) not in listing.repositories
    ]
    if not unknown:
        return read
    commits = listing.submodules()
    read.classes.append(SUBMODULE)
    for directory, name in unknown:
        commit = commits.get(directory + b"/" + name if directory else name)
        if commit is None:
            del read.rows[directory][name]
        else:
            digest = blake3(commit).digest()
            number = len(read.classes) - 1
            read.rows[directory][name] = (Kind.SUBMODULE.value, 0, digest, UNKNOWN, number)
    return read
