"""A version's files in memory, to be found by path, directory, name, extension and pattern."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, groupby, islice

from onextree.tree.names import SURE_PREFIX, directory_key
from onextree.tree.query.block import Block
from onextree.tree.query.model import Item, Page, Query, QueryType
from onextree.tree.query.plan import Plan, plan_query
from onextree.tree.query.postings import Postings
from onextree.tree.structure import file_extension

__all__ = ["TreeIndex"]


class TreeIndex:
    """The files of a version, a block of columns a directory.

    Never changed once it is made, so that any number of threads may ask it: an update gives another
    index, which shares every block but those of directories that changed.

    Attributes:
        version: Of which the files are.
    """

    def __init__(
        self,
        version: int,
        blocks: dict[str, Block],
        keys: list[str],
        names: Postings,
        extensions: Postings,
    ) -> None:
        self.version = version
        self._blocks = blocks
        self._keys = keys
        self._names = names
        self._extensions = extensions

    @classmethod
    def of(cls, version: int, items: Iterable[Item]) -> "TreeIndex":
        """Of all items of a version, sorted by (key of the directory, name)."""
        blocks = {
            directory_key(directory): Block(directory, list(below))
            for directory, below in groupby(items, key=lambda item: item.directory)
        }
        return cls(
            version,
            blocks,
            list(blocks),
            Postings.of((key, block.names) for key, block in blocks.items()),
            Postings.of((key, _extensions(block)) for key, block in blocks.items()),
        )

    def __len__(self) -> int:
        return sum(len(block.names) for block in self._blocks.values())

    def __iter__(self) -> Iterator[Item]:
        for key in self._keys:
            yield from self._blocks[key].items()

    @property
    def directories(self) -> Iterator[str]:
        """Those with files in them, sorted by their keys."""
        return (self._blocks[key].directory for key in self._keys)

    @property
    def names(self) -> Postings:
        """Where each file name is."""
        return self._names

    @property
    def extensions(self) -> Postings:
        """Where files of each extension are."""
        return self._extensions

    def updated(self, version: int, items: Iterable[Item], removed: Iterable[str]) -> "TreeIndex":
        """The index of another version.

        Args:
            items: Added ones, and those that are in the place of others now.
            removed: Paths.
        """
        put: defaultdict[str, list[Item]] = defaultdict(list)
        gone: defaultdict[str, list[str]] = defaultdict(list)
        for item in items:
            put[item.directory].append(item)
        for path in removed:
            directory, _, name = path.rpartition("/")
            gone[directory].append(name)
        blocks, keys = self._blocks.copy(), self._keys.copy()
        names: dict[str, tuple[set[str], set[str]]] = {}
        extensions: dict[str, tuple[set[str], set[str]]] = {}
        for directory in put.keys() | gone.keys():
            key = directory_key(directory)
            before = blocks.get(key) or Block(directory, ())
            after = before.updated(put[directory], gone[directory])
            if after is not None:
                if key not in blocks:
                    keys.insert(bisect_left(keys, key), key)
                blocks[key] = after
            elif key in blocks:
                del blocks[key], keys[bisect_left(keys, key)]
            names[key] = (set(before.names), set(after.names if after else ()))
            extensions[key] = (_extensions(before), _extensions(after) if after else set())
        return TreeIndex(
            version,
            blocks,
            keys,
            self._names.updated(names),
            self._extensions.updated(extensions),
        )

    def find(self, path: str) -> Item | None:
        """The file of that path."""
        directory, _, name = path.rpartition("/")
        block = self._blocks.get(directory) or self._blocks.get(directory_key(directory))
        return block.find(name) if block else None

    def query(self, query: Query) -> Page:
        """A page of what is asked for.

        Raises:
            InvalidQuery: A glob or regular expression is malformed or too big.
        """
        if query.type is QueryType.DIRECTORY:
            found = self.children(query.text, query.after.name if query.after else None)
        else:
            found = self._matches(plan_query(query), query.after_key)
        return Page.of(self.version, list(islice(found, query.limit + 1)), query.limit)

    def children(self, directory: str, after: str | None = None) -> Iterator[Item]:
        """Files in a directory and directories below it, by their names, from behind one on."""
        block = self._blocks.get(directory_key(directory))
        files = map(block.item, block.places(after)) if block else iter(())
        below = (
            Item(directory, name, "d", 0, None, None, None)
            for name in self._directories_in(directory, after)
        )
        return merge(files, below, key=lambda item: item.name)

    def _directories_in(self, directory: str, after: str | None) -> Iterator[str]:
        """Names of the directories in a directory that come behind a name, sorted."""
        start = f"{directory}/" if directory else ""
        names: set[str] = set()
        place, end = self._range(directory)
        while place < end:
            below = self._blocks[self._keys[place]].directory
            place += 1
            if below.startswith(start) and below:
                name, deeper, _ = below[len(start) :].partition("/")
                names.add(name)
                if deeper:  # all that follows up to its end lies in the same one
                    place = max(place, bisect_left(self._keys, f"{start}{name}0", place, end))
        return iter(sorted(name for name in names if after is None or name > after))

    def _range(self, directory: str) -> tuple[int, int]:
        """Places of the keys of a directory and all below it, and perhaps of others."""
        if not directory or len(directory.encode()) > SURE_PREFIX:
            return 0, len(self._keys)
        return bisect_left(self._keys, directory), bisect_left(self._keys, f"{directory}0")

    def _candidates(self, plan: Plan, after: str | None) -> Iterator[str]:
        """Keys of the directories that can have matches, sorted, from a key on."""
        if plan.directory is not None:
            key = directory_key(plan.directory)
            return iter([key] if key in self._blocks and (after is None or key >= after) else [])
        if plan.names is not None:
            words = [self._names[name] for name in plan.names]
            words += [self._extensions[extension] for extension in plan.extensions or ()]
            words = [some for some in words if some]
            keys = words[0] if len(words) == 1 else sorted(set(chain(*words)))
            first, last = 0, len(keys)
        else:
            keys = self._keys
            first, last = self._range(plan.below)
        if after is not None:
            first = max(first, bisect_left(keys, after))
        found = islice(keys, first, last)
        if not plan.below:
            return found
        start = f"{plan.below}/"
        return (key for key in found if f"{self._blocks[key].directory}/".startswith(start))

    def _matches(self, plan: Plan, after: tuple[str, str] | None) -> Iterator[Item]:
        prefixes, suffixes, text, test = plan.prefixes, plan.suffixes, plan.text, plan.test
        for key in self._candidates(plan, after[0] if after else None):
            block = self._blocks[key]
            behind = after[1] if after and key == after[0] else None
            start = f"{block.directory}/" if block.directory else ""
            places: Sequence[int] = block.places(behind)
            if plan.names is not None and plan.extensions is None:
                places = [place for place in block.places_of(plan.names) if place in places]
            names = block.names
            for place in places:
                name = names[place]
                if (
                    (prefixes is None or name.startswith(prefixes))
                    and (suffixes is None or name.endswith(suffixes))
                    and (text is None or text in start + name)
                    and (test is None or test(start + name))
                ):
                    yield block.item(place)


def _extensions(block: Block) -> set[str]:
    return {found for found in map(file_extension, block.names) if found is not None}
