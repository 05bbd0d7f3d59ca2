"""A whole tree as upstream's OnextreeRoot, written piece by piece."""

from collections.abc import Iterator
from typing import Any

import orjson

from onextree.scanner.loaded import LoadedTree
from onextree.scanner.statistics import statistics
from onextree.tree.model import TreeSummary
from onextree.tree.structure_text import structure_text
from onextree.tree.tree_file import FORMAT_VERSION

__all__ = ["document", "provenance"]


def document(tree: LoadedTree) -> Iterator[bytes]:
    """The content of a `.onextree` file as JSON, of which the same tree can be built again.

    Returns:
        Pieces of ``{version, project_root, generated_at, tree, statistics, metadata}``: the tree as
        in `docs/tree-structure.md`, ``metadata`` its hash as ``tree_hash`` and `provenance`.
    """
    told = statistics(tree)
    del told["index_sizes"]
    head = {
        "version": FORMAT_VERSION,
        "project_root": tree.root_path,
        "generated_at": tree.generated_at.isoformat(),
        "statistics": told,
        "metadata": {"tree_hash": tree.summary.tree_hash, **provenance(tree.summary)},
    }
    yield orjson.dumps(head)[:-1] + b',"tree":'
    contents = tree.contents
    yield from structure_text(contents.entries(), contents.purposes, tree.root_name)
    yield b"}"


def provenance(summary: TreeSummary) -> dict[str, Any]:
    """Where a tree comes from, and what of it could not be read; None for what is unknown.

    Returns:
        ``{commit, branch, dirty, mixed, unreadable_files, skipped_files, unsettled_files}``.
    """
    found = summary.provenance
    return {
        "commit": found.commit,
        "branch": found.branch,
        "dirty": found.dirty,
        "mixed": found.mixed,
        "unreadable_files": summary.unreadable,
        "skipped_files": summary.skipped,
        "unsettled_files": summary.unsettled,
    }
