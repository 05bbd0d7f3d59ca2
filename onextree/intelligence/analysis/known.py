"""What an analysis knows of each file, so that the next one looks only at what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from onextree.intelligence.codebase import CodeFile
from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.findings import Finding

__all__ = ["Known", "KnownFile", "Linked", "Reading"]


class Reading(NamedTuple):
    """What a content says at its path: as `CodeFile` has it, and what links are made by.

    Plain tuples all the way down, as they are kept on disk.

    Attributes:
        findings: Each as the fields of a `Finding`.
        package: As `FileFacts.package`.
        declared: Names of what it defines at the top level.
        imports: Each as the fields of an `Import`.
    """

    language: str
    category: str
    digest: bytes
    size: int
    lines: int
    marks: tuple[str, ...]
    signs: tuple[str, ...]
    findings: tuple[tuple[Any, ...], ...]
    failure: str
    package: str | None
    declared: tuple[str, ...]
    imports: tuple[tuple[Any, ...], ...]

    def code_file(self, path: str) -> CodeFile:
        """The file in short."""
        return CodeFile(path, *self[:7], tuple(map(Finding._make, self.findings)), self.failure)

    def facts(self) -> FileFacts:
        """As much of the facts as resolving needs."""
        return FileFacts(self.lines, tuple(map(Import._make, self.imports)), package=self.package)


class Linked(NamedTuple):
    """Where the imports of a file lead; each is named by its place among them.

    Attributes:
        targets: Path of a file of the project, and the import.
        external: Packages of others, each once.
        unresolved: Imports that lead nowhere.
    """

    targets: tuple[tuple[str, int], ...] = ()
    external: tuple[str, ...] = ()
    unresolved: tuple[int, ...] = ()


class KnownFile(NamedTuple):
    """All that is known of a file."""

    reading: Reading
    linked: Linked

    def links(self) -> Iterator[tuple[str, int, str]]:
        """Target, line and kind of each file that it uses, each once.

        The line is that of the first import that leads there; the kind is its, or that of the
        first which does not take types alone.
        """
        found: dict[str, tuple[int, str]] = {}
        for target, number in self.linked.targets:
            line, kind = self.reading.imports[number][1:3]
            before = found.get(target)
            if before is None:
                found[target] = (line, kind)
            elif before[1] == "type" != kind:
                found[target] = (before[0], kind)
        return ((target, line, kind) for target, (line, kind) in found.items())


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a project since its last analysis.

    Attributes:
        analysis_id: The stored analysis that this is what came of.
        rules: Versions of everything that it was made by.
        files: By path, sorted.
        configs: Digest and content of configuration files by path.
        paths: Digest of the paths of all files.
        findings: What is wrong with the project as a whole.
        is_onex: Whether it has ONEX nodes, and so findings of these rules count.
    """

    analysis_id: UUID
    rules: str
    files: Mapping[str, KnownFile] = field(default_factory=dict)
    configs: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)
    paths: bytes = b""
    findings: tuple[Finding, ...] = ()
    is_onex: bool = False
