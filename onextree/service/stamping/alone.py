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

__all__ = ["stamp_all_alone"]


def stamp_all_alone(
    asked: Sequence[Stamping],
    *,
    correlation_ids: Sequence[UUID | None] = (),
    most_bytes: int,
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
