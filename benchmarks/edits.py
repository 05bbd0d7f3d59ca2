"""Changing a tree as a commit would: a few files modified, one added, one removed."""

import random
from collections.abc import Iterator
from dataclasses import replace

from onextree.tree.model import Entry, Tree
from onextree.tree.tree_hash import hash_tree

__all__ = ["edit", "edited"]


def edit(tree: Tree, rng: random.Random, changed: int) -> Tree:
    """The tree with some files changed: one added and one removed, the others modified.

    Args:
        changed: How many; a single one is modified.
    """
    entries = {(entry.directory, entry.name): entry for entry in tree.entries}
    modified = rng.sample(sorted(entries), max(1, changed - 1))
    if changed > 1:
        beside = entries.pop(modified.pop())
        added = _written(beside._replace(name=b"added_%08x.py" % rng.getrandbits(32)), rng)
        entries[added.directory, added.name] = added
    for key in modified:
        entries[key] = _written(entries[key], rng)
    after = [entries[key] for key in sorted(entries)]
    tree_hash = hash_tree(after)
    return replace(
        tree,
        entries=after,
        tree_hash=tree_hash.hex,
        total_directories=tree_hash.total_directories,
        total_size_bytes=sum(entry.size for entry in after),
        directory_digests=tree_hash.digests,
    )


def edited(tree: Tree, rng: random.Random, versions: int, changed: int) -> Iterator[Tree]:
    """A tree and further versions of it, so many in all, each an edit of the one before."""
    yield tree
    for _ in range(versions - 1):
        tree = edit(tree, rng, changed)
        yield tree


def _written(entry: Entry, rng: random.Random) -> Entry:
    return entry._replace(size=entry.size + rng.randint(1, 200), digest=rng.randbytes(32))
