"""What a batch of stamps is answered with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from onextree.api.bridge.stamping.answers import failed_item, grade, is_lacking, stamped
from onextree.api.envelope import partial, success
from onextree.errors import OnexTreeError
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.service.telling import correlation_of

__all__ = ["Item", "batch_told"]


@dataclass(frozen=True, slots=True)
class Item:
    """One content of a batch; without an answer it is still to be stamped."""

    name: str
    asked: Stamping
    answer: Stamped | OnexTreeError | None = None

    def answered(self, answer: Stamped | OnexTreeError) -> "Item":
        """The same with its answer."""
        return replace(self, answer=answer)


def batch_told(items: Sequence[Item], milliseconds: float) -> Response:
    """All answers, in the order of the items."""
    results = []
    failed = lacking = unstored = 0
    for item in items:
        answer = item.answer
        if isinstance(answer, Stamped):
            lacking += is_lacking(item.asked, answer)
            unstored += not answer.is_stored
            results.append({"id": item.name, **stamped(item.asked, answer), "error": None})
        elif answer is not None:
            failed += 1
            results.append({"id": item.name, **failed_item(answer)})
    total = len(results)
    data = {
        "total_items": total,
        "successful_items": total - failed,
        "failed_items": failed,
        "results": results,
        "overall_performance": {
            "execution_time_ms": round(milliseconds, 3),
            "file_size_bytes": sum(len(item.asked.content) for item in items),
            "performance_grade": grade(milliseconds / total),
            "items_per_second": round(total * 1000 / milliseconds, 1),
        },
    }
    metadata = {
        "correlation_id": correlation_of(),
        "failed_items": failed,
        "lacking_items": lacking,
        "is_stored": not unstored,
    }
    if not failed and not lacking:
        return success(data, metadata=metadata)
    if failed:
        message = f"{failed:,} of {total:,} were not stamped; `error` of each says why."
    else:
        message = f"{lacking:,} of {total:,} are stamped with less than the tree could tell."
    if unstored:
        message += " The database is away: send the batch again to have it stored."
    return partial(data, metadata=metadata, message=message)
