"""What contents are found to be: whether their stamps hold, and how far they keep the protocol."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Generic, TypeVar

from onextree.api.bridge.stamping.answers import performance
from onextree.api.bridge.stamping.requests import ValidateOptions
from onextree.stamping.marking import read
from onextree.stamping.model import Reading
from onextree.stamping.validation import Judgement, ProtocolJudgement

__all__ = ["Judged", "judged_in", "protocol_told", "validated"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Judged(Generic[T]):
    """What a content of `size` bytes was found to be, and in how many milliseconds."""

    judgement: T
    size: int
    milliseconds: float

    def performance(self) -> dict[str, Any]:
        """As upstream tells it."""
        return performance(self.milliseconds, self.size)


def judged_in(content: bytes, judge: Callable[[Reading], T]) -> Judged[T]:
    """Read a content and judge it."""
    begin = perf_counter()
    judgement = judge(read(content))
    return Judged(judgement, len(content), (perf_counter() - begin) * 1000)


def validated(judged: Judged[Judgement], options: ValidateOptions) -> dict[str, Any]:
    """Whether stamps hold, in upstream's shape."""
    judgement = judged.judgement
    return {
        "success": True,
        "is_valid": _is_valid(judgement, options),
        "stamps_found": len(judgement.details),
        "current_hash": judgement.current_hash,
        "validation_details": [
            {
                "stamp_type": detail.stamp_type,
                "stamp_hash": detail.stamp_hash,
                "is_valid": detail.is_valid,
                "current_hash": detail.current_hash,
            }
            for detail in judgement.details
        ],
        "performance_metrics": judged.performance(),
    }


def _is_valid(judgement: Judgement, options: ValidateOptions) -> bool:
    details = judgement.details
    if options.strict_mode and any(detail.is_valid is None for detail in details):
        return False
    if options.check_tampering:
        return judgement.is_valid
    named = [detail.stamp_hash for detail in details if detail.is_valid is not None]
    expected = options.expected_hash
    return bool(named) and (expected is None or all(each == expected.lower() for each in named))


def protocol_told(judged: Judged[ProtocolJudgement], target_protocol: str) -> dict[str, Any]:
    """How far the protocol is kept, in upstream's shape."""
    judgement = judged.judgement
    return {
        "validation_result": {
            "is_valid": judgement.is_valid,
            "protocol_version": target_protocol,
            "compliance_level": judgement.compliance,
            "issues": [issue.message for issue in judgement.issues],
            "recommendations": judgement.recommendations,
            "details": [
                {"severity": issue.severity, "code": issue.code, "message": issue.message}
                for issue in judgement.issues
            ],
        },
        "performance_metrics": judged.performance(),
    }
