"""Whatever a project's history: what builds on the last analysis finds what a first one would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from onextree.intelligence.analysis.analysis import Analysis, analyse
from onextree.intelligence.analysis.changes import all_rows, changes_since
from onextree.intelligence.analysis.known import Known
from onextree.intelligence.analysis.memory import AnalysisMemory
from onextree.intelligence.basic import describe
from onextree.intelligence.payload import with_analysis
from onextree.intelligence.version import INTELLIGENCE_VERSION
from tests.code_histories import STEPS, History, KeptFacts

HISTORIES = st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=1, max_size=5)
FACTS = KeptFacts()
"""Of all examples: each content is parsed once."""


def analysed(history: History, before: Known | None = None) -> Analysis:
    return analyse(history.entries(), contents=history, store=FACTS, before=before)


def payload(history: History, analysis: Analysis) -> dict[str, Any]:
    told = with_analysis(describe(history.entries()), analysis)
    del told["enriched_at"]
    return told


def apply(rows: dict[Any, Any], changes: Any, row_of: Callable[[Any], tuple[Any, Any]]) -> None:
    """Have rows be what changes make of them; each change has to be one."""
    for key in changes.gone:
        del rows[key]
    for row in changes.moved:
        key, value = row_of(row)
        assert rows[key] != value
        rows[key] = value
    for row in changes.added:
        key, value = row_of(row)
        assert key not in rows
        rows[key] = value


def check(history: History, found: Analysis, fresh: Analysis) -> None:
    """Both have found the same."""
    assert found.base == fresh.base
    assert list(found.base.external) == list(fresh.base.external)
    assert found.architecture == fresh.architecture
    assert found.findings == fresh.findings
    assert payload(history, found) == payload(history, fresh)
    assert all_rows(found) == all_rows(fresh)
    assert len(all_rows(found)[0]) == found.relationships
    assert len(all_rows(found)[1]) == len(found.findings)


def run(directory: Path, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(begin=st.integers(1, 6), steps=HISTORIES, data=st.data())
    def any_history(begin: int, steps: list[list[Any]], data: st.DataObject) -> None:
        history = History()
        history.begin(begin)
        memory = AnalysisMemory(directory)
        memory.forget("shop")
        before = analysed(history)
        memory.keep("shop", before.known)
        links, findings = (dict(rows) for rows in all_rows(before))
        for together in steps:
            for step in together:
                history.do(step)
            if data.draw(st.booleans(), label="in another process"):
                memory = AnalysisMemory(directory)
            known = memory.recall("shop", before.known.analysis_id, INTELLIGENCE_VERSION)
            assert known is not None
            note(str(together))
            found = analysed(history, known)
            check(history, found, analysed(history))
            of_links, of_findings = changes_since(known, found)
            apply(links, of_links, lambda row: (row[:2], row[2:]))
            apply(findings, of_findings, lambda row: (row.key, row))
            assert (links, findings) == all_rows(found)
            memory.keep("shop", found.known)
            before = found

    any_history()


def test_any_history_is_analysed_as_if_each_version_were_the_first(tmp_path: Path) -> None:
    run(tmp_path, 40)


@pytest.mark.soak
def test_any_history_is_analysed_as_if_each_version_were_the_first_at_length(
    tmp_path: Path,
) -> None:
    run(tmp_path, 3_000)
