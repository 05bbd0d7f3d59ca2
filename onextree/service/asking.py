"""Use cases: Archon is asked about a version, within seconds, and only what it has not answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from onextree.intelligence.archon import (
    Answer,
    ArchonConfig,
    Asked,
    AssessmentQuestion,
    Question,
    ask_archon,
    decode_answer,
    encode_answer,
)
from onextree.intelligence.archon.client import BREAKER
from onextree.intelligence.archon.conclusions import pattern_questions
from onextree.intelligence.archon.ledger import LONGEST_CONTENT
from onextree.intelligence.payload import ArchonPart
from onextree.resilience.breaker import ONEXTREE_CIRCUIT_BREAKER_CONFIG, CircuitBreaker
from onextree.service.analysing import Analysed, Analysing, Examined
from onextree.store.archon_answers import add_archon_answers, find_archon_answers
from onextree.store.circuits import SharedCircuits

__all__ = ["Asking", "FromArchon"]

_KEPT = 7  # days that an answer holds; then the question is asked anew
_LONGEST_WAIT = 3_600.0  # seconds


@dataclass(frozen=True, slots=True)
class FromArchon:
    """What Archon was asked about a version, and what it has answered by now.

    Attributes:
        retry_after: Seconds after which it is asked again; None where it has answered all.
    """

    part: ArchonPart
    questions: Sequence[Question]
    answers: dict[str, Answer]
    retry_after: float | None


class Asking(Analysing):
    """Asking Archon; it costs its time and never the enrichment."""

    @cached_property
    def _archon(self) -> ArchonConfig:
        return ArchonConfig.from_settings(self._settings)

    def _ask_archon_about(
        self, examined: Examined, analysed: Analysed, data: dict[str, Any], *, force: bool
    ) -> FromArchon:
        """Have Archon tell what it knows, where it has not told that lately.

        Args:
            data: What is known by local analysis.
            force: Ask anew what was answered.
        """
        questions = self._questions(examined, analysed, data)
        answers = {} if force else self._answered(questions)
        missing = [question for question in questions if question.key not in answers]
        asked = self._ask(missing) if missing else Asked({})
        if asked.answers:
            self._keep_answers(asked.answers)
            answers.update(asked.answers)
        before = examined.snapshot.enrichment_data.get("archon", {})
        rounds = 0 if asked.is_complete or asked.answers else before.get("rounds", 0) + 1
        part = ArchonPart(
            status=_status(asked, answers),
            asked=len(questions),
            answered=len(answers),
            not_asked=len(asked.not_asked),
            generation=asked.generation,
            reason=asked.reason,
            message=asked.message or None,
            rounds=rounds,
        )
        wait = min(self._settings.archon_retry_seconds * 2**rounds, _LONGEST_WAIT)
        return FromArchon(part, questions, answers, None if asked.is_complete else wait)

    def _ask(self, questions: Sequence[Question]) -> Asked:
        breaker = CircuitBreaker(
            BREAKER, ONEXTREE_CIRCUIT_BREAKER_CONFIG, SharedCircuits(self._database)
        )
        return ask_archon(self._archon, questions, breaker=breaker)

    def _questions(
        self, examined: Examined, analysed: Analysed, data: dict[str, Any]
    ) -> list[Question]:
        """About the project's patterns, and about each of its key files that can be read."""
        patterns = sorted(
            data["architectural_patterns"], key=lambda found: (-found["confidence"], found["name"])
        )
        languages = [row["language"] for row in data["statistics"]["languages"]]
        return [
            *pattern_questions(
                examined.project.project_id,
                languages,
                {found["name"]: found["affected_files"] for found in patterns},
            ),
            *(
                AssessmentQuestion(path, language, content.decode("utf-8", "replace"))
                for path, language, content in analysed.key_contents
                if 0 < len(content) <= LONGEST_CONTENT
            ),
        ]

    def _answered(self, questions: Sequence[Question]) -> dict[str, Answer]:
        keys = [question.key for question in questions]
        found = self._read(lambda connection: find_archon_answers(connection, keys, days=_KEPT))
        return {key: decode_answer(answer) for key, answer in found.items()}

    def _keep_answers(self, answers: Mapping[str, Answer]) -> None:
        kept = {key: encode_answer(answer).decode() for key, answer in answers.items()}
        self._transact(lambda connection: add_archon_answers(connection, kept))


def _status(
    asked: Asked, answers: Mapping[str, Answer]
) -> Literal["complete", "partial", "unavailable"]:
    if asked.is_complete:
        return "complete"
    return "partial" if answers else "unavailable"
