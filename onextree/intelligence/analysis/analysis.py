"""The analysis of a version: read, linked, described and judged."""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onextree.intelligence.analysis.code_base import code_base
from onextree.intelligence.analysis.files import select
from onextree.intelligence.analysis.known import Known, KnownFile, Linked, Reading
from onextree.intelligence.analysis.linking import link
from onextree.intelligence.analysis.paths import OTHERS, changed_families, digest_paths
from onextree.intelligence.analysis.reading import UNREAD, FactsStore, Reader
from onextree.intelligence.architecture.describe import Architecture, describe_architecture
from onextree.intelligence.codebase import CodeBase
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
    entries_before: Callable[[], Sequence[Entry]] = tuple,
    is_thorough: bool = False,
) -> Analysis:
    """Analyse a tree.

    Args:
        entries: Sorted by directory and name.
        contents: Where files are read that nothing is known of.
        store: What is known of contents.
        before: What the last analysis of the same `INTELLIGENCE_VERSION` knew.
        entries_before: Tells the tree that was analysed last, where what it knew is lost.
        is_thorough: Have contents that could not be parsed before tried again.
    """
    watch = Stopwatch()
    selected = select(entries)
    watch.lap("select")
    reader = Reader(contents, store, before, entries_before=entries_before, is_thorough=is_thorough)
    read = reader.read(selected.code, selected.configs)
    watch.lap("read")
    path_digests = digest_paths(selected.paths)
    changed_paths = changed_families(before.paths, path_digests) if before else {OTHERS}
    paths = (
        before.base.paths
        if before is not None and before.base is not None and not changed_paths
        else sorted(selected.paths)
    )
    has_same_configs = before is not None and before.configs == read.configs
    resolvers = dict(before.resolvers) if before and has_same_configs and not changed_paths else {}
    linked = link(
        read.files,
        before.files if before else {},
        paths=paths,
        configs={path: content for path, (_, content) in read.configs.items()},
        changed_paths=changed_paths,
        has_same_configs=has_same_configs,
        resolvers=resolvers,
    )
    files = _files(read.files, linked, before)
    watch.lap("link")
    base = code_base(files, paths, before)
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
        path_digests,
        tuple(of_project),
        follows_onex(base),
        base,
        resolvers,
    )
    return Analysis(
        known,
        base,
        architecture,
        findings,
        insights,
        sum(len(file.links) for file in files.values()),
        read.extracted,
        watch.stages,
    )


def _files(
    readings: Mapping[str, Reading], linked: Mapping[str, Linked], before: Known | None
) -> dict[str, KnownFile]:
    """Files by path, sorted; those that are as they were are the same objects."""
    known = before.files if before is not None else {}
    found: dict[str, KnownFile] = {}
    for path in sorted(readings):
        file = known.get(path)
        if file is None or file.reading is not readings[path] or file.linked is not linked[path]:
            file = KnownFile.of(path, readings[path], linked[path])
        found[path] = file
    return found
