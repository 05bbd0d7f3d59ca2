"""The analysis of a version: read, linked, described and judged."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blake3 import blake3

from onextree.intelligence.analysis.files import select
from onextree.intelligence.analysis.known import Known, KnownFile
from onextree.intelligence.analysis.linking import link
from onextree.intelligence.analysis.reading import UNREAD, FactsStore, Reader
from onextree.intelligence.architecture.describe import Architecture, describe_architecture
from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.intelligence.findings import Finding
from onextree.intelligence.quality.insights import quality_insights
from onextree.intelligence.quality.onex import follows_onex, onex_compliance
from onextree.intelligence.quality.project_rules import all_findings, judge_project
from onextree.intelligence.version import INTELLIGENCE_VERSION
from onextree.tree.model import Entry
from onextree.tree.reading.contents import Contents
from onextree.tree.stopwatch import Stopwatch

__all__ = ["Analysis", "analyse"]

_SHOWN_PACKAGES = 50


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of an analysis.

    Attributes:
        base: The code as a whole.
        findings: All of them, of files and of the project, the most urgent first.
        insights: The specification's ``quality_insights``.
        relationships: How many there are, those to files that are no code among them.
        extracted: How many contents were parsed for it.
        stages: Milliseconds.
    """

    known: Known
    base: CodeBase
    architecture: Architecture
    findings: Sequence[Finding]
    insights: Mapping[str, Any]
    relationships: int
    extracted: int
    stages: Mapping[str, float]

    @property
    def unread(self) -> int:
        """Files whose content was not at hand."""
        return sum(file.failure == UNREAD for file in self.base.files)

    def statistics(self) -> dict[str, Any]:
        """Counts for the payload: ``{code_files, code_lines, relationships_mapped, ...}``."""
        files = self.base.files
        failures = Counter(file.failure for file in files if file.failure)
        return {
            "code_files": len(files),
            "code_lines": sum(file.lines for file in files),
            "relationships_mapped": self.relationships,
            "unresolved_imports": len(self.base.unresolved),
            "external_packages": dict(
                sorted(self.base.external.items(), key=lambda item: (-item[1], item[0]))[
                    :_SHOWN_PACKAGES
                ]
            ),
            "external_packages_total": len(self.base.external),
            "unread_files": failures.pop(UNREAD, 0),
            "unparsed_files": dict(failures),
        }


def analyse(
    entries: Sequence[Entry],
    *,
    contents: Contents,
    store: FactsStore,
    before: Known | None = None,
    is_thorough: bool = False,
) -> Analysis:
    """Analyse a tree.

    Args:
        entries: Sorted by directory and name.
        contents: Where files are read that nothing is known of.
        store: What is known of contents.
        before: What the last analysis of the same `INTELLIGENCE_VERSION` knew.
        is_thorough: Have contents that could not be parsed before tried again.
    """
    watch = Stopwatch()
    selected = select(entries)
    watch.lap("select")
    read = Reader(contents, store, before, is_thorough=is_thorough).read(
        selected.code, selected.configs
    )
    watch.lap("read")
    paths = sorted(selected.paths)
    paths_digest = blake3("\0".join(paths).encode("utf-8", "surrogatepass")).digest()
    linked = link(
        read.files,
        before.files if before else {},
        paths=paths,
        configs={path: content for path, (_, content) in read.configs.items()},
        has_same_paths=before is not None and before.paths == paths_digest,
        has_same_configs=before is not None and before.configs == read.configs,
    )
    files = {path: KnownFile(read.files[path], linked[path]) for path in sorted(read.files)}
    watch.lap("link")
    base, relationships = _code_base(files, paths)
    watch.lap("graph")
    architecture = describe_architecture(
        base, configs={path: content for path, (_, content) in read.configs.items()}
    )
    watch.lap("architecture")
    of_project = judge_project(
        base,
        architecture.cycles,
        entry_points={each.path for each in architecture.entry_points},
        violations=architecture.layers.violations,
    )
    findings = all_findings(base, of_project)
    insights = quality_insights(findings, onex_compliance(base))
    watch.lap("quality")
    known = Known(
        uuid.uuid4(),
        INTELLIGENCE_VERSION,
        files,
        read.configs,
        paths_digest,
        tuple(of_project),
        follows_onex(base),
    )
    return Analysis(
        known,
        base,
        architecture,
        findings,
        insights,
        relationships,
        read.extracted,
        watch.stages,
    )


def _code_base(files: Mapping[str, KnownFile], paths: Sequence[str]) -> tuple[CodeBase, int]:
    """The code as a whole, and how many relationships there are."""
    numbers = {path: number for number, path in enumerate(files)}
    edges: list[Edge] = []
    external: Counter[str] = Counter()
    unresolved: list[tuple[str, int, str]] = []
    code: list[CodeFile] = []
    relationships = 0
    for number, (path, file) in enumerate(files.items()):
        code.append(file.reading.code_file(path))
        linked = file.linked
        if linked.targets:
            links = list(file.links())
            relationships += len(links)
            edges.extend(
                sorted(
                    Edge(number, numbers[target], line, kind)
                    for target, line, kind in links
                    if target in numbers
                )
            )
        if linked.external:
            external.update(linked.external)
        for place in linked.unresolved:
            target, line = file.reading.imports[place][:2]
            unresolved.append((path, line, target))
    return CodeBase(code, edges, paths, external, unresolved), relationships
