"""Whether stamps hold, how far they keep the protocol, and the words a caller names them by."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from onextree.errors import InvalidRequest
from onextree.stamping.finding import find
from onextree.stamping.model import PROTOCOL_VERSION, FoundStamp, Reading, StampForm

__all__ = [
    "Compliance",
    "Detail",
    "Issue",
    "Judgement",
    "Level",
    "ProtocolJudgement",
    "Severity",
    "check_hash",
    "check_namespace",
    "judge",
    "judge_protocol",
]

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_NAMESPACE = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,200}(?<!\.)")


class Level(StrEnum):
    """Which issues make a content break the protocol."""

    STRICT = "strict"
    """Any."""
    MODERATE = "moderate"
    """Those of high and of medium severity."""
    LENIENT = "lenient"
    """Those of high severity."""


class Severity(StrEnum):
    """How much an issue matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Compliance(StrEnum):
    """How far a content keeps the protocol."""

    FULL = "full"
    """There is no issue."""
    PARTIAL = "partial"
    """There is none of high severity."""
    NONE = "none"


_FATAL = {
    Level.STRICT: frozenset(Severity),
    Level.MODERATE: frozenset({Severity.HIGH, Severity.MEDIUM}),
    Level.LENIENT: frozenset({Severity.HIGH}),
}


@dataclass(frozen=True, slots=True)
class Detail:
    """A stamp of a content; `stamp_hash` as it says, `is_valid` None where it names none."""

    stamp_type: StampForm
    stamp_hash: str | None
    is_valid: bool | None
    current_hash: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a content is what its stamps say.

    Attributes:
        is_valid: Whether there are stamps with a hash of the content, and all of them hold.
        current_hash: The content hash.
    """

    is_valid: bool
    current_hash: str
    details: Sequence[Detail]


@dataclass(frozen=True, slots=True)
class Issue:
    """What a stamp, or a content, lacks.

    Attributes:
        code: For programs; `message` says it to people, `advice` what to do.
    """

    severity: Severity
    code: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class ProtocolJudgement:
    """How far a content keeps the protocol."""

    is_valid: bool
    protocol_version: str
    compliance: Compliance
    issues: Sequence[Issue]

    @property
    def recommendations(self) -> list[str]:
        """What to do, each once."""
        return list(dict.fromkeys(issue.advice for issue in self.issues))


def judge(reading: Reading, expected_hash: str | None = None) -> Judgement:
    """Whether the stamps of a content hold.

    Args:
        expected_hash: That every stamp has to have as well.

    Raises:
        InvalidRequest: It is no hash.
    """
    expected = None if expected_hash is None else check_hash(expected_hash).hex()
    details = []
    for stamp in reading.stamps:
        is_valid = stamp.is_valid
        if is_valid is not None and expected is not None:
            is_valid = is_valid and stamp.content_hash == expected
        details.append(Detail(stamp.form, stamp.content_hash, is_valid, reading.content_hash))
    told = [detail.is_valid for detail in details if detail.is_valid is not None]
    return Judgement(bool(told) and all(told), reading.content_hash, tuple(details))


def judge_protocol(reading: Reading, level: Level | str = Level.STRICT) -> ProtocolJudgement:
    """How far the stamps of a content keep the protocol.

    Raises:
        InvalidRequest: There is no such level.
    """
    try:
        level = Level(level)
    except ValueError:
        raise InvalidRequest(
            f"{level!r} is no validation level; {', '.join(Level)} are.", field="validation_level"
        ) from None
    issues = tuple(_issues(reading))
    severities = {issue.severity for issue in issues}
    compliance = Compliance.PARTIAL if issues else Compliance.FULL
    if Severity.HIGH in severities:
        compliance = Compliance.NONE
    is_valid = not severities & _FATAL[level]
    return ProtocolJudgement(is_valid, PROTOCOL_VERSION, compliance, issues)


def check_hash(text: str) -> bytes:
    """The 32 bytes of a hash.

    Raises:
        InvalidRequest: It is none.
    """
    if not _HASH.fullmatch(text):
        raise InvalidRequest("A hash has 64 hexadecimal digits.", field="hash")
    return bytes.fromhex(text)


def check_namespace(text: str) -> None:
    """Refuse what cannot name a namespace.

    Raises:
        InvalidRequest: It cannot.
    """
    if not _NAMESPACE.fullmatch(text):
        raise InvalidRequest(
            "A namespace has 1 to 200 letters, digits, dots, hyphens and underscores, and no dot "
            "at an end.",
            field="namespace",
        )


_AGAIN = "Stamp the content again."
_CHANGED = "Find out what changed the content; stamp it again where that is as it should be."
_REMOVE = "Remove the older reference by hand; it cannot be verified."


def _issues(reading: Reading) -> Iterator[Issue]:
    stamps = [stamp for stamp in reading.stamps if stamp.form is not StampForm.REFERENCE]
    if not stamps:
        yield Issue(Severity.HIGH, "NO_STAMP", "The content has no stamp.", "Stamp the content.")
    if len(stamps) > 1:
        message = f"The content has {len(stamps)} stamps."
        yield Issue(Severity.MEDIUM, "SEVERAL_STAMPS", message, _AGAIN)
    for stamp in reading.stamps:
        if stamp.form is StampForm.REFERENCE:
            message = "An older reference names no hash of the content."
            yield Issue(Severity.LOW, "OLD_FORM", message, _REMOVE)
        else:
            yield from _issues_of(stamp)


def _issues_of(stamp: FoundStamp) -> Iterator[Issue]:
    if stamp.content_hash is None or not _HASH.fullmatch(stamp.content_hash):
        message = "The hash does not have 64 hexadecimal digits."
        yield Issue(Severity.HIGH, "HASH_MALFORMED", message, _AGAIN)
    elif not stamp.is_valid:
        message = "The hash is not that of the content."
        yield Issue(Severity.HIGH, "HASH_MISMATCH", message, _CHANGED)
    if not _is_uuid(stamp.uid):
        yield Issue(Severity.MEDIUM, "UID_MALFORMED", "The uid is no UUID.", _AGAIN)
    if not _is_moment(stamp.stamped_at):
        message = "The time is not ISO 8601 with an offset from UTC."
        yield Issue(Severity.MEDIUM, "TIME_MALFORMED", message, _AGAIN)
    if stamp.form is StampForm.RICH:
        yield from _issues_of_rich(stamp)
    if not stamp.is_current:
        yield _issue_of_form(stamp)


def _issues_of_rich(stamp: FoundStamp) -> Iterator[Issue]:
    version = stamp.fields.get("protocol_version")
    if version != PROTOCOL_VERSION:
        message = f"The protocol version is {str(version)[:40]!r}; {PROTOCOL_VERSION} is known."
        yield Issue(Severity.MEDIUM, "PROTOCOL_UNKNOWN", message, _AGAIN)
    if not stamp.fields.get("namespace"):
        yield Issue(Severity.LOW, "NAMESPACE_MISSING", "No namespace is named.", _AGAIN)
    integrity = stamp.fields.get("integrity")
    if not isinstance(integrity, dict) or not integrity:
        message = "Nothing is said about integrity."
        yield Issue(Severity.MEDIUM, "INTEGRITY_MISSING", message, _AGAIN)
    elif integrity.get("hash") != stamp.content_hash or integrity.get("algorithm") != "BLAKE3":
        message = "The hash for integrity is not the stamp's, or not of BLAKE3."
        yield Issue(Severity.HIGH, "INTEGRITY_MISMATCH", message, _CHANGED)


def _issue_of_form(stamp: FoundStamp) -> Issue:
    found = find(stamp.text.encode(), 0)
    if found and found.is_canonical:
        message = "The stamp is not at its place, or not apart from the content as it should be."
        return Issue(Severity.LOW, "MISPLACED", message, _AGAIN)
    return Issue(Severity.LOW, "OLD_FORM", "The stamp is written in an older form.", _AGAIN)


def _is_uuid(text: str | None) -> bool:
    try:
        return text is not None and str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_moment(text: str | None) -> bool:
    try:
        return text is not None and datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False
