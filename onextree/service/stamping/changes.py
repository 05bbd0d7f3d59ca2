"""Which changes are of stamps alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from onextree.stamping.sidecars import is_sidecar
from onextree.store.content_hashes import KnownContent, find_content_hashes
from onextree.store.database import RawConnection
from onextree.tree.diff.model import Change, StampChange

__all__ = ["tell_stamp_changes"]


def tell_stamp_changes(connection: RawConnection, changes: Iterable[Change]) -> Sequence[Change]:
    """The same changes, with what is known of the stamps in them.

    Sidecars are known by their names, stamps by the contents beside them: whose hash is known of
    what was stamped, or read for its stamps. As that leaves out blank ends, a change is of a stamp
    only where one came, went, or has another form. The database is asked only where a file has
    other bytes than before.
    """
    found = list(changes)
    digests = {digest for change in found for digest in _digests(change)}
    known = find_content_hashes(connection, digests) if digests else {}
    return [
        change if (stamp := _stamp(change, known)) is None else replace(change, stamp=stamp)
        for change in found
    ]


def _stamp(change: Change, known: Mapping[bytes, KnownContent]) -> StampChange | None:
    if is_sidecar(change.path.rpartition("/")[2]):
        return StampChange.SIDECAR
    contents = [known[digest] for digest in _digests(change) if digest in known] if known else []
    if len(contents) != 2:
        return None
    before, after = contents
    is_one = before.content_hash == after.content_hash and before.form != after.form
    return StampChange.STAMP if is_one else None


def _digests(change: Change) -> tuple[bytes, ...]:
    """Of a file with other bytes than before: those then, and those now."""
    before, after = change.before, change.after
    if before is None or after is None or before.digest is None or after.digest is None:
        return ()
    return (before.digest, after.digest) if before.digest != after.digest else ()
