"""What journals tell, as records."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from tests.checker.facts import Acknowledged, Looks, Outage, Request, Sent
from tests.checker.history import Entry

__all__ = ["acknowledged", "looks", "promised", "requests", "sent"]


def acknowledged(history: Iterable[Entry]) -> list[Acknowledged]:
    """Versions that workers were answered."""
    return [
        Acknowledged(*(each.facts[name] for name in Acknowledged._fields))
        for each in history
        if each.what == "answered" and "snapshot_id" in each.facts
    ]


def requests(history: Iterable[Entry], outages: Sequence[Outage]) -> list[Request]:
    """Updates that workers asked for, and that were acknowledged."""
    called: dict[str, float] = {}
    found = []
    for each in history:
        if each.facts.get("operation") != "request":
            continue
        if each.what == "called":
            called[each.facts["correlation_id"]] = each.at
        elif each.what == "done":
            correlation_id = each.facts["correlation_id"]
            may_repeat = _was_away(outages, called[correlation_id], each.at)
            found.append(Request(each.facts["project_id"], correlation_id, may_repeat))
    return found


def sent(history: Iterable[Entry]) -> list[Sent]:
    """Messages that senders have given to Kafka."""
    entries = [each for each in history if each.what in ("sends", "acknowledged")]
    known = {each.facts["value"] for each in entries if each.what == "acknowledged"}
    return [
        Sent(
            facts["value"],
            facts["project_id"],
            facts["event_id"],
            facts.get("correlation_id"),
            facts["value"] in known,
            facts.get("names_files", True),
        )
        for facts in (each.facts for each in entries if each.what == "sends")
    ]


def promised(history: Iterable[Entry], values: Collection[str]) -> list[tuple[str, str]]:
    """Projects and paths of files that somebody was told to be taken care of.

    Args:
        values: Messages that Kafka has.
    """
    return [
        (each.facts["project_id"], path)
        for each in history
        if each.what == "answered" or (each.what == "sends" and each.facts["value"] in values)
        for path in each.facts["paths"]
    ]


def looks(
    history: Iterable[Entry], killed: Collection[str], outages: Sequence[Outage]
) -> dict[tuple[str, str], Looks]:
    """Looks at projects that others are told of, by project and correlation id.

    Args:
        killed: Processes that were.
    """
    found: dict[tuple[str, str], Looks] = defaultdict(Looks)
    began: dict[tuple[str, str, str], float] = {}
    for each in history:
        facts: dict[str, Any] = each.facts
        if facts.get("is_quiet") is not False:
            continue
        about = (facts["project_id"], facts["correlation_id"])
        if each.what == "begins":
            found[about].begun += 1
        elif each.what == "began":
            began[each.process, *about] = each.at
            found[about].hanging += each.process not in killed
        else:
            since = began[each.process, *about]
            found[about].hanging -= each.process not in killed
            if each.what == "look completed":
                found[about].completed += 1
            elif not _was_away(outages, since, each.at + 1):
                found[about].failed += 1
    return found


def _was_away(outages: Sequence[Outage], begin: float, end: float) -> bool:
    """Whether the database was away in that time."""
    return any(each.what == "database" and each.overlaps(begin, end) for each in outages)
