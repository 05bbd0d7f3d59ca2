"""Which changes are of stamps alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from onextree.stamping.sidecars import is_sidecar
from onextree.store.content_hashes import find_content_hashes
from onextree.store.database import RawConnection
from onextree.tree.diff.model import Change, StampChange

__all__ = ["tell_stamp_changes"]


def tell_stamp_changes(connection: RawConnection, changes: Iterable[Change]) -> Sequence[Change]:
    """The same changes, with what is known of the stamps in them.

    Sidecars are known by their names, stamps by the contents beside them: whose hash is known of
    what was stamped, or read for its stamps. The database is asked only where a file has other
    bytes than before.
    """
    found = list(changes)
    digests = {digest for change in found for digest in _digests(change)}
    known = find_content_hashes(connection, digests) if digests else {}
    return [
        change if (stamp := _stamp(change, known)) is None else replace(change, stamp=stamp)
        for change in found
    ]


def _stamp(change: Change, known: Mapping[bytes, bytes]) -> StampChange | None:
    if is_sidecar(change.path.rpartition("/")[2]):
        return StampChange.SIDECAR
    hashes = [known.get(digest) for digest in _digests(change)] if known else []
    is_same = bool(hashes) and hashes[0] is not None and hashes[0] == hashes[1]
    return StampChange.STAMP if is_same else None


def _digests(change: Change) -> tuple[bytes, ...]:
    """Of a file with other bytes than before: those then, and those now."""
    before, after = change.before, change.after
    if before is None or after is None or before.digest is None or after.digest is None:
        return ()
    return (before.digest, after.digest) if before.digest != after.digest else ()
