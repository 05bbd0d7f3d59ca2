"""The code of a version as far as its stored relationships tell."""

from collections.abc import Iterable

from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.intelligence.extraction.languages import language_of
from onextree.store.relationships import Relationship
from onextree.tree.classification.model import Category

__all__ = ["linked_files"]


def linked_files(links: Iterable[Relationship], more: Iterable[str] = ()) -> CodeBase:
    """Files that are linked, and others, of which nothing is known but their languages' names.

    Args:
        links: None twice, or more often; those from or to what is no code are left out.
        more: Further paths.
    """
    pairs = {(link.source, link.target): link for link in links}
    paths = sorted({path for pair in pairs for path in pair} | set(more))
    known = [(path, language) for path in paths if (language := language_of(path, None))]
    files = [CodeFile(path, language, Category.SOURCE.value, b"", 0, 0) for path, language in known]
    numbers = {file.path: number for number, file in enumerate(files)}
    edges = sorted(
        Edge(numbers[source], numbers[target], link.line, link.kind)
        for (source, target), link in pairs.items()
        if source in numbers and target in numbers
    )
    return CodeBase(files, edges, paths)
