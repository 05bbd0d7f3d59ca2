"""Use cases: Archon is asked about a version, within seconds, and only what it has not answered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from onextree.errors import ConfigurationError, OnexTreeErrorCode
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
from onextree.intelligence.archon.turns import in_turn, wait_after
from onextree.intelligence.payload import ArchonPart
from onextree.resilience.breaker import ONEXTREE_CIRCUIT_BREAKER_CONFIG, CircuitBreaker
from onextree.service.analysing import Analysed, Analysing, Examined
from onextree.store.archon_answers import (
    KeptAnswer,
    add_archon_answers,
    find_archon_answers,
    outdate_archon_answers,
)
from onextree.store.circuits import SharedCircuits
from onextree.store.snapshots import Snapshot

__all__ = ["Asking", "FromArchon"]

_KEPT = 7  # days that an answer holds; then the question is asked anew


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

    @property
    def _has_archon(self) -> bool:
        return ArchonConfig.is_named(self._settings)

    @cached_property
    def _archon_breaker(self) -> CircuitBreaker:
        circuits = SharedCircuits(self._database)
        return CircuitBreaker(BREAKER, ONEXTREE_CIRCUIT_BREAKER_CONFIG, circuits)

    def _ask_archon_about(
        self, examined: Examined, analysed: Analysed, data: dict[str, Any], *, force: bool
    ) -> FromArchon:
        """Have Archon tell what it knows, where it has not told that lately.

        An older answer stands in for one that cannot be had.

        Args:
            data: What is known by local analysis.
            force: Ask anew what was answered.
        """
        questions = self._questions(examined, analysed, data)
        kept = self._kept_answers([question.key for question in questions], is_outdated=force)
        holding = {each.key for each in kept if each.holds}
        missing = [question for question in questions if question.key not in holding]
        vain = _asked_in_vain(examined.snapshot)
        asked = self._ask(in_turn(missing, vain)) if missing else Asked({})
        self._keep_answers(asked.answers)
        answers = {each.key: decode_answer(each.answer) for each in kept}
        answers.update(asked.answers)
        vain = 0 if asked.is_complete or asked.answers else vain + 1
        part = ArchonPart(
            status=_status(asked, answers),
            asked=len(questions),
            answered=len(answers),
            outdated=len(answers.keys() - holding - asked.answers.keys()),
            not_asked=len(asked.not_asked),
            generation=asked.generation,
            reason=asked.reason,
            message=asked.message or None,
            rounds=vain,
        )
        wait = None if asked.is_complete else wait_after(vain, self._settings.archon_retry_seconds)
        return FromArchon(part, questions, answers, wait)

    def _ask(self, questions: Sequence[Question]) -> Asked:
        try:
            config = ArchonConfig.from_settings(self._settings)
        except ConfigurationError as error:
            reason = OnexTreeErrorCode.ARCHON_UNAVAILABLE
            return Asked({}, questions, reason=reason, message=error.message)
        return ask_archon(config, questions, breaker=self._archon_breaker)

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

    def _kept_answers(self, keys: Collection[str], *, is_outdated: bool) -> list[KeptAnswer]:
        """What was answered before.

        Args:
            is_outdated: Whether none of it holds any more.
        """
        if is_outdated:
            self._transact(lambda connection: outdate_archon_answers(connection, keys, days=_KEPT))
        return self._read(lambda connection: find_archon_answers(connection, keys, days=_KEPT))

    def _keep_answers(self, answers: Mapping[str, Answer]) -> None:
        if answers:
            kept = {key: encode_answer(answer).decode() for key, answer in answers.items()}
            self._transact(lambda connection: add_archon_answers(connection, kept))


def _asked_in_vain(snapshot: Snapshot) -> int:
    """How often in a row Archon has answered nothing; anybody may have written something else."""
    before = snapshot.enrichment_data.get("archon")
    vain = before.get("rounds") if isinstance(before, dict) else None
    return vain if isinstance(vain, int) and vain > 0 else 0


def _status(
    asked: Asked, answers: Mapping[str, Answer]
) -> Literal["complete", "partial", "unavailable"]:
    if asked.is_complete:
        return "complete"
    return "partial" if answers else "unavailable"
