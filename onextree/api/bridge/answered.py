"""Answers about files, which say where they were found and how old they are."""

from typing import Any

from starlette.responses import Response

from onextree.api.envelope import envelope, partial, success
from onextree.resilience.cache import Answer
from onextree.tree.query.model import Item

__all__ = ["answered", "answered_item"]


def answered_item(answer: Answer[Item | None]) -> bytes | None:
    """A fresh answer about a file as the body of a response; None where there is no such file."""
    if answer.value is None:
        return None
    return envelope("success", answer.value.as_dict(), metadata=_metadata(answer))


def answered(answer: Answer[Any], data: dict[str, Any]) -> Response:
    """An answer; one that is not fresh is `partial` and says so."""
    metadata = _metadata(answer)
    if answer.is_fresh:
        return success(data, metadata=metadata)
    return partial(
        data,
        metadata={**metadata, "fallback": "cached_answer"},
        message="The database is away; this was so when it last answered.",
    )


def _metadata(answer: Answer[Any]) -> dict[str, Any]:
    return {
        "project_id": answer.project_id,
        "version": answer.version,
        "level": answer.level,
        "is_fresh": answer.is_fresh,
        "age_seconds": round(answer.age, 3),
    }
