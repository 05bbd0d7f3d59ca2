"""Use cases: contents are stamped with their hash and what the tree knows of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from onextree.errors import OnexTreeError
from onextree.service.intelligence import Intelligences
from onextree.service.stamps import Stamped, Stamping
from onextree.store.stamps import StoredStamp

__all__ = ["NamespacePage", "Stamper"]


@dataclass(frozen=True, slots=True)
class NamespacePage:
    """Some of the stamps of a namespace, the newest first, and how many there are."""

    namespace: str
    total: int
    stamps: Sequence[StoredStamp]


class Stamper(Intelligences):
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
        raise NotImplementedError

    def find_stamps(self, hash_text: str, *, namespace: str | None = None) -> list[StoredStamp]:
        """The stamps of a hash, the newest first: a content hash, or BLAKE3 of a file's bytes.

        Raises:
            InvalidRequest: It is no hash.
            StampNotFound: There is none.
        """
        raise NotImplementedError

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
        """
        raise NotImplementedError
