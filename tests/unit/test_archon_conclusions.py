"""What follows from Archon's answers, and what does not."""

import pytest

from onextree.intelligence.archon import Answer, AssessmentAnswer, SearchAnswer, SearchQuestion
from onextree.intelligence.archon.conclusions import (
    architectural_patterns,
    assessed_quality,
    pattern_questions,
)
from onextree.intelligence.archon.model import CodePattern, Hit, Place

FILES = ("src/a.py", "src/b.py")


def found(
    title: str,
    similarity: float = 0.8,
    *,
    text: str = "Repository Pattern Python",
    place: Place = "knowledge",
    summary: str = "",
) -> list[dict[str, object]]:
    question = SearchQuestion(text, place, FILES)
    hit = Hit(title=title, summary=summary, url="https://x.example", similarity=similarity)
    return architectural_patterns([question], {question.key: SearchAnswer(hits=(hit,))})


def file(path: str, score: float | None, *patterns: CodePattern) -> AssessmentAnswer:
    low = () if score else ("onex_compliance",)
    return AssessmentAnswer(
        path=path,
        onex_compliance=score,
        low_signals=low,
        patterns=patterns,
        recommendations=("Use a model.",),
    )


def test_a_good_hit_that_names_a_known_pattern_is_half_a_proof() -> None:
    [pattern] = found("The Repository pattern")
    assert pattern == {
        "name": "Repository Pattern",
        "confidence": 0.4,
        "files": list(FILES),
        "description": "Data access behind an abstraction.",
        "source": "archon",
        "evidence": [
            {"title": "The Repository pattern", "url": "https://x.example", "similarity": 0.8}
        ],
    }


@pytest.mark.parametrize(
    ("title", "similarity"), [("The Repository Pattern", 0.69), ("Cooking for two", 0.99), ("", 1)]
)
def test_other_hits_are_no_patterns(title: str, similarity: float) -> None:
    assert found(title, similarity) == []


def test_files_do_not_have_a_pattern_that_they_were_not_asked_for() -> None:
    [pattern] = found("Event sourcing")
    assert (pattern["name"], pattern["files"]) == ("Event Sourcing", [])


def test_the_summary_counts_for_code_examples_alone() -> None:
    assert found("x", summary="An MVC application") == []
    [pattern] = found("x", summary="An MVC application", place="examples")
    assert pattern["name"] == "MVC"


def test_no_number_of_hits_makes_it_surer_than_half() -> None:
    question = SearchQuestion("mvc")
    hits = tuple(Hit(title="MVC", similarity=1) for _ in range(20))
    [pattern] = architectural_patterns([question], {question.key: SearchAnswer(hits=hits)})
    assert (pattern["confidence"], len(pattern["evidence"])) == (0.5, 3)


def test_questions_are_few_words_with_the_files_of_local_patterns() -> None:
    questions = pattern_questions("shop", ["Python", "Go"], {"MVC": FILES, "CQRS": ()})
    assert [(each.text, each.place, each.files) for each in questions] == [
        ("shop architecture", "knowledge", ()),
        ("Python architecture patterns", "knowledge", ()),
        ("Python project structure", "examples", ()),
        ("MVC Python", "knowledge", FILES),
        ("CQRS Python", "knowledge", ()),
    ]
    assert len(pattern_questions("", [], {str(n): () for n in range(50)})) == 7


def test_compliance_is_the_mean_of_files_that_have_one() -> None:
    smell = CodePattern(name="God  Object!", kind="code_smell", confidence=0.8)
    unsure = CodePattern(name="Singleton", kind="code_smell", confidence=0.2)
    good = CodePattern(name="Type Hints", kind="good_practice", confidence=1)
    answers: dict[str, Answer] = {
        "1": file("a.py", 0.9, smell, unsure, good),
        "2": file("b.py", 0.6, smell),
        "3": file("c.py", None),
        "4": SearchAnswer(),
    }
    assert assessed_quality(answers) == {
        "onex_compliance": 0.75,
        "anti_patterns": ["god_object"],
        "recommendations": ["Use a model."],
        "assessed_files": 3,
        "low_signal_files": ["c.py"],
        "source": "archon",
    }


def test_without_assessments_there_is_no_compliance() -> None:
    assert assessed_quality({})["onex_compliance"] is None
