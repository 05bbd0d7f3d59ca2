"""Use cases: contents are stamped with their hash and what the tree knows of them."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from onextree.errors import InvalidRequest, OnexTreeError, StampNotFound
from onextree.service.intelligence import IntelligenceLevel
from onextree.service.stamping.answers import stamped
from onextree.service.stamping.drafts import Draft, drafted, read_all
from onextree.service.stamping.lookup import StampLookup, StampLookups, find_first
from onextree.service.stamping.regenerating import StampRegenerating, level_of
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.service.stamping.storing import StoredNow, store
from onextree.service.stamping.writing import Written, write
from onextree.stamping.validation import check_hash, check_namespace
from onextree.store import stamps
from onextree.store.database import RawConnection
from onextree.store.stamps import StampKey, StoredStamp

__all__ = ["NamespacePage", "Stamper"]

_log = logging.getLogger(__name__)

_WORTH_A_THREAD = 2**16  # bytes; fewer are read before the database would have answered
_MOST_STAMPS = 1_000  # of a page
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NamespacePage:
    """Some of the stamps of a namespace, the newest first, and how many there are."""

    namespace: str
    total: int
    stamps: Sequence[StoredStamp]


class Stamper(StampRegenerating, StampLookups):
    """Stamping, with whatever can be had: tree, snapshots and database may be away."""

    def stamp(self, asked: Stamping, *, correlation_id: UUID | None = None) -> Stamped:
        """Stamp one content; see `stamp_all`.

        Raises:
            InvalidRequest: It cannot be stamped so.
        """
        (answer,) = self.stamp_all([asked], correlation_ids=[correlation_id])
        if isinstance(answer, OnexTreeError):
            raise answer
        return answer

    def stamp_all(
        self, asked: Sequence[Stamping], *, correlation_ids: Sequence[UUID | None] = ()
    ) -> list[Stamped | OnexTreeError]:
        """Stamp contents, stored with their events in one transaction.

        Trees are looked at while contents are hashed. One that is missing or older than a day is
        asked for in the background, and the stamp is made with what there is.

        Args:
            correlation_ids: Of each one's request; that of the current request by default.
        """
        most = self._settings.stamp_max_bytes
        drafts = [
            drafted(each, identity, most_bytes=most)
            for each, identity in zip(asked, correlation_ids or [None] * len(asked), strict=True)
        ]
        made = iter(self._stamp_drafts([each for each in drafts if isinstance(each, Draft)]))
        return [next(made) if isinstance(each, Draft) else each for each in drafts]

    def find_stamps(self, hash_text: str, *, namespace: str | None = None) -> list[StoredStamp]:
        """The stamps of a hash, the newest first: a content hash, or BLAKE3 of a file's bytes.

        Raises:
            InvalidRequest: It is no hash.
            StampNotFound: There is none.
        """
        digest = check_hash(hash_text)
        if namespace is not None:
            check_namespace(namespace)
        found = self._read(
            lambda connection: stamps.stamps_of_hash(connection, digest, namespace=namespace)
        )
        if not found:
            raise StampNotFound(
                "No content with that hash was stamped; stamp it with POST /stamp or "
                "`onextree stamp`.",
                hash=digest.hex(),
            )
        return found

    def stamps_of(
        self,
        namespace: str,
        *,
        limit: int = 50,
        offset: int = 0,
        project_ids: Sequence[str] | None = None,
    ) -> NamespacePage:
        """The stamps of a namespace, the newest first.

        Args:
            project_ids: Those of these projects alone; of all, and of none, by default.

        Raises:
            InvalidRequest: It is no namespace, or no such page.
        """
        check_namespace(namespace)
        if not 1 <= limit <= _MOST_STAMPS:
            raise InvalidRequest(
                f"A page has 1 to {_MOST_STAMPS:,} stamps, not {limit}.", field="limit"
            )
        if not 0 <= offset <= _LARGEST:
            raise InvalidRequest(f"A page does not begin at {offset}.", field="offset")
        total, found = self._read(
            lambda connection: stamps.namespace_page(
                connection, namespace, limit=limit, offset=offset, project_ids=project_ids
            )
        )
        return NamespacePage(namespace, total, found)

    def _stamp_drafts(self, drafts: Sequence[Draft]) -> list[Stamped | OnexTreeError]:
        if not drafts:
            return []
        look = self._look_up_drafts(drafts)
        regeneration = self._regenerate(look)
        written = self._write_drafts(drafts, look)
        whole = [each for each in written if isinstance(each, Written)]
        known = look.first or {}
        stored = self._store_written(whole, known)
        met: set[StampKey] = set()
        answers: list[Stamped | OnexTreeError] = []
        regeneration.settle()
        for each in written:
            if isinstance(each, OnexTreeError):
                answers.append(each)
                continue
            key = each.draft.key
            now = each
            if stored is not None and key in stored.first:
                anew = each.anew(stored.first[key])
                if isinstance(anew, OnexTreeError):
                    answers.append(anew)
                    continue
                now = anew
            answer = stamped(
                now,
                is_new=stored is not None and key in stored.new and key not in met,
                is_stored=key in known
                or (stored is not None and (key in stored.new or key in stored.first)),
                regeneration=regeneration.of(each.place),
            )
            met.add(key)
            answers.append(answer)
        self._count_stamps(answers)
        self._counters.add("stamped_bytes", sum(len(each.draft.asked.content) for each in whole))
        return answers

    def _look_up_drafts(self, drafts: Sequence[Draft]) -> StampLookup:
        """Read contents, and look them up; beside one another where that is worth it."""
        is_small = sum(len(each.asked.content) for each in drafts) < _WORTH_A_THREAD

        def look(connection: RawConnection) -> StampLookup:
            found = self._look_up_stamps(connection, drafts)
            if is_small:
                found.first = find_first(connection, drafts)
            return found

        if is_small:
            read_all(drafts)
        pending = self._read_soon(look, stamps=len(drafts))
        if not is_small:
            read_all(drafts)
        try:
            found = pending.result()
            if found.first is None:
                found.first = self._read_soon(
                    lambda connection: find_first(connection, drafts), stamps=len(drafts)
                ).result()
        except OnexTreeError as error:
            _log_away("looked up", error)
            found = self._remembered_places(drafts)
        return found

    def _write_drafts(
        self, drafts: Sequence[Draft], look: StampLookup
    ) -> list[Written | OnexTreeError]:
        keys = {each.key for each in drafts}
        first = {**self._stamps.unstored(keys), **(look.first or {})}
        now = datetime.now(UTC)
        return [
            write(draft, place, found, first.get(draft.key, now))
            for draft, place, found in zip(
                drafts, look.places, self._intelligence_at(drafts, look), strict=True
            )
        ]

    def _store_written(
        self, written: Sequence[Written], known: Mapping[StampKey, datetime]
    ) -> StoredNow | None:
        """Store stamps, but for those to which that would add nothing; None where that failed."""
        settled = self._stamps.settled({each.draft.key for each in written})
        wanted = [
            each
            for each in written
            if each.draft.key not in known or (_is_told(each) and each.draft.key not in settled)
        ]
        if not wanted:
            return StoredNow()
        try:
            stored = self._transact_soon(
                lambda connection: store(connection, wanted, known), stamps=len(wanted)
            ).result()
        except OnexTreeError as error:
            _log_away("stored", error)
            self._stamps.note_unstored(
                {each.draft.key: each.created_at for each in wanted if each.draft.key not in known}
            )
            return None
        self._stamps.note_stored(
            [each.draft.key for each in wanted],
            [each.draft.key for each in wanted if _is_told(each)],
        )
        if stored.new and self._settings.kafka_bootstrap_servers:
            self._hurried.start(self._wake_relays)
        return stored

    def _count_stamps(self, answers: Sequence[Stamped | OnexTreeError]) -> None:
        counts = Counter(
            (each.stamp_type.value, each.level.value, _outcome(each))
            for each in answers
            if isinstance(each, Stamped)
        )
        for (kind, level, outcome), many in counts.items():
            self._counters.add("stamps", many, type=kind, level=level, outcome=outcome)


def _outcome(stamped: Stamped) -> str:
    """As metrics tell it."""
    if not stamped.is_stored:
        return "unstored"
    if stamped.is_new:
        return "new"
    return "unchanged" if stamped.marked.is_unchanged else "known"


def _is_told(written: Written) -> bool:
    """Whether there is more to store than a content and its path tell."""
    return (
        written.intelligence.level is not IntelligenceLevel.BASIC
        and written.place.state is not None
    )


def _log_away(what: str, error: OnexTreeError) -> None:
    _log.log(level_of(error), "Stamps cannot be %s: %s: %s", what, error.code, error.message)
