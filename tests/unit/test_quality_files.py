"""What is wrong with a file by itself."""

from itertools import count

import pytest

from onextree.intelligence.facts import Definition, FileFacts
from onextree.intelligence.findings import Finding
from onextree.intelligence.quality import definition_rules, file_rules, god_objects
from onextree.intelligence.quality.bounds import MOST_IN_A_FILE, REST
from onextree.intelligence.quality.file_rules import judge_file
from tests.quality import a_class, function, rules


def judge(
    *definitions: Definition,
    lines: int = 0,
    errors: int = 0,
    failure: str = "",
    path: str = "shop/cart.py",
    language: str = "Python",
    category: str = "source",
) -> tuple[Finding, ...]:
    lines = lines or max((each.end_line for each in definitions), default=10)
    facts = FileFacts(lines, (), definitions, None, (), errors, (), failure)
    return judge_file(path, language, category, 1_234, facts)


def big_class(methods: int, lines: int, branches: int, kind: str = "class") -> list[Definition]:
    each, rest = divmod(branches, methods)
    starts = count(2, max(1, (lines - 2) // methods))
    return [
        Definition("Cart", kind, 1, lines),
        *(
            function(f"Cart.m{number}", line, 1, each + (rest if number == 0 else 0))
            for number, line in zip(range(methods), starts, strict=False)
        ),
    ]


METHODS, LINES, BRANCHES = (
    god_objects.GOD_METHODS,
    god_objects.GOD_LINES,
    god_objects.GOD_BRANCHES,
)


def test_an_ordinary_file_has_no_findings() -> None:
    assert judge(a_class("Cart", lines=40), function("Cart.add", 2), function("total", 50)) == ()


@pytest.mark.parametrize(
    ("methods", "lines", "branches", "severity"),
    [
        (METHODS + 1, LINES + 1, BRANCHES + 1, "high"),
        (METHODS + 1, LINES + 1, BRANCHES, "medium"),
        (METHODS + 1, LINES, BRANCHES + 1, "medium"),
        (METHODS, LINES + 1, BRANCHES + 1, "medium"),
        (METHODS + 1, LINES, BRANCHES, None),
        (METHODS, LINES + 1, BRANCHES, None),
        (METHODS, LINES, BRANCHES + 1, None),
    ],
)
def test_a_god_object_is_too_much_in_two_ways(
    methods: int, lines: int, branches: int, severity: str | None
) -> None:
    found = [each for each in judge(*big_class(methods, lines, branches)) if "god" in each.rule]
    assert [each.severity for each in found] == ([severity] if severity else [])
    for each in found:
        assert (each.subject, each.line) == ("Cart", 1)
        assert each.evidence == {"methods": methods, "lines": lines, "branches": branches}


@pytest.mark.parametrize("kind", ["interface", "trait", "enum"])
def test_what_is_no_class_is_no_god_object(kind: str) -> None:
    found = judge(*big_class(METHODS + 1, LINES + 1, BRANCHES + 1, kind))
    assert "god_object" not in rules(found)


def test_methods_outside_of_their_type_count_and_overloads_once() -> None:
    outside = [function(f"Cart.m{n}", 10 + n * 25, 25, 4) for n in range(METHODS + 1)]
    [found] = judge(Definition("Cart", "struct", 1, 5), *outside, path="cart.go", language="Go")
    assert (found.rule, found.severity, found.line) == ("god_object", "high", 1)
    overloads = [function("Cart.add", 10 + n * 3, 3, 1) for n in range(METHODS + 1)]
    assert judge(a_class("Cart", lines=LINES + 1), *overloads) == ()


def test_a_function_that_decides_too_much_is_complex() -> None:
    enough = definition_rules.COMPLEX_BRANCHES
    assert judge(function("parse", branches=enough - 1)) == ()
    [found] = judge(function("parse", 7, branches=enough))
    assert (found.rule, found.severity, found.line) == ("complex_function", "medium", 7)
    assert found.evidence == {"branches": enough, "lines": 10}
    [severe] = judge(function("parse", branches=definition_rules.TANGLED_BRANCHES))
    assert severe.severity == "high"


def test_a_long_function_counts_only_where_it_decides_something() -> None:
    length, branches = definition_rules.LONG_LINES, definition_rules.LONG_BRANCHES
    assert judge(function("run", lines=length, branches=branches)) == ()
    assert judge(function("run", lines=length * 3, branches=branches - 1)) == ()
    [found] = judge(function("run", lines=length + 1, branches=branches))
    assert (found.rule, found.severity, found.subject) == ("long_function", "medium", "run")


def test_a_long_file_counts_only_where_it_is_no_data() -> None:
    length, least = file_rules.OVERSIZED_LINES, file_rules.OVERSIZED_DEFINITIONS
    enough = [function(f"f{n}") for n in range(least)]
    assert judge(*enough, lines=length) == ()
    assert judge(*enough[1:], lines=length * 10) == ()
    [found] = judge(*enough, lines=length + 1)
    assert (found.rule, found.severity) == ("oversized_file", "medium")
    severities = [judge(*enough, lines=file_rules.HUGE_LINES + more)[0].severity for more in (0, 1)]
    assert severities == ["medium", "high"]


@pytest.mark.parametrize("category", ["test", "documentation", "build"])
def test_code_that_is_not_the_product_is_judged_milder(category: str) -> None:
    classes = big_class(METHODS + 1, LINES + 1, BRANCHES + 1)
    functions = [function(f"f{n}", 1, 300, 40) for n in range(20)]
    assert judge(*classes, *functions, lines=4_000, category=category) == ()
    assert judge(*classes, *functions, lines=4_000, path="scripts/cart.py") == ()
    assert judge(*classes, *functions, lines=4_000, path="shop/integration/cart.py") != ()
    extreme = function("f", lines=600, branches=80)
    found = judge(*[extreme] * 10, lines=9_000, errors=1, category=category)
    assert {each.severity for each in found} == {"low"}
    assert set(rules(found)) == {
        "complex_function",
        "long_function",
        "oversized_file",
        "syntax_error",
    }


@pytest.mark.parametrize("category", ["generated", "vendored", "binary"])
def test_nothing_is_wrong_with_what_nobody_writes(category: str) -> None:
    extreme = function("f", lines=600, branches=80)
    assert judge(extreme, lines=9_000, errors=1, category=category) == ()
    assert judge(failure="crash", category=category) == ()


def test_a_file_that_cannot_be_parsed_is_told() -> None:
    [found] = judge(errors=3)
    assert (found.rule, found.severity) == ("syntax_error", "high")
    assert found.evidence == {"errors": 3}
    assert judge(errors=0) == ()


@pytest.mark.parametrize("language", ["C", "C++", "C#", "Kotlin"])
def test_of_some_languages_a_parser_is_not_sure(language: str) -> None:
    [found] = judge(errors=3, path="shop/cart", language=language)
    assert found.severity == "low"


def test_a_template_is_no_syntax_error() -> None:
    assert judge(errors=3, path="{{cookiecutter.name}}/cart.py") == ()


def test_of_a_file_that_could_not_be_analysed_nothing_else_is_said() -> None:
    [found] = judge(function("f", branches=99), errors=1, failure="timeout")
    assert (found.rule, found.severity) == ("unreadable_source", "low")
    assert found.evidence == {"failure": "timeout", "size": 1_234}
    assert judge(failure="") == ()


def test_definitions_of_one_name_are_told_apart() -> None:
    found = judge(function("f", 1), function("f", 20, branches=40), function("f", 40, branches=41))
    assert sorted(each.subject for each in found) == ["f#2", "f#3"]
    assert len({each.key for each in found}) == 2


def test_a_file_has_so_many_findings_of_a_rule_at_most_the_worst_first() -> None:
    many = MOST_IN_A_FILE + 10
    found = judge(*(function(f"f{n}", n * 10, branches=30 + n % 25) for n in range(many)))
    assert len(found) == MOST_IN_A_FILE
    assert found[0].evidence["branches"] == 54
    assert (found[-1].subject, found[-1].path) == (REST, "shop/cart.py")
    assert found[-1].evidence == {"more": 11}
