"""What the stamps of files say, told from what their contents and sidecars say of themselves."""

from collections.abc import Sequence

from onextree.stamping import marking, sidecars
from onextree.stamping.model import FoundStamp, StampForm
from onextree.store.manifest_files import ManifestFile
from onextree.store.stamp_manifest import ContentStamp, ManifestRow, StampState

__all__ = ["READING_VERSION", "content_stamp", "manifest_row", "sidecar_row"]

READING_VERSION = 1
"""Another one where contents are read otherwise: what is known of them is found out anew."""

_HASH = 64
_LARGEST_SIDECAR = 1024 * 1024
_LONGEST_UID = 200
_VERIFIABLE = frozenset({StampForm.LIGHTWEIGHT, StampForm.RICH})


def content_stamp(content: bytes) -> ContentStamp:
    """What a content says of itself, be it that of a sidecar, whatever the file's name."""
    reading = marking.read(content)
    content_hash = bytes.fromhex(reading.content_hash)
    found = _most_telling(reading.stamps)
    if found is None and len(content) <= _LARGEST_SIDECAR:
        found = sidecars.read_sidecar(content, content_hash=reading.content_hash)
    if found is None:
        return ContentStamp(content_hash, None, None, None)
    return ContentStamp(content_hash, found.form, _uid(found.uid), _hash(found))


def manifest_row(
    file: ManifestFile,
    own: ContentStamp | None,
    sidecar: ManifestFile | None,
    beside: ContentStamp | None,
) -> ManifestRow:
    """A file that is no sidecar, and its stamp.

    One stamp that does not hold makes the file `StampState.MISMATCHED`, as `onextree validate` has
    it; of several of a kind the file's own is told.

    Args:
        own, beside: What the contents of the file and of its sidecar say; None where they were not
            at hand.
    """
    if own is None:
        return _row(file, None, StampState.UNREAD)
    stamps: list[tuple[ContentStamp, ManifestFile | None]] = []
    if own.form in _VERIFIABLE:
        stamps.append((own, None))
    if beside is not None and beside.form == StampForm.SIDECAR:
        stamps.append((beside, sidecar))
    for stamp, place in stamps:
        if stamp.stamp_hash != own.content_hash:
            return _row(file, own, StampState.MISMATCHED, stamp, place)
    if sidecar is not None and beside is None:
        return _row(file, own, StampState.UNREAD, sidecar=sidecar)
    if stamps:
        return _row(file, own, StampState.STAMPED, *stamps[0])
    return _row(file, own, StampState.UNSTAMPED, own if own.form == StampForm.REFERENCE else None)


def sidecar_row(file: ManifestFile) -> ManifestRow:
    """A sidecar: what it says stands in the row of the file that it is about."""
    return _row(file, None, StampState.SIDECAR)


def _row(
    file: ManifestFile,
    own: ContentStamp | None,
    state: StampState,
    stamp: ContentStamp | None = None,
    sidecar: ManifestFile | None = None,
) -> ManifestRow:
    return ManifestRow(
        file.path,
        file.blake3,
        own.content_hash if own else None,
        state,
        stamp.form if stamp else None,
        stamp.uid if stamp else None,
        stamp.stamp_hash if stamp else None,
        sidecar.path if sidecar else None,
    )


def _most_telling(stamps: Sequence[FoundStamp]) -> FoundStamp | None:
    """The first of those that do not hold, else of those that do, else of all."""
    return min(
        stamps, key=lambda found: (found.is_valid is None, bool(found.is_valid)), default=None
    )


def _uid(text: str | None) -> str | None:
    """As far as it can be stored; anybody may have written it."""
    if text is None or not text or len(text) > _LONGEST_UID or "\0" in text:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text


def _hash(found: FoundStamp) -> bytes | None:
    text = found.content_hash
    if text is None or len(text) != _HASH:
        return None
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return digest if len(digest) == _HASH // 2 else None
