"""What Archon is asked, what it answers, and what came of an ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, NamedTuple

from blake3 import blake3
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from onextree.errors import OnexTreeErrorCode

__all__ = [
    "ANSWER_VERSION",
    "SOURCE",
    "Answer",
    "ArchonHealth",
    "Asked",
    "AssessmentAnswer",
    "AssessmentQuestion",
    "CodePattern",
    "Hit",
    "Place",
    "Question",
    "SearchAnswer",
    "SearchQuestion",
    "decode_answer",
    "encode_answer",
]

ANSWER_VERSION: Final = 1
"""Changes with what is taken from an answer, so that older answers are asked for anew."""

SOURCE: Final = "archon"
"""What marks everything that comes from there."""

Place = Literal["knowledge", "examples"]
"""Where Archon searches: what it has read, or the code examples that it found in that."""


class SearchQuestion(NamedTuple):
    """A search for what is known of an architectural pattern.

    Attributes:
        text: Two to five words find most.
        place: See `Place`.
        files: Those that show the pattern by themselves; no other is ever said to have it.
        source: One of Archon's sources to search alone; a wrong one finds nothing.
    """

    text: str
    place: Place = "knowledge"
    files: tuple[str, ...] = ()
    source: str = ""

    @property
    def key(self) -> str:
        """The same for the same search, whatever files it is asked for."""
        return _key(self.place, self.text, self.source)


class AssessmentQuestion(NamedTuple):
    """How good one file is.

    Attributes:
        path: Relative to the root of its project.
        language: As `onextree.tree.classification` names it.
        content: All of its text; it leaves this machine.
    """

    path: str
    language: str
    content: str

    @property
    def key(self) -> str:
        """The same for the same content at the same path."""
        return _key("assessment", self.path, self.language, self.content)


Question = SearchQuestion | AssessmentQuestion


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Marked(_Frozen):
    source: Literal["archon"] = SOURCE


class Hit(_Frozen):
    """Something that a search found.

    Attributes:
        title: Of its page or section; empty where it has none.
        summary: What it is about, in short.
        source_id: Which of Archon's sources it is from.
        similarity: To what was searched for, 0 to 1.
    """

    title: str = ""
    summary: str = ""
    url: str = ""
    source_id: str = ""
    similarity: float = Field(ge=0, le=1)


class CodePattern(_Frozen):
    """Something that an assessment saw in a file; `kind` is ``good_practice`` where it is one."""

    name: str
    kind: Literal["good_practice", "code_smell", "security_issue"]
    severity: Literal["info", "warning", "error"] = "info"
    confidence: float = Field(default=0.0, ge=0, le=1)
    description: str = ""
    recommendation: str = ""


class SearchAnswer(_Marked):
    """What a search found.

    Attributes:
        hits: In Archon's order.
        left_out: Results that were no results, or more than are taken.
    """

    kind: Literal["search"] = "search"
    hits: tuple[Hit, ...] = ()
    left_out: int = 0


class AssessmentAnswer(_Marked):
    """How good a file is, by Archon's judgement; scores are 0 to 1, None where there is none.

    Attributes:
        low_signals: Names of scores that were 0.0. Archon says so of almost any file that makes an
            object, so they are no scores here.
        left_out: Things that had the wrong type, or were too many.
    """

    kind: Literal["assessment"] = "assessment"
    path: str
    quality: float | None = None
    onex_compliance: float | None = None
    architecture: float | None = None
    maintainability: dict[str, float] = Field(default_factory=dict)
    low_signals: tuple[str, ...] = ()
    patterns: tuple[CodePattern, ...] = ()
    violations: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    left_out: int = 0


Answer = SearchAnswer | AssessmentAnswer

_ANSWERS: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])


def encode_answer(answer: Answer) -> bytes:
    """An answer as JSON, to be kept by its question's key."""
    return _ANSWERS.dump_json(answer)


def decode_answer(text: bytes | str) -> Answer:
    """What `encode_answer` has written.

    Raises:
        pydantic.ValidationError: It is something else.
    """
    return _ANSWERS.validate_json(text)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of an ask.

    Attributes:
        answers: By the keys of their questions.
        unanswered: May be asked again, by anybody, at any time.
        not_asked: This Archon has no tool for them, or they are too long; asking it again is of
            no use before it is another one.
        reason: Why there are unanswered ones: ``ARCHON_UNAVAILABLE``, ``TIMEOUT`` or
            ``CIRCUIT_BREAKER_OPEN``; None where there are none.
        message: The reason as a sentence.
        generation: Which Archon it was, see `onextree.intelligence.archon.generations`; None where
            no session was opened.
    """

    answers: Mapping[str, Answer]
    unanswered: Sequence[Question] = ()
    not_asked: Sequence[Question] = ()
    reason: OnexTreeErrorCode | None = None
    message: str = ""
    generation: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be asked again."""
        return not self.unanswered


@dataclass(frozen=True, slots=True)
class ArchonHealth:
    """Whether Archon answers.

    Attributes:
        tools: Those it has of the ones that are asked.
        latency_ms: Until a session was open and its tools known; None where it was not.
        reason: As `Asked.reason`; None where it is reachable.
    """

    is_reachable: bool
    generation: str | None = None
    tools: Sequence[str] = ()
    latency_ms: float | None = None
    reason: OnexTreeErrorCode | None = None
    message: str = ""


def _key(kind: str, *parts: str) -> str:
    told = "\0".join((str(ANSWER_VERSION), *parts))
    return f"{kind}:{blake3(told.encode('utf-8', 'surrogatepass')).hexdigest(16)}"
