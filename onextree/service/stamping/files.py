"""Use cases: files on this machine are stamped, a chunk of them at a time."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from onextree.errors import OnexTreeError
from onextree.service.stamping.file_stamps import (
    FilesStamped,
    FileStamp,
    FileState,
    StampMode,
    Wanted,
)
from onextree.service.stamping.places import Place, Places, Refused
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.stamping import marking
from onextree.stamping.files import FileRead, Refusal, RefusalCode, read_file
from onextree.stamping.model import Marked, Stamp, StampType, stamp_id
from onextree.stamping.replacing import Replacements, remove_abandoned
from onextree.stamping.sidecars import read_sidecar, sidecar_name
from onextree.tree.progress import Progress, Report

__all__ = ["FileStamper", "StampAll", "read_beside"]

_MOST_FILES = 200
_MOST_BYTES = 8 << 20
_LARGEST_SIDECAR = 4 << 20
_LONGEST_NAME = 255
_NO_SIDECARS = (RefusalCode.SYMLINK, RefusalCode.NOT_A_FILE, RefusalCode.TOO_LARGE)

StampAll = Callable[[Sequence[Stamping]], Sequence[Stamped | OnexTreeError]]
"""`onextree.service.stamping.Stamper.stamp_all`, or what stands in for it."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A file that was read.

    Attributes:
        directory: Its descriptor, open as long as the chunk is.
        beside: What lies in its sidecar's place.
        wants_sidecar: Whether its stamp is to stand there.
    """

    place: Place
    directory: int
    read: FileRead
    beside: FileRead | None
    wants_sidecar: bool


class FileStamper:
    """Stamps files, some hundred at a time.

    Args:
        places: Where files can be.
        stamp_all: Makes the stamps, and stores them.
        most_bytes: Of a file that is stamped.
    """

    def __init__(self, places: Places, stamp_all: StampAll, *, most_bytes: int) -> None:
        self._places = places
        self._stamp_all = stamp_all
        self._most_bytes = most_bytes

    def stamp(
        self, paths: Iterable[str], wanted: Wanted, report: Report | None = None
    ) -> FilesStamped:
        """Stamp files, and those of the trees of directories.

        What fails for a file is told of it, and the others go on. A file that carries its stamp
        is left alone. A file with a sidecar keeps its stamp there, and gets none of its own.

        Raises:
            OnexTreeError: A directory's files cannot be listed.
        """
        started = time.perf_counter()
        found = FilesStamped(mode=wanted.mode)
        with Replacements() as replacements:
            chunk: list[_Item] = []
            size = 0
            for item in self._read(paths, wanted, replacements, found):
                chunk.append(item)
                size += len(item.read.content)
                if len(chunk) == _MOST_FILES or size >= _MOST_BYTES:
                    self._finish(chunk, wanted, replacements, found)
                    chunk, size = [], 0
                    if report:
                        report(Progress("stamp", len(found.files), 0, found.size_bytes))
            self._finish(chunk, wanted, replacements, found)
        found.seconds = time.perf_counter() - started
        return found

    def _read(
        self,
        paths: Iterable[str],
        wanted: Wanted,
        replacements: Replacements,
        found: FilesStamped,
    ) -> Iterator[_Item]:
        """Files as they are; those that cannot be stamped are told of instead."""
        writes = wanted.mode in (StampMode.WRITE, StampMode.SIDECAR)
        siblings: Sequence[bytes] = ()
        for place in self._places.find(paths):
            if isinstance(place, Refused):
                found.refused.append(place)
                continue
            if writes and place.siblings is not siblings:
                siblings = place.siblings
                remove_abandoned(place.directory, siblings)
            try:
                read = read_file(place.directory, place.name, most=self._most_bytes)
                beside = read_beside(place)
                is_beside = wanted.mode is StampMode.SIDECAR or _has_sidecar(beside)
                item = _Item(place, replacements.keep(place.directory), read, beside, is_beside)
            except Refusal as refusal:
                found.refuse(place, refusal)
                continue
            found.size_bytes += len(read.content)
            yield item

    def _finish(
        self,
        chunk: Sequence[_Item],
        wanted: Wanted,
        replacements: Replacements,
        found: FilesStamped,
    ) -> None:
        """Stamp a chunk, and write what is to be written."""
        if wanted.mode is StampMode.CHECK:
            found.files += [_checked(item, wanted) for item in chunk]
            replacements.close()
            return
        answers = self._stamp_all([_asked(item, wanted) for item in chunk]) if chunk else ()
        done: list[tuple[Place, FileStamp]] = []
        for item, answer in zip(chunk, answers, strict=True):
            if isinstance(answer, OnexTreeError):
                found.refused.append(Refused(item.place.shown, answer.code.value, answer.message))
                continue
            file = _file_stamp(item, answer)
            found.is_stored &= answer.is_stored
            try:
                if wanted.mode is not StampMode.STORE and file.state is not FileState.UNCHANGED:
                    _write(replacements, len(done), item, answer.marked)
            except Refusal as refusal:
                found.refuse(item.place, refusal)
                continue
            done.append((item.place, file))
        came = replacements.finish()
        for number, (place, file) in enumerate(done):
            failed = came.get(number)
            if failed is not None:
                found.refuse(place, failed)
            else:
                found.files.append(replace(file, is_written=number in came))


def read_beside(place: Place) -> FileRead | None:
    """What lies in the place of a file's sidecar.

    Raises:
        Refusal: It cannot be read, or is no file.
    """
    name = sidecar_name(place.name)
    if len(os.fsencode(name)) > _LONGEST_NAME:
        return None
    try:
        return read_file(place.directory, name, most=_LARGEST_SIDECAR)
    except Refusal as refusal:
        if refusal.code is RefusalCode.NOT_FOUND:
            return None
        code = RefusalCode.SIDECAR_TAKEN if refusal.code in _NO_SIDECARS else refusal.code
        raise Refusal(code, f"{name} beside it: {refusal.message}") from None


def _has_sidecar(beside: FileRead | None) -> bool:
    """Whether what lies in a sidecar's place is one."""
    return beside is not None and read_sidecar(beside.content, content_hash="") is not None


def _asked(item: _Item, wanted: Wanted) -> Stamping:
    return Stamping(
        item.read.content,
        item.place.path,
        item.place.project_id,
        wanted.stamp_type,
        wanted.namespace,
        {} if wanted.author is None else {"author": wanted.author},
        sidecar=item.wants_sidecar,
    )


def _file_stamp(item: _Item, stamped: Stamped) -> FileStamp:
    marked = stamped.marked
    is_there = marked.is_unchanged
    if marked.sidecar is not None:
        uid, content_hash = str(stamped.stamp_id), stamped.content_hash
        is_there = _is_beside(item, marked, stamped.stamp_type, uid, content_hash)
    if is_there:
        state = FileState.UNCHANGED
    elif not stamped.is_stored:
        state = FileState.UNSTORED
    else:
        state = FileState.NEW if stamped.is_new else FileState.KNOWN
    return FileStamp(
        item.place.shown,
        state,
        marked.sidecar is not None,
        stamped.level.value,
        str(stamped.stamp_id),
        stamped.content_hash,
        stamped.project_id,
    )


def _checked(item: _Item, wanted: Wanted) -> FileStamp:
    """What a file has, against what it would get."""
    content, name = item.read.content, item.place.path.rpartition("/")[2]
    kind, is_beside = wanted.stamp_type, item.wants_sidecar
    reading = marking.read(content)
    uid = stamp_id(wanted.namespace, reading.content_hash)
    stamp = Stamp(uid, reading.content_hash, datetime.now(UTC), kind, wanted.namespace)
    marked = marking.mark(content, reading, name, stamp, sidecar=is_beside)
    if marked.sidecar is not None:
        is_there = _is_beside(item, marked, kind, str(uid), reading.content_hash)
    else:
        is_there = marking.carried(reading, name, kind, sidecar=is_beside, uid=uid)
    return FileStamp(
        item.place.shown,
        FileState.UNCHANGED if is_there else FileState.OUTDATED,
        marked.sidecar is not None,
        None,
        str(uid),
        reading.content_hash,
        item.place.project_id,
    )


def _is_beside(item: _Item, marked: Marked, kind: StampType, uid: str, content_hash: str) -> bool:
    """Whether a file has the stamp beside it already that it is to have, and none of its own."""
    if item.beside is None or marked.content != item.read.content:
        return False
    found = read_sidecar(item.beside.content, content_hash=content_hash)
    return (
        found is not None
        and bool(found.is_valid)
        and found.is_current
        and found.uid == uid
        and (found.fields.get("stamp_type"), found.fields.get("blake3")) == (kind, marked.blake3)
    )


def _write(replacements: Replacements, number: int, item: _Item, marked: Marked) -> None:
    """Prepare what a stamp is written to: the file, or its sidecar, and then both if need be.

    Raises:
        Refusal: It cannot be written, or is another one's.
    """
    place, read, beside = item.place, item.read, item.beside
    if marked.sidecar is not None:
        name = sidecar_name(place.name)
        if beside is None:
            replacements.create(number, item.directory, name, marked.sidecar, (place.name, read))
        elif _has_sidecar(beside):
            replacements.replace(number, item.directory, name, marked.sidecar, beside)
        else:
            raise Refusal(
                RefusalCode.SIDECAR_TAKEN, f"{name} beside it is no sidecar; move it away."
            )
    if marked.content != read.content:
        replacements.replace(number, item.directory, place.name, marked.content, read)
