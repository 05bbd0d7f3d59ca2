"""What an analysis knows of each file, so that the next one looks only at what changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from onextree.intelligence.codebase import CodeBase, CodeFile
from onextree.intelligence.facts import FileFacts, Import
from onextree.intelligence.findings import Finding
from onextree.intelligence.resolution.model import Resolver

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

    def import_at(self, place: int) -> tuple[str, int]:
        """Target and line of an import."""
        target, line = self.imports[place][:2]
        return target, line

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
    """All that is known of a file.

    Attributes:
        links: Target, line and kind of each file that it uses, each once, sorted. The line is that
            of the first import that leads there; the kind is its, or that of the first which does
            not take types alone.
    """

    reading: Reading
    linked: Linked
    code: CodeFile
    links: tuple[tuple[str, int, str], ...]

    @classmethod
    def of(cls, path: str, reading: Reading, linked: Linked) -> "KnownFile":
        """A file that was read and linked."""
        return cls(reading, linked, reading.code_file(path), _links(reading, linked))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a project since its last analysis.

    Attributes:
        analysis_id: The stored analysis that this is what came of.
        rules: Versions of everything that it was made by.
        files: By path, sorted.
        configs: Digest and content of configuration files by path.
        paths: As `onextree.intelligence.analysis.paths.digest_paths` tells those of all files.
        findings: What is wrong with the project as a whole.
        is_onex: Whether it has ONEX nodes, and so findings of these rules count.
        base: The files put together; None where this comes from the disk.
        resolvers: By family, made for these paths and configuration; none where this comes from
            the disk.
    """

    analysis_id: UUID
    rules: str
    files: Mapping[str, KnownFile] = field(default_factory=dict)
    configs: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)
    paths: Mapping[str, bytes] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    is_onex: bool = False
    base: CodeBase | None = None
    resolvers: Mapping[str, Resolver] = field(default_factory=dict)


def _links(reading: Reading, linked: Linked) -> tuple[tuple[str, int, str], ...]:
    found: dict[str, tuple[int, str]] = {}
    for target, number in linked.targets:
        line, kind = reading.imports[number][1:3]
        before = found.get(target)
        if before is None:
            found[target] = (line, kind)
        elif before[1] == "type" != kind:
            found[target] = (before[0], kind)
    return tuple((target, *found[target]) for target in sorted(found))
