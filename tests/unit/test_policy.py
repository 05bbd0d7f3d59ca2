"""The specification's decision matrix (section 5), row by row."""

from datetime import timedelta
from typing import Any

import pytest

from onextree.intelligence.policy import Action, decide

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("condition", "age", "facts", "action"),
    [
        ("tree just generated", timedelta(0), {"is_new": True}, Action.QUEUE),
        ("tree age < 24 h", 23 * HOUR, {}, Action.SKIP),
        ("tree age < 24 h, accessed", 23 * HOUR, {"is_accessed": True}, Action.SKIP),
        ("tree age 24 h to 7 d", 2 * DAY, {}, Action.SKIP),
        ("tree age 24 h to 7 d, accessed", DAY, {"is_accessed": True}, Action.ENRICH),
        ("tree age of 7 d, accessed", 7 * DAY, {"is_accessed": True}, Action.ENRICH),
        ("tree age > 7 d", 7 * DAY + HOUR, {}, Action.REGENERATE),
        ("user requests fresh intelligence", HOUR, {"is_requested": True}, Action.FORCE),
        ("requested of an old one", 30 * DAY, {"is_requested": True}, Action.FORCE),
    ],
)
@pytest.mark.parametrize("is_archon_available", [True, False])
def test_what_is_done(
    condition: str,
    age: timedelta,
    facts: dict[str, Any],
    action: Action,
    is_archon_available: bool,
) -> None:
    decision = decide(age, **facts, is_archon_available=is_archon_available)
    assert decision.action is action, condition
    assert decision.is_basic is not is_archon_available
