"""What an ask has brought so far; kept also where the ask itself is given up."""

from collections.abc import Iterable

from onextree.errors import OnexTreeErrorCode
from onextree.intelligence.archon.model import Answer, Asked, AssessmentQuestion, Question

__all__ = ["LONGEST_CONTENT", "Ledger"]

LONGEST_CONTENT = 256 << 10
"""Characters; who assesses a longer file has not ended in time anyway."""


class Ledger:
    """Written by the ask, and read at any time, by another thread, too.

    Attributes:
        generation: As `Asked.generation`.

    Args:
        questions: Each is asked once, however often it is among them.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        self.generation: str | None = None
        self._questions = {question.key: question for question in questions}
        self._answers: dict[str, Answer] = {}
        self._reason = OnexTreeErrorCode.ARCHON_UNAVAILABLE
        self._message = ""
        self._not_asked = {
            key
            for key, question in self._questions.items()
            if isinstance(question, AssessmentQuestion) and len(question.content) > LONGEST_CONTENT
        }

    def open(self) -> list[Question]:
        """Questions that still can be answered."""
        done = self._answers.keys() | self._not_asked
        return [question for key, question in self._questions.items() if key not in done]

    def answered(self, question: Question, answer: Answer) -> None:
        """A question has its answer."""
        self._answers[question.key] = answer

    def left_out(self, question: Question) -> None:
        """A question cannot be asked of this server."""
        self._not_asked.add(question.key)

    def failed(self, reason: OnexTreeErrorCode, message: str) -> None:
        """Something went wrong; the last such thing is the reason of what stays unanswered."""
        self._reason, self._message = reason, message

    @property
    def failure(self) -> tuple[OnexTreeErrorCode, str]:
        """What went wrong last."""
        return self._reason, self._message

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been answered."""
        return not self._answers

    def asked(self) -> Asked:
        """What there is by now."""
        answers = dict(self._answers)
        not_asked = [self._questions[key] for key in self._questions if key in self._not_asked]
        unanswered = [
            question
            for key, question in self._questions.items()
            if key not in answers and key not in self._not_asked
        ]
        reason, message = self.failure if unanswered else (None, "")
        return Asked(answers, unanswered, not_asked, reason, message, self.generation)
