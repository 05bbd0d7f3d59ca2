"""What the servers are asked in tests."""

from onextree.intelligence.archon import ArchonConfig, AssessmentQuestion, Question, SearchQuestion

__all__ = ["ASSESSMENTS", "EVERYTHING", "LONG", "SEARCHES", "SHORT", "config"]

LONG = 30.0
"""Seconds after which an ask hangs, on however busy a machine."""

SHORT = 0.4
"""Seconds for an ask that is known to hang."""

SEARCHES: list[Question] = [
    SearchQuestion("Repository Pattern", files=("src/a.py",)),
    SearchQuestion("Service Layer", "examples"),
]
ASSESSMENTS: list[Question] = [
    AssessmentQuestion("src/a.py", "Python", "x = 1\n"),
    AssessmentQuestion("src/b.py", "Python", "x = Thing()\n"),
]
EVERYTHING = [*SEARCHES, *ASSESSMENTS]


def config(url: str = "", *, http_url: str = "", timeout: float = LONG) -> ArchonConfig:
    return ArchonConfig(url, http_url=http_url, timeout=timeout)
