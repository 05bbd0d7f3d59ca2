"""The table of rules, its documentation, and its version."""

import re
from pathlib import Path

from blake3 import blake3

from onextree.intelligence.findings import Severity
from onextree.intelligence.quality import (
    bounds,
    definition_rules,
    dependency_rules,
    duplicates,
    file_rules,
    god_objects,
    orphans,
    rules,
    untested,
)
from onextree.intelligence.quality.onex import PENALTIES

TEXT = (Path(__file__).parents[2] / "docs" / "findings.md").read_text()
ROWS = {
    row[0].strip("` "): [cell.strip() for cell in row[1:]]
    for line in TEXT.splitlines()
    if len(row := line.strip("|").split("|")) == 5 and row[0].strip().startswith("`")
}
SEVERITIES = {severity.value for severity in Severity}

THRESHOLDS: dict[str, tuple[float, ...]] = {
    "god_object": (god_objects.GOD_METHODS, god_objects.GOD_LINES, god_objects.GOD_BRANCHES),
    "long_function": (
        definition_rules.LONG_LINES,
        definition_rules.TEST_LONG_LINES,
        definition_rules.LONG_BRANCHES,
    ),
    "complex_function": (
        definition_rules.COMPLEX_BRANCHES,
        definition_rules.TEST_COMPLEX_BRANCHES,
        definition_rules.TANGLED_BRANCHES,
    ),
    "oversized_file": (
        file_rules.OVERSIZED_LINES,
        file_rules.TEST_OVERSIZED_LINES,
        file_rules.OVERSIZED_DEFINITIONS,
        file_rules.HUGE_LINES,
    ),
    "syntax_error": (1,),
    "circular_dependency": (2, dependency_rules.LARGE_CYCLE),
    "hub": (
        dependency_rules.HUB_FILES,
        100 * dependency_rules.HUB_SHARE,
        dependency_rules.HUB_FILES,
        2,
    ),
    "orphan": (orphans.ORPHAN_LINES, orphans.ORPHAN_FILES, 100 * orphans.ORPHAN_SHARE),
    "duplicate": (
        duplicates.DUPLICATE_LINES,
        duplicates.DUPLICATE_BYTES,
        duplicates.LARGE_DUPLICATE_LINES,
    ),
    "test_gap": (untested.GAP_LINES, 100 * untested.REACHED_SHARE, untested.LARGE_GAP_LINES),
}


def test_every_rule_has_a_row_and_every_row_a_rule() -> None:
    assert ROWS.keys() == rules.RULES.keys()
    assert all(all(cells) for cells in ROWS.values())


def test_rows_have_the_thresholds_of_the_code() -> None:
    for rule, (_, threshold, severity, _) in ROWS.items():
        told = tuple(map(float, re.findall(r"\d+", f"{threshold} {severity}")))
        assert told == THRESHOLDS.get(rule, ()), rule


def test_rows_begin_with_the_usual_severity() -> None:
    for rule, (_, _, severity, _) in ROWS.items():
        told = re.findall(r"\w+", severity)
        assert told[0] == rules.RULES[rule].severity, rule
        assert SEVERITIES.isdisjoint(told) is False


def test_the_bounds_and_penalties_are_documented() -> None:
    assert f"at most {bounds.MOST} findings for a project" in TEXT
    assert f"at most {bounds.MOST_IN_A_FILE} in one file" in TEXT
    assert f"`{bounds.REST}`" in TEXT
    for severity, penalty in PENALTIES.items():
        assert f"{penalty:.2f} ({severity})" in TEXT


def test_rules_are_named_by_their_constants() -> None:
    named = {name.lower() for name in rules.__all__ if isinstance(getattr(rules, name), rules.Rule)}
    assert named == rules.RULES.keys()
    for name, rule in rules.RULES.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]+", name)
        assert rule.version >= 1
        assert rule.what_to_do.count("{what}") == 1
        assert not rule.title.endswith(".")


def test_the_version_changes_with_the_rules() -> None:
    table = [(rule.id, rule.version, rule.severity.value) for rule in rules.RULES.values()]
    digest = blake3(repr((table, THRESHOLDS)).encode()).hexdigest()[:16]
    # Where a rule has changed: raise its version and QUALITY_VERSION, and put both down here.
    assert (rules.QUALITY_VERSION, digest) == (1, "73876b05a986940a")
