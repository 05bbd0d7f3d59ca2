"""A file of a multipart form, hashed while it arrives: none of it is kept."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from blake3 import blake3
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from onextree.errors import InvalidRequest, PayloadTooLarge

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

__all__ = ["Hashed", "hash_upload"]

_PARTS = 16
_LONGEST_TEXT = 1_000  # bytes of a field that is no file
_WORTH_A_THREAD = 2**20  # bytes; fewer are hashed before a thread would have begun


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file that was hashed.

    Attributes:
        blake3: 64 hexadecimal digits.
        size: Bytes.
        milliseconds: Of hashing alone.
        namespace: As the form has it.
    """

    blake3: str
    size: int
    milliseconds: float
    namespace: str | None


async def hash_upload(request: Request, max_bytes: int) -> Hashed:
    """BLAKE3 of the one file of a request's form, in its field ``file``.

    Raises:
        InvalidRequest: It is no form, or has no such field, or several.
        PayloadTooLarge: The file has more than `max_bytes`.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise InvalidRequest(
            "Send the file as the field `file` of multipart/form-data, with a boundary."
        )
    form = _Form(max_bytes)
    try:
        parser = MultipartParser(options[b"boundary"], form.callbacks)
        async for chunk in request.stream():
            parser.write(chunk)
            await form.hash_waiting()
    except FormParserError as error:
        raise InvalidRequest(
            "The form cannot be read: it is not as multipart/form-data has to be."
        ) from error
    return form.hashed()


class _Form:
    """What is known of a form by now."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._parts = self._files = self._size = 0
        self._header = self._value = self._disposition = b""
        self._field = b""
        self._namespace = b""
        self._has_namespace = self._has_ended = False
        self._hasher = blake3()
        self._waiting: list[memoryview] = []
        self._waiting_bytes = 0
        self._seconds = 0.0
        self.callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._add_header,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._name,
            "on_part_data": self._add,
            "on_end": self._end,
        }

    async def hash_waiting(self) -> None:
        """Hash what has arrived of the file."""
        waiting, self._waiting = self._waiting, []
        size, self._waiting_bytes = self._waiting_bytes, 0
        if size > _WORTH_A_THREAD:
            await asyncio.to_thread(self._hash, waiting)
        elif waiting:
            self._hash(waiting)

    def hashed(self) -> Hashed:
        """The whole file's.

        Raises:
            InvalidRequest: The form is not whole, or has no file.
        """
        if not self._has_ended:
            raise InvalidRequest("The form ends too early; its last boundary is missing.")
        if not self._files:
            raise InvalidRequest("The form has no field `file`; send the file as that.")
        try:
            namespace = self._namespace.decode() if self._has_namespace else None
        except UnicodeDecodeError as error:
            raise InvalidRequest("The field `namespace` is no UTF-8.") from error
        return Hashed(self._hasher.hexdigest(), self._size, self._seconds * 1000, namespace)

    def _hash(self, pieces: list[memoryview]) -> None:
        begin = perf_counter()
        for piece in pieces:
            self._hasher.update(piece)
        self._seconds += perf_counter() - begin

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _PARTS:
            raise InvalidRequest(f"A form may have {_PARTS} fields here; send `file` alone.")
        self._header = self._value = self._disposition = self._field = b""

    def _add_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _name(self) -> None:
        self._field = parse_options_header(self._disposition)[1].get(b"name", b"")
        if self._field == b"file":
            self._files += 1
            if self._files > 1:
                raise InvalidRequest("The form has several fields `file`; send one at a time.")
        elif self._field == b"namespace":
            self._namespace, self._has_namespace = b"", True

    def _add(self, data: bytes, start: int, end: int) -> None:
        if self._field == b"file":
            self._size += end - start
            if self._size > self._max_bytes:
                raise PayloadTooLarge(
                    f"A content may have {self._max_bytes:,} bytes; raise "
                    "ONEXTREE_STAMP_MAX_BYTES for larger ones.",
                    max_bytes=self._max_bytes,
                )
            self._waiting.append(memoryview(data)[start:end])
            self._waiting_bytes += end - start
        elif self._field == b"namespace":
            self._namespace += data[start:end]
            if len(self._namespace) > _LONGEST_TEXT:
                raise InvalidRequest("The field `namespace` is too long.")

    def _end(self) -> None:
        self._has_ended = True
