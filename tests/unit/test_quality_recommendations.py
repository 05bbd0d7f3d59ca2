"""What to do about findings, and the specification's insights."""

from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.graph.cycles import find_cycles
from onextree.intelligence.quality.bounds import bounded
from onextree.intelligence.quality.dependency_rules import circular_dependencies
from onextree.intelligence.quality.insights import quality_insights
from onextree.intelligence.quality.onex import Compliance
from onextree.intelligence.quality.recommendations import recommendations
from onextree.intelligence.quality.rules import (
    COMPLEX_FUNCTION,
    GOD_OBJECT,
    LAYER_VIOLATION,
    ORPHAN,
    RULES,
    SYNTAX_ERROR,
)
from tests.quality import code_base

NOT_APPLICABLE = Compliance(None, "Not applicable.", 0, 0)


def god(name: str, branches: int = 200, severity: Severity = Severity.HIGH) -> Finding:
    path = f"shop/{name.lower()}.py"
    evidence = {"branches": branches}
    return GOD_OBJECT.found(path, "It is big.", evidence, subject=name, severity=severity)


def orphan(number: int) -> Finding:
    return ORPHAN.found(f"shop/f{number:03}.py", "Nobody imports it.", {"lines": 50})


def circle(*names: str) -> Finding:
    base = code_base(names, zip(names, [*names[1:], names[0]], strict=True))
    [found] = circular_dependencies(base, find_cycles(base))
    return found


def test_they_read_as_the_specifications_do() -> None:
    assert recommendations([god("UserService"), circle("shop/a.py", "shop/b.py")]) == [
        "Split UserService in shop/userservice.py into smaller classes",
        "Resolve circular dependency between shop/a.py and shop/b.py "
        "(cut the import in shop/a.py, line 1)",
    ]


def test_a_large_circle_names_two_files_and_counts_the_others() -> None:
    [sentence] = recommendations([circle("a.py", "b.py", "c.py", "d.py")])
    assert sentence.startswith("Resolve circular dependency between a.py, b.py and 2 more (cut")


def test_a_circle_whose_cut_is_too_long_to_be_kept_has_a_sentence_too() -> None:
    [sentence] = recommendations([circle(f"{'a' * 900}.py", f"{'b' * 900}.py")])
    assert sentence.startswith("Resolve circular dependency between …")
    assert "cut" not in sentence


def test_the_most_severe_come_first_and_no_more_than_asked_for() -> None:
    violation = LAYER_VIOLATION.found("shop/a.py", "", {}, subject="shop/b.py")
    found = [orphan(1), violation, SYNTAX_ERROR.found("shop/x.py", "", {"errors": 1})]
    sentences = [
        "Correct the syntax of shop/x.py",
        "Turn round the import of shop/b.py in shop/a.py",
        "Remove shop/f001.py or put it to use",
    ]
    assert recommendations(found) == sentences
    assert recommendations(found, most=2) == sentences[:2]
    assert recommendations([]) == []


def test_many_of_a_kind_have_one_sentence_that_names_the_worst() -> None:
    found = [god(name, branches) for branches, name in enumerate("ABCDE", 200)]
    assert recommendations(found) == [
        "Split E in shop/e.py, D in shop/d.py, C in shop/c.py and 2 more into smaller classes"
    ]
    assert recommendations(found[:3]) == [
        "Split C in shop/c.py, B in shop/b.py and A in shop/a.py into smaller classes"
    ]


def test_those_that_are_only_counted_count() -> None:
    found = bounded(ORPHAN, map(orphan, range(500)), most=10)
    [sentence] = recommendations(found)
    assert sentence == (
        "Remove shop/f000.py, shop/f001.py, shop/f002.py and 497 more or put it to use"
    )


def test_every_rule_has_a_sentence() -> None:
    for rule in RULES.values():
        evidence = {"files": ["shop/a.py"], "size": 1, "cuts": 0, "cut": []}
        [sentence] = recommendations([rule.found("shop/a.py", "", evidence)])
        assert "shop/a.py" in sentence, rule.id
        assert "{" not in sentence


def test_insights_have_the_specifications_shape() -> None:
    found = [
        orphan(1),
        COMPLEX_FUNCTION.found("shop/a.py", "", {"branches": 70}, severity=Severity.HIGH),
        COMPLEX_FUNCTION.found("shop/a.py", "", {"branches": 40}, subject="f"),
        god("Cart", severity=Severity.MEDIUM),
    ]
    assert quality_insights(found, Compliance(0.85, None, 4, 6)) == {
        "onex_compliance_score": 0.85,
        "anti_patterns_detected": ["complex_function", "god_object", "orphan"],
        "recommendations": recommendations(found),
        "findings": {
            "total": 4,
            "by_rule": {"complex_function": 2, "god_object": 1, "orphan": 1},
            "by_severity": {"critical": 0, "high": 1, "medium": 2, "low": 1},
        },
    }


def test_insights_say_why_there_is_no_score() -> None:
    assert quality_insights([], NOT_APPLICABLE) == {
        "onex_compliance_score": None,
        "onex_compliance_reason": "Not applicable.",
        "anti_patterns_detected": [],
        "recommendations": [],
        "findings": {
            "total": 0,
            "by_rule": {},
            "by_severity": {"critical": 0, "high": 0, "medium": 0, "low": 0},
        },
    }


def test_insights_count_those_that_are_not_listed() -> None:
    found = bounded(ORPHAN, map(orphan, range(500)), most=10)
    assert quality_insights(found, NOT_APPLICABLE)["findings"]["total"] == 500
