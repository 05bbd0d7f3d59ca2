"""What follows from Archon's answers: patterns and insights in the specification's shapes.

What a knowledge base says of a pattern is no proof that a project has it. So a search answer
becomes a pattern only where the title of a good hit, or the summary of a code example, names one of
the table below; its confidence is half of the hit's similarity; and it has files only where the
question already named that pattern and the files that show it. Its name and description are those
of the table, not Archon's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from onextree.intelligence.archon.model import (
    SOURCE,
    Answer,
    AssessmentAnswer,
    Hit,
    SearchAnswer,
    SearchQuestion,
)

__all__ = ["architectural_patterns", "assessed_quality", "pattern_questions"]

_SIMILAR: Final = 0.7
_CERTAIN: Final = 0.5
_SURE: Final = 0.5
_MOST_QUESTIONS_OF_PATTERNS = 6
_EVIDENCE = 3
_RECOMMENDATIONS = 20
_ANTI_PATTERNS = 50

_NAMED: Final[Sequence[tuple[str, str, str]]] = (
    ("Repository Pattern", r"repository pattern", "Data access behind an abstraction."),
    ("Service Layer", r"service layer", "Use cases behind one layer of services."),
    ("MVC", r"mvc|model[- ]view[- ]controller", "Model, view and controller apart."),
    ("MVVM", r"mvvm|model[- ]view[- ]viewmodel", "Views bound to view models."),
    ("Hexagonal Architecture", r"hexagonal|ports (?:and|&) adapters",
     "A core that reaches the outside by ports alone."),
    ("Clean Architecture", r"clean architecture|onion architecture",
     "Dependencies that point inwards."),
    ("Layered Architecture", r"layered architecture|n-tier", "Layers that call downwards."),
    ("Event-Driven Architecture", r"event[- ]driven", "Parts that talk by events."),
    ("Event Sourcing", r"event sourcing", "State as a sequence of events."),
    ("CQRS", r"cqrs|command query responsibility", "Commands and queries apart."),
    ("Microservices", r"microservices?", "Services that are deployed on their own."),
    ("Monorepo", r"monorepo", "Several packages in one repository."),
    ("Plugin Architecture", r"plug-?ins? (?:architecture|system)|microkernel",
     "A core that is extended by plugins."),
    ("Dependency Injection", r"dependency injection|inversion of control",
     "Dependencies given from outside."),
    ("Domain-Driven Design", r"domain[- ]driven", "Code cut by the domain."),
    ("Factory", r"(?:abstract )?factory (?:method|pattern)", "Objects made by factories."),
    ("Observer", r"observer pattern|publish[-/ ]subscribe", "Listeners that are notified."),
    ("Strategy", r"strategy pattern", "Algorithms that can be exchanged."),
    ("Adapter", r"adapter pattern", "Interfaces made to fit."),
    ("Singleton", r"singleton", "One instance of a class."),
    ("Unit of Work", r"unit of work", "Changes written as one."),
    ("Active Record", r"active record", "Rows that save themselves."),
    ("Circuit Breaker", r"circuit breaker", "Failing services are not called for a while."),
    ("Saga", r"saga pattern", "Long transactions as steps that can be undone."),
    ("Pipes and Filters", r"pipes and filters|pipeline (?:architecture|pattern)",
     "Data that goes through steps."),
    ("ONEX Nodes", r"onex (?:nodes?|architecture)", "Effect, compute, reducer, orchestrator."),
)  # fmt: skip
_PATTERNS = [(name, re.compile(rf"\b(?:{sign})\b", re.IGNORECASE), text)
             for name, sign, text in _NAMED]  # fmt: skip


def pattern_questions(
    name: str, languages: Sequence[str], patterns: Mapping[str, Sequence[str]]
) -> list[SearchQuestion]:
    """What to search for to learn what is known of a project; each in a few words.

    Args:
        name: Of the project.
        languages: The most used first.
        patterns: Found by local analysis, the surest first, with the files that show them.
    """
    language = languages[0] if languages else ""
    searches = [SearchQuestion(f"{name} architecture".strip())]
    if language:
        searches.append(SearchQuestion(f"{language} architecture patterns"))
        searches.append(SearchQuestion(f"{language} project structure", "examples"))
    for pattern in list(patterns)[:_MOST_QUESTIONS_OF_PATTERNS]:
        text = f"{pattern} {language}".strip()
        searches.append(SearchQuestion(text, files=tuple(patterns[pattern])))
    return searches


def architectural_patterns(
    questions: Iterable[SearchQuestion], answers: Mapping[str, Answer]
) -> list[dict[str, Any]]:
    """Patterns that hits name, the surest first.

    Returns:
        ``[{name, confidence, files, description, source, evidence: [{title, url, similarity}]}]``;
        titles and URLs are Archon's.
    """
    found: dict[str, dict[str, Any]] = {}
    for question in questions:
        answer = answers.get(question.key)
        if not isinstance(answer, SearchAnswer):
            continue
        shown = {name: question.files for name, _ in _names(question.text)}
        for hit, name, description in _named(question, answer):
            pattern = found.setdefault(name, _pattern(name, description))
            confidence = round(_CERTAIN * hit.similarity, 2)
            pattern["confidence"] = max(pattern["confidence"], confidence)
            pattern["files"] = sorted({*pattern["files"], *shown.get(name, ())})
            if len(pattern["evidence"]) < _EVIDENCE:
                seen = {"title": hit.title, "url": hit.url, "similarity": hit.similarity}
                pattern["evidence"].append(seen)
    return sorted(found.values(), key=lambda each: (-each["confidence"], each["name"]))


def assessed_quality(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """What assessments say together.

    Returns:
        ``{onex_compliance, anti_patterns, recommendations, assessed_files, low_signal_files,
        source}``. The compliance is the mean of the files that have one, None for none; files
        whose score was 0.0 have none. Names and recommendations are Archon's.
    """
    assessed = [each for each in answers.values() if isinstance(each, AssessmentAnswer)]
    scores = [each.onex_compliance for each in assessed if each.onex_compliance is not None]
    smells = {
        re.sub(r"\W+", "_", pattern.name.lower()).strip("_")
        for each in assessed
        for pattern in each.patterns
        if pattern.kind != "good_practice" and pattern.confidence >= _SURE
    }
    advice = dict.fromkeys(text for each in assessed for text in each.recommendations)
    return {
        "onex_compliance": round(sum(scores) / len(scores), 2) if scores else None,
        "anti_patterns": sorted(smells - {""})[:_ANTI_PATTERNS],
        "recommendations": list(advice)[:_RECOMMENDATIONS],
        "assessed_files": len(assessed),
        "low_signal_files": sorted(each.path for each in assessed if each.low_signals),
        "source": SOURCE,
    }


def _named(question: SearchQuestion, answer: SearchAnswer) -> Iterator[tuple[Hit, str, str]]:
    for hit in answer.hits:
        if hit.similarity >= _SIMILAR:
            text = f"{hit.title}\n{hit.summary}" if question.place == "examples" else hit.title
            for name, description in _names(text):
                yield hit, name, description


def _names(text: str) -> list[tuple[str, str]]:
    return [(name, description) for name, sign, description in _PATTERNS if sign.search(text)]


def _pattern(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "confidence": 0.0,
        "files": [],
        "description": description,
        "source": SOURCE,
        "evidence": [],
    }
