"""The code of a project as a whole: files, what they say in short, and how they hang together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from onextree.intelligence.findings import Finding

__all__ = ["CodeBase", "CodeFile", "Edge"]


class Edge(NamedTuple):
    """One file uses another.

    Attributes:
        source: Number of the file that imports, in `CodeBase.files`.
        target: Number of the imported file.
        line: The first one that says so, counted from 1.
        kind: As `onextree.intelligence.facts.Import.kind`.
    """

    source: int
    target: int
    line: int
    kind: str


class CodeFile(NamedTuple):
    """A file of source code or tests, in short.

    Attributes:
        path: Relative to the root.
        language: Linguist's name of it.
        category: A `onextree.tree.classification.model.Category`: ``source`` or ``test``, or
            another where it has a language that is analysed.
        digest: BLAKE3 of the content; files with the same have the same content.
        size: Bytes.
        lines: How many.
        marks: As `FileFacts.marks`.
        signs: What `onextree.intelligence.architecture.signs` sees in it.
        findings: What is wrong with it by itself.
        failure: As `FileFacts.failure`.
    """

    path: str
    language: str
    category: str
    digest: bytes
    size: int
    lines: int
    marks: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class CodeBase:
    """All code of one version.

    Attributes:
        files: Sorted by path; vendored and generated ones are not among them.
        edges: Sorted; no file to itself, and one from a file to another, however often it says so.
        paths: Every file of the tree, code or not, sorted.
        external: Packages that are not the project's, by how many files import them.
        unresolved: Imports that should be the project's and lead nowhere: path, line, target.
    """

    files: Sequence[CodeFile]
    edges: Sequence[Edge]
    paths: Sequence[str] = ()
    external: Mapping[str, int] = field(default_factory=dict)
    unresolved: Sequence[tuple[str, int, str]] = ()

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each file by its path."""
        return {file.path: number for number, file in enumerate(self.files)}

    @cached_property
    def imports(self) -> Sequence[Sequence[Edge]]:
        """Edges by the file that imports."""
        found: list[list[Edge]] = [[] for _ in self.files]
        for edge in self.edges:
            found[edge.source].append(edge)
        return found

    @cached_property
    def imported_by(self) -> Sequence[Sequence[Edge]]:
        """Edges by the file that is imported."""
        found: list[list[Edge]] = [[] for _ in self.files]
        for edge in self.edges:
            found[edge.target].append(edge)
        return found
