"""What resolvers work with: all paths of a project, its configuration, what its files declare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, Protocol

from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.resolution.directories import directories_above

__all__ = ["UNRESOLVED", "Declared", "Project", "Resolved", "Resolver"]


class Declared(NamedTuple):
    """What a file declares that other files name it by.

    Attributes:
        package: As `FileFacts.package`.
        names: Of its types and functions at the top level.
    """

    package: str | None
    names: tuple[str, ...]


class Resolved(NamedTuple):
    """Where an import leads.

    Attributes:
        targets: Paths of the project's files, none twice: the importing file's own where no other
            is needed; empty where it leads out of the project, or nowhere.
        external: Name of the package that it leads to, ``requests`` or ``@types/node`` say; empty
            where it should be the project's, by its form or its first name, but is not there.
    """

    targets: tuple[str, ...] = ()
    external: str = ""


UNRESOLVED: Final = Resolved()
"""What should be the project's and is not there."""


@dataclass(frozen=True)
class Project:
    """What may be looked at to resolve imports.

    Attributes:
        paths: Every file of the tree, relative to the root, sorted.
        configs: Contents of the files that the resolver's ``CONFIGS`` names, by path.
        declared: What the files of the resolver's languages declare, by path.
    """

    paths: Sequence[str]
    configs: Mapping[str, bytes]
    declared: Mapping[str, Declared]

    @cached_property
    def files(self) -> frozenset[str]:
        """The same paths, for looking them up."""
        return frozenset(self.paths)

    @cached_property
    def directories(self) -> frozenset[str]:
        """Every directory that files lie below; the root is ``""``."""
        return frozenset(directories_above(self.paths))


class Resolver(Protocol):
    """Resolves imports of one family of languages; made once a project.

    A module of it has ``LANGUAGES`` (linguist's names), ``CONFIGS`` (names of files whose contents
    it needs, wherever they lie) and ``make_resolver(project: Project) -> Resolver``.
    """

    def resolve(self, path: str, found: Import, facts: FileFacts) -> Resolved:
        """Where an import of a file leads.

        Args:
            facts: Of the file that imports.
        """
        ...
