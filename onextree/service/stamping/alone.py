"""Stamping where there is no database: with what the content and its path tell."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from onextree.errors import OnexTreeError
from onextree.service.intelligence import basic_intelligence
from onextree.service.stamping.answers import stamped
from onextree.service.stamping.drafts import Draft, drafted, read_all
from onextree.service.stamping.lookup import AWAY, place_in
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.service.stamping.writing import write

__all__ = ["stamp_all_alone", "stamp_alone"]

_MOST_BYTES = 100 * 2**20


def stamp_alone(
    asked: Stamping, *, correlation_id: UUID | None = None, most_bytes: int = _MOST_BYTES
) -> Stamped:
    """Stamp one content; see `stamp_all_alone`.

    Raises:
        InvalidRequest: It cannot be stamped so.
    """
    (answer,) = stamp_all_alone([asked], correlation_ids=[correlation_id], most_bytes=most_bytes)
    if isinstance(answer, OnexTreeError):
        raise answer
    return answer


def stamp_all_alone(
    asked: Sequence[Stamping],
    *,
    correlation_ids: Sequence[UUID | None] = (),
    most_bytes: int = _MOST_BYTES,
) -> list[Stamped | OnexTreeError]:
    """What `Stamper.stamp_all` answers while the database is away and nothing is remembered.

    Args:
        most_bytes: Of a content: `Settings.stamp_max_bytes`.
    """
    now = datetime.now(UTC)
    identities = correlation_ids or [None] * len(asked)
    return [
        _alone(drafted(each, identity, most_bytes=most_bytes), now)
        for each, identity in zip(asked, identities, strict=True)
    ]


def _alone(draft: Draft | OnexTreeError, now: datetime) -> Stamped | OnexTreeError:
    if isinstance(draft, OnexTreeError):
        return draft
    read_all([draft])
    (place,) = place_in((), [draft], AWAY)
    found = basic_intelligence(draft.path, place.reason or AWAY)
    written = write(draft, place, found, now)
    if isinstance(written, OnexTreeError):
        return written
    regeneration = "not_needed" if draft.asked.file_path is None else "unavailable"
    return stamped(written, is_new=False, is_stored=False, regeneration=regeneration)
