"""What is taken of what Archon says: known fields of the right type, short and printable."""

import json
import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from onextree.errors import ClientError
from onextree.intelligence.archon.model import (
    AssessmentAnswer,
    AssessmentQuestion,
    CodePattern,
    Hit,
    Question,
    SearchAnswer,
)

__all__ = ["Reader", "document", "read_answer"]

_LONGEST_NAME: Final = 120
_LONGEST_TEXT: Final = 500
_LONGEST_URL: Final = 1_000
_MOST_HITS = 20
_MOST_PATTERNS = 50
_MOST_TEXTS = 20

_Kind = Literal["good_practice", "code_smell", "security_issue"]
_Severity = Literal["info", "warning", "error"]
_log = logging.getLogger(__name__)

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.+)")


def document(text: str | bytes, reader: "Reader") -> dict[str, Any]:
    """The JSON object that an answer is, out of the wrapping of `archon_menu` where it has one.

    Raises:
        ClientError: It is none, or says that it failed; why is in the log alone.
    """
    try:
        # Not orjson: what Python has written may have NaN in it.
        said = _succeeded(json.loads(text), reader)
    except (ValueError, RecursionError):
        raise ClientError("Archon answers with what is no JSON.") from None
    is_wrapped = "operation" in said and "result" in said
    return _succeeded(said["result"], reader) if is_wrapped else said


def _succeeded(said: Any, reader: "Reader") -> dict[str, Any]:
    if not isinstance(said, dict):
        raise ClientError("Archon answers with JSON that is no object.")
    if said.get("success", True) is not True:
        _log.info("Archon could not answer: %r", reader.text(said.get("error"), _LONGEST_TEXT))
        raise ClientError("Archon says that it could not answer.")
    return said


def read_answer(
    question: Question, said: Mapping[str, Any], reader: "Reader"
) -> SearchAnswer | AssessmentAnswer:
    """What is taken of the answer to a question.

    Raises:
        ClientError: It answers something else.
    """
    if isinstance(question, AssessmentQuestion):
        return _assessment(question, said, reader)
    if not isinstance(said.get("results"), list):
        raise ClientError("Archon answers a search without results.")
    read = _page if said.get("return_mode") == "pages" else _piece
    found = (read(each, reader) for each in reader.mappings(said["results"], _MOST_HITS))
    hits = tuple(hit for hit in found if hit is not None)
    return SearchAnswer(hits=hits, left_out=reader.left_out)


def _page(said: Mapping[str, Any], reader: "Reader") -> Hit | None:
    similarity = reader.share(said.get("average_similarity"), is_needed=True)
    if similarity is None:
        return None
    return Hit(
        title=reader.text(said.get("section_title") or said.get("title"), _LONGEST_NAME),
        summary=reader.text(said.get("preview"), _LONGEST_TEXT),
        url=reader.text(said.get("url"), _LONGEST_URL),
        source_id=reader.text(said.get("source_id"), _LONGEST_NAME),
        similarity=similarity,
    )


def _piece(said: Mapping[str, Any], reader: "Reader") -> Hit | None:
    """A chunk of the knowledge base, or a code example: its code is not taken."""
    told = said.get("similarity_score", said.get("similarity"))
    similarity = reader.share(told, is_needed=True)
    if similarity is None:
        return None
    more = said.get("metadata")
    metadata = more if isinstance(more, dict) else {}
    content = said.get("content")
    heading = _HEADING.match(content) if isinstance(content, str) else None
    title = metadata.get("title") or metadata.get("section_title") or (heading and heading[1])
    return Hit(
        title=reader.text(title, _LONGEST_NAME),
        summary=reader.text(said.get("summary") or content, _LONGEST_TEXT),
        url=reader.text(said.get("url") or metadata.get("url"), _LONGEST_URL),
        source_id=reader.text(said.get("source_id") or metadata.get("source_id"), _LONGEST_NAME),
        similarity=similarity,
    )


def _assessment(
    question: AssessmentQuestion, said: Mapping[str, Any], reader: "Reader"
) -> AssessmentAnswer:
    onex = reader.mapping(said.get("onex_compliance"))
    scores = {
        "quality_score": reader.share(said.get("quality_score")),
        "onex_compliance": reader.share(onex.get("score")),
        "architectural_compliance": reader.share(
            reader.mapping(said.get("architectural_compliance")).get("score")
        ),
    }
    if all(score is None for score in scores.values()):
        raise ClientError("Archon answers an assessment without any score.")
    maintained = reader.mapping(said.get("maintainability"))
    kept = {
        name: score
        for name in ("complexity_score", "readability_score", "testability_score")
        if (score := reader.share(maintained.get(name))) is not None
    }
    seen = reader.mappings(said.get("code_patterns"), _MOST_PATTERNS)
    patterns = (_code_pattern(each, reader) for each in seen)
    return AssessmentAnswer(
        path=question.path,
        quality=scores["quality_score"] or None,
        onex_compliance=scores["onex_compliance"] or None,
        architecture=scores["architectural_compliance"] or None,
        maintainability=kept,
        low_signals=tuple(name for name, score in scores.items() if score == 0),
        patterns=tuple(pattern for pattern in patterns if pattern is not None),
        violations=reader.texts(onex.get("violations"), _MOST_TEXTS),
        recommendations=reader.texts(onex.get("recommendations"), _MOST_TEXTS),
        left_out=reader.left_out,
    )


def _code_pattern(said: Mapping[str, Any], reader: "Reader") -> CodePattern | None:
    name, kind, severity = said.get("pattern_name"), said.get("pattern_type"), said.get("severity")
    if not isinstance(name, str) or kind not in get_args(_Kind):
        reader.left_out += 1
        return None
    return CodePattern(
        name=reader.text(name, _LONGEST_NAME),
        kind=kind,
        severity=severity if severity in get_args(_Severity) else "info",
        confidence=reader.share(said.get("confidence")) or 0.0,
        description=reader.text(said.get("description"), _LONGEST_TEXT),
        recommendation=reader.text(said.get("recommendation"), _LONGEST_TEXT),
    )


class Reader:
    """Takes values that have the right type, and counts what it leaves out.

    Args:
        secret: Never taken over, should a server repeat what it was sent.
    """

    def __init__(self, secret: str = "") -> None:
        self._secret = secret
        self.left_out = 0

    def text(self, value: object, longest: int) -> str:
        """A text in one line, without control and format characters; empty where it is none."""
        if not isinstance(value, str):
            self.left_out += value is not None
            return ""
        some = value[: longest * 4]  # what is only white space may go, and no more is looked at
        visible = "".join(
            " " if char.isspace() else char
            for char in some
            if char.isspace() or not unicodedata.category(char).startswith("C")
        )
        line = " ".join(visible.split())
        if self._secret:
            line = line.replace(self._secret, "***")
        return line if len(line) <= longest else line[: longest - 1] + "…"

    def texts(self, value: object, most: int) -> tuple[str, ...]:
        """The texts of a list."""
        found = self._list(value, most)
        texts = (self.text(each, _LONGEST_TEXT) for each in found)
        return tuple(text for text in texts if text)

    def share(self, value: object, *, is_needed: bool = False) -> float | None:
        """A number from 0 to 1; None where it is none, which counts where it is needed."""
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self.left_out += is_needed or value is not None
        return None

    def mapping(self, value: object) -> Mapping[str, Any]:
        """An object; an empty one where it is none."""
        if isinstance(value, dict):
            return value
        self.left_out += value is not None
        return {}

    def mappings(self, value: object, most: int) -> Iterable[Mapping[str, Any]]:
        """The objects of a list."""
        for each in self._list(value, most):
            if isinstance(each, dict):
                yield each
            else:
                self.left_out += 1

    def _list(self, value: object, most: int) -> Sequence[object]:
        if not isinstance(value, list):
            self.left_out += value is not None
            return []
        self.left_out += max(0, len(value) - most)
        return value[:most]
