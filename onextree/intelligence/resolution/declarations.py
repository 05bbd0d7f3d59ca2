"""What files of some languages declare, among those of all languages."""

from collections.abc import Collection, Iterator

from onextree.intelligence.extraction.languages import language_of
from onextree.intelligence.resolution.model import Declared, Project

__all__ = ["declarations"]


def declarations(project: Project, languages: Collection[str]) -> Iterator[tuple[str, Declared]]:
    """Paths and what these files declare, sorted.

    A name that tells no language is no reason to leave a file out: scripts have no ending.
    """
    for path, declared in sorted(project.declared.items()):
        language = language_of(path, None)
        if language is None or language in languages:
            yield path, declared
