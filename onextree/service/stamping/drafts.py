"""Contents that are about to be stamped: checked, and read."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError

from onextree.errors import InvalidRequest, OnexTreeError, PayloadTooLarge
from onextree.events.envelope import JsonObject, Name
from onextree.service.stamping.requests import Stamping
from onextree.service.telling import correlation_of
from onextree.stamping.marking import read
from onextree.stamping.model import PROTOCOL_VERSION, Reading, StampType, stamp_id
from onextree.stamping.sidecars import is_sidecar
from onextree.stamping.validation import check_namespace
from onextree.store.stamps import StampKey

__all__ = ["Draft", "drafted", "read_all"]

_LONGEST_PATH = 4_096
_LARGEST = 2**31 - 1

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(JsonObject)


@dataclass(slots=True)
class Draft:
    """A content that can be stamped.

    Attributes:
        project_id: That was named.
        path: As it was given, cleaned; absolute where it begins with a slash. None where none was
            given, or it leads out of where it begins.
        name: The file's name; empty where it is not known.
        author, version: Of the metadata, as texts.
        seconds: That reading and writing took so far.
    """

    asked: Stamping
    correlation_id: UUID
    op_id: str
    project_id: str | None
    path: str | None
    name: str
    author: str | None
    version: str | None
    _read: "_Read | None" = None
    seconds: float = 0.0

    @property
    def reading(self) -> Reading:
        """The content taken apart, once it was; see `read_all`."""
        assert self._read is not None
        return self._read.reading

    @property
    def key(self) -> StampKey:
        """What the stamp is known by, once the content was read."""
        assert self._read is not None
        return self._read.key

    @property
    def stamp_id(self) -> UUID:
        """Of the stamp, once the content was read."""
        assert self._read is not None
        return self._read.stamp_id

    def read(self) -> None:
        """Take the content apart, and hash it."""
        begin = perf_counter()
        reading = read(self.asked.content)
        namespace, content_hash = self.asked.namespace, reading.content_hash
        self._read = _Read(
            reading,
            StampKey(namespace, bytes.fromhex(content_hash)),
            stamp_id(namespace, content_hash),
        )
        self.seconds += perf_counter() - begin


class _Read(NamedTuple):
    reading: Reading
    key: StampKey
    stamp_id: UUID


def drafted(
    asked: Stamping, correlation_id: UUID | None, *, most_bytes: int
) -> Draft | OnexTreeError:
    """A content that can be stamped as it is asked; or why not, naming the field."""
    try:
        return _checked(asked, correlation_id, most_bytes)
    except OnexTreeError as error:
        return error


def read_all(drafts: Iterable[Draft]) -> None:
    """Read and hash contents."""
    for draft in drafts:
        draft.read()


def _checked(asked: Stamping, correlation_id: UUID | None, most_bytes: int) -> Draft:
    if len(asked.content) > most_bytes:
        raise PayloadTooLarge(
            f"A content of {len(asked.content):,} bytes is not stamped, {most_bytes:,} are the most"
            "; raise ONEXTREE_STAMP_MAX_BYTES.",
            field="content",
        )
    check_namespace(asked.namespace)
    if not isinstance(asked.stamp_type, StampType):
        raise _refusal("stamp_type", f"{asked.stamp_type!r} is none of {', '.join(StampType)}")
    if asked.protocol_version != PROTOCOL_VERSION:
        raise _refusal(
            "protocol_version", f"{asked.protocol_version!r} is not spoken, {PROTOCOL_VERSION} is"
        )
    if not 1 <= asked.version <= _LARGEST:
        raise _refusal("version", f"{asked.version} does not lie between 1 and {_LARGEST:,}")
    _check(_NAME, "metadata_version", asked.metadata_version)
    _check(_OBJECT, "metadata", asked.metadata)
    _check(_OBJECT, "intelligence_data", asked.intelligence_data)
    for field in ("op_id", "workflow_id", "project_id"):
        if getattr(asked, field) is not None:
            _check(_NAME, field, getattr(asked, field))
    name = _name(asked.file_path)
    if is_sidecar(name):
        raise _refusal("file_path", f"{name!r} is a sidecar, which is never stamped itself")
    return Draft(
        asked,
        correlation_id or correlation_of(),
        asked.op_id or str(uuid4()),
        asked.project_id or _project(asked.metadata.get("project_id")),
        _cleaned(asked.file_path),
        name,
        _word(asked.metadata.get("author")) if asked.includes_metadata else None,
        _word(asked.metadata.get("version")) if asked.includes_metadata else None,
    )


def _check(kind: TypeAdapter[Any], field: str, value: object) -> None:
    if value == {}:
        return
    try:
        kind.validate_python(value)
    except ValidationError as error:
        message = error.errors(include_url=False, include_context=False)[0]["msg"]
        raise _refusal(field, message.removeprefix("Value error, ")) from None


def _refusal(field: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"{field} cannot be used: {why}.", field=field)


def _name(path: str | None) -> str:
    """The file's name.

    Raises:
        InvalidRequest: No file can have that path.
    """
    if path is None:
        return ""
    if not path or len(path) > _LONGEST_PATH or "\0" in path:
        raise _refusal("file_path", f"it has no, or more than {_LONGEST_PATH:,} characters, or NUL")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise _refusal("file_path", "it has half of a character (a lone surrogate)") from None
    return path.rstrip("/").rpartition("/")[2]


def _cleaned(path: str | None) -> str | None:
    if path is None:
        return None
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    return "/" * path.startswith("/") + "/".join(parts)


def _project(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _word(value: object) -> str | None:
    """A value of the metadata, where it is a text or number that people would write there."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None
