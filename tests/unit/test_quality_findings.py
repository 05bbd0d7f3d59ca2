"""What holds for all findings, whatever a project is like."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.architecture.layer import Violation
from onextree.intelligence.codebase import CodeBase, CodeFile
from onextree.intelligence.facts import Definition, FileFacts, Import, Note
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.graph.cycles import find_cycles
from onextree.intelligence.quality.bounds import MOST, REST, bounded, brief, fitting
from onextree.intelligence.quality.file_rules import judge_file
from onextree.intelligence.quality.project_rules import all_findings, judge_project
from onextree.intelligence.quality.rules import ORPHAN, RULES, SEVERITIES, urgency
from tests.event_examples import unhurried
from tests.quality import code_base, code_file

T = TypeVar("T")

NAMES = st.sampled_from(["f", "g", "Cart", "Cart.add", "NodeCartEffect", "ModelCart"])
DEFINITIONS = st.builds(
    lambda name, kind, line, length, branches, bases: Definition(
        name, kind, line, line + length, branches, bases
    ),
    NAMES,
    st.sampled_from(["class", "function", "method", "struct"]),
    st.integers(1, 2_000),
    st.integers(0, 900),
    st.integers(0, 200),
    st.sampled_from([(), ("NodeEffect",), ("BaseModel",)]),
)
FACTS = st.builds(
    lambda lines, imports, definitions, errors, notes: FileFacts(
        lines, tuple(imports), tuple(sorted(definitions)), None, (), errors, tuple(notes)
    ),
    st.integers(0, 6_000),
    st.lists(st.builds(Import, st.sampled_from(["..a", "..b", "c"]), st.integers(1, 99))),
    st.lists(DEFINITIONS, max_size=30),
    st.integers(0, 1),
    st.lists(
        st.builds(Note, st.sampled_from(["dict-str-any", "pydantic-v1"]), st.integers(1, 2_000)),
        max_size=5,
    ),
)
PATHS = st.sampled_from(["shop/cart.py", "shop/node_cart_effect.py", "tests/cart.py"])
CATEGORIES = st.sampled_from(["source", "test", "documentation", "generated"])


def shifted(facts: FileFacts, by: int) -> FileFacts:
    return facts._replace(
        imports=tuple(each._replace(line=each.line + by) for each in facts.imports),
        definitions=tuple(
            each._replace(line=each.line + by, end_line=each.end_line + by)
            for each in facts.definitions
        ),
        notes=tuple(each._replace(line=each.line + by) for each in facts.notes),
    )


@unhurried
@given(PATHS, CATEGORIES, FACTS, st.integers(1, 500))
def test_findings_of_a_file_are_told_apart_and_stay_while_lines_move(
    path: str, category: str, facts: FileFacts, by: int
) -> None:
    found = judge_file(path, "Python", category, 9_999, facts)
    keys = [each.key for each in found]
    assert len(set(keys)) == len(keys)
    assert keys == [
        each.key for each in judge_file(path, "Python", category, 9_999, shifted(facts, by))
    ]
    assert_sound(found)


def assert_sound(findings: tuple[Finding, ...] | list[Finding]) -> None:
    for each in findings:
        assert each.rule_version == RULES[each.rule].version
        assert type(each.severity) is str
        assert each.severity in SEVERITIES
        assert each.message.endswith(".")
        assert each.line >= 0
        assert len(json.dumps(each.evidence)) < 2_048


@st.composite
def projects(draw: st.DrawFn) -> CodeBase:
    names = draw(st.lists(st.integers(0, 60), unique=True, min_size=1, max_size=40))
    files = [
        code_file(
            f"{draw(st.sampled_from(['shop', 'web', 'tests', 'scripts']))}/f{name}.py",
            lines=draw(st.sampled_from([5, 50, 150, 500])),
            digest=draw(st.sampled_from([b"", b"same"])),
            marks=draw(st.sampled_from([(), (), ("main",)])),
        )
        for name in names
    ]
    pairs = st.tuples(st.sampled_from(files), st.sampled_from(files))
    imports = {
        (source.path, target.path): kind
        for (source, target), kind in draw(
            st.lists(st.tuples(pairs, st.sampled_from(["import", "type"])), max_size=120)
        )
        if source.path != target.path
    }
    unresolved = draw(
        st.lists(
            st.tuples(
                st.sampled_from([file.path for file in files]),
                st.integers(1, 50),
                st.sampled_from(["shop.gone", ".lost"]),
            )
        )
    )
    return code_base(
        files, [(*pair, kind) for pair, kind in imports.items()], unresolved=unresolved
    )


@unhurried
@given(projects(), st.randoms(use_true_random=False))
def test_findings_of_a_project_do_not_depend_on_the_order_of_what_is_given(
    base: CodeBase, chance: random.Random
) -> None:
    cycles = find_cycles(base)
    entries = [file.path for file in base.files if "main" in file.marks]
    upwards = [
        Violation(base.files[edge.source].path, base.files[edge.target].path, line, "low", "high")
        for edge in base.edges[:5]
        for line in (1, 2)
    ]
    found = judge_project(base, cycles, entry_points=entries, violations=upwards)
    assert len({each.key for each in found}) == len(found)
    assert_sound(found)

    def mixed(values: Sequence[T]) -> list[T]:
        return chance.sample(values, len(values))

    other = replace(base, edges=mixed(base.edges), unresolved=mixed(base.unresolved))
    again = judge_project(
        other, mixed(cycles), entry_points=mixed(entries), violations=mixed(upwards)
    )
    assert again == found


def test_all_findings_are_those_of_files_and_of_the_project_the_most_urgent_first() -> None:
    long = FileFacts(10, (), (Definition("f", "function", 1, 10, 70),))
    files = [
        code_file(path, findings=judge_file(path, "Python", "source", 1, long))
        for path in ("shop/b.py", "shop/a.py")
    ]
    base = code_base(files, [("shop/a.py", "shop/b.py"), ("shop/b.py", "shop/a.py")])
    of_project = judge_project(base, find_cycles(base), entry_points=(), violations=())
    found = all_findings(base, of_project)
    assert [(each.severity, each.rule, each.path) for each in found] == [
        ("high", "complex_function", "shop/a.py"),
        ("high", "complex_function", "shop/b.py"),
        ("medium", "circular_dependency", "shop/a.py"),
    ]


def of_files(number: int) -> list[CodeFile]:
    return [code_file(f"shop/f{each:05}.py") for each in range(number)]


@pytest.mark.parametrize(("number", "listed"), [(MOST, MOST), (MOST + 1, MOST), (5_000, MOST)])
def test_a_rule_has_so_many_findings_at_most_and_the_last_counts_the_others(
    number: int, listed: int
) -> None:
    base = code_base(["shop/a.py"], unresolved=[("shop/a.py", 1, f"x{n}") for n in range(number)])
    found = judge_project(base, [], entry_points=(), violations=())
    assert len(found) == listed
    more = [each for each in found if each.subject == REST]
    assert [each.evidence for each in more] == (
        [{"more": number - MOST + 1}] if number > MOST else []
    )


def test_the_most_severe_and_then_the_heaviest_are_kept() -> None:
    found = [ORPHAN.found(f"{n}.py", "", {"lines": n}) for n in range(9)]
    severe = ORPHAN.found("x.py", "", {"lines": 1}, severity=Severity.HIGH)
    kept = bounded(ORPHAN, [*found, severe], most=3)
    assert [each.path for each in kept] == ["x.py", "8.py", ""]
    assert sorted(kept, key=urgency) == kept


@given(st.lists(st.text(max_size=30), max_size=20), st.integers(0, 300))
def test_what_fits_is_a_beginning_that_fits(values: list[str], room: int) -> None:
    kept = fitting(values, room=room)
    assert values[: len(kept)] == kept
    assert len(json.dumps(kept)) <= room + 2
    assert len(kept) <= 50


@given(st.text(max_size=300))
def test_a_long_name_is_told_by_its_end(text: str) -> None:
    told = brief(text, 20)
    assert len(told) <= 20
    assert told == text or text.endswith(told[1:])
