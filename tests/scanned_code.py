"""The analysis of a directory as it lies there, without a database."""

from collections.abc import Sequence
from pathlib import Path

from onextree.intelligence.analysis.analysis import Analysis, analyse
from onextree.tree.model import Entry
from onextree.tree.reading.contents import WorkTreeContents
from onextree.tree.scan import open_root, scan
from tests.code_histories import KeptFacts

__all__ = ["analyse_directory"]


def analyse_directory(root: Path) -> tuple[Sequence[Entry], Analysis]:
    """Its tree, and what its code says; read by the worker processes of this one."""
    entries = scan(root, git_timeout=60).tree.entries
    with open_root(root) as opened:
        contents = WorkTreeContents(opened.descriptor)
        return entries, analyse(entries, contents=contents, store=KeptFacts())
