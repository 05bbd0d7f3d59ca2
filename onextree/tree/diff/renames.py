"""Removed and added files that are one file under another path."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from onextree.tree.diff.model import Change, ChangeKind, FileState

__all__ = ["Pair", "as_changes", "pair_renames"]

_ALIKE = 0.7
_LEAST_OF_PATHS = 0.5  # sizes are often alike by chance
_MOST_PAIRS = 10_000  # that are compared for one name or directory

States = Mapping[str, FileState]


class Pair(NamedTuple):
    """A file's paths before and after; similarity as in `Change`."""

    old: str
    new: str
    similarity: float


def as_changes(
    differing: Iterable[tuple[str, FileState | None, FileState | None]],
) -> Sequence[Change]:
    """The changes of paths that are not the same in two versions, sorted by path.

    Args:
        differing: Path, and what it was before and is after.
    """
    removed: dict[str, FileState] = {}
    added: dict[str, FileState] = {}
    changes: list[Change] = []
    for path, before, after in differing:
        if before is not None and after is not None:
            changes.append(Change(ChangeKind.MODIFIED, path, before, after))
        elif before is not None:
            removed[path] = before
        elif after is not None:
            added[path] = after
    for old, new, similarity in pair_renames(removed, added):
        renamed = (removed.pop(old), added.pop(new))
        changes.append(Change(ChangeKind.RENAMED, new, *renamed, old, round(similarity, 3)))
    changes += [Change(ChangeKind.REMOVED, path, state, None) for path, state in removed.items()]
    changes += [Change(ChangeKind.ADDED, path, None, state) for path, state in added.items()]
    return sorted(changes, key=lambda change: change.path)


def pair_renames(removed: States, added: States) -> list[Pair]:
    """Removed and added files that belong together, each in one pair at most.

    First those of the same content, of several those whose names are equal too. Then files that are
    alike in size, and either have one name in directories that are alike, or lie in one directory
    under names that are: see `_likeness`.
    """
    pairs = list(_of_one_content(removed, added))
    old_paths = {pair.old for pair in pairs}
    new_paths = {pair.new for pair in pairs}
    moves = Counter((_directory(pair.old), _directory(pair.new)) for pair in pairs)
    alike = _alike(
        {path: state for path, state in removed.items() if path not in old_paths},
        {path: state for path, state in added.items() if path not in new_paths},
        moves,
    )
    for pair in sorted(alike, key=lambda pair: (-pair.similarity, pair.old, pair.new)):
        if pair.old not in old_paths and pair.new not in new_paths:
            old_paths.add(pair.old)
            new_paths.add(pair.new)
            pairs.append(pair)
    return pairs


def _of_one_content(removed: States, added: States) -> Iterator[Pair]:
    old_by, new_by = _by_content(removed), _by_content(added)
    for content in old_by.keys() & new_by.keys():
        waiting = dict.fromkeys(sorted(new_by[content]))
        left: list[str] = []
        for old in sorted(old_by[content]):
            new = next((path for path in waiting if _name(path) == _name(old)), None)
            if new is None:
                left.append(old)
            else:
                del waiting[new]
                yield Pair(old, new, 1.0)
        for old, new in zip(left, waiting, strict=False):
            yield Pair(old, new, 1.0)


def _by_content(states: States) -> dict[tuple[str, bytes], list[str]]:
    """Paths by content; empty files are all the same and tell nothing."""
    found: defaultdict[tuple[str, bytes], list[str]] = defaultdict(list)
    for path, state in states.items():
        if state.digest is not None and state.size:
            found[_sort(state), state.digest].append(path)
    return found


def _sort(state: FileState) -> str:
    """A file that became executable is still a file."""
    return "f" if state.kind == "x" else state.kind


def _alike(removed: States, added: States, moves: Mapping[tuple[str, str], int]) -> Iterator[Pair]:
    for part in (_name, _directory_and_extension):
        old_by, new_by = _grouped(removed, part), _grouped(added, part)
        for key in old_by.keys() & new_by.keys():
            if len(old_by[key]) * len(new_by[key]) > _MOST_PAIRS:
                continue
            for old in old_by[key]:
                for new in new_by[key]:
                    likeness = _likeness(old, removed[old], new, added[new], moves)
                    if likeness >= _ALIKE:
                        yield Pair(old, new, likeness)


def _likeness(
    old: str,
    before: FileState,
    new: str,
    after: FileState,
    moves: Mapping[tuple[str, str], int],
) -> float:
    """Half of it the sizes' ratio, half the paths.

    Paths are alike by their names in one directory, else by the parts of their directories that are
    the same; wholly where another file has moved from the one to the other with its content.
    """
    if _sort(before) != "f" or _sort(after) != "f":
        return 0.0
    sizes = (min(before.size, after.size) + 1) / (max(before.size, after.size) + 1)
    left, entered = _directory(old), _directory(new)
    if left == entered:
        paths = SequenceMatcher(None, _stem(old), _stem(new), autojunk=False).ratio()
    elif moves.get((left, entered)):
        paths = 1.0
    else:
        mine, others = set(left.split("/")), set(entered.split("/"))
        paths = len(mine & others) / len(mine | others)
    return 0.5 * sizes + 0.5 * paths if paths >= _LEAST_OF_PATHS else 0.0


def _grouped(states: States, part: Callable[[str], Hashable]) -> dict[Hashable, list[str]]:
    found: defaultdict[Hashable, list[str]] = defaultdict(list)
    for path in sorted(states):
        found[part(path)].append(path)
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(path: str) -> str:
    """The name without its extension."""
    name = _name(path)
    return name.rpartition(".")[0] or name


def _directory(path: str) -> str:
    return path.rpartition("/")[0]


def _directory_and_extension(path: str) -> tuple[str, str]:
    directory, _, name = path.rpartition("/")
    return directory, name.rpartition(".")[2]
