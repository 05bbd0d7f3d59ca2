"""Stamps beside files that have no comments: ``.{file}.onex-meta.json``."""

from json import dumps
from typing import Any

import orjson

from onextree.stamping.model import METADATA_VERSION, FoundStamp, Stamp, StampForm
from onextree.stamping.rendering import time_text

__all__ = ["is_sidecar", "read_sidecar", "render_sidecar", "sidecar_name", "sidecar_of"]

_ROOT = "onex_metadata"


def sidecar_name(name: str) -> str:
    """The name of a file's sidecar, in the same directory."""
    return f".{name}.onex-meta.json"


def sidecar_of(name: str) -> str | None:
    """The name of the file that a sidecar is about; None where it is none."""
    if is_sidecar(name):
        return name.removeprefix(".").removesuffix(".onex-meta.json")
    return None


def is_sidecar(name: str) -> bool:
    """Whether a file of that name is a sidecar, which is never stamped itself."""
    return name.startswith(".") and name.endswith(".onex-meta.json") and len(name) > 16


def render_sidecar(stamp: Stamp, *, name: str, blake3: str) -> bytes:
    """A sidecar as JSON, with a final newline.

    Args:
        name: Of the file beside it.
        blake3: Of that file's bytes.
    """
    said: dict[str, Any] = {
        "metadata_version": METADATA_VERSION,
        "uid": str(stamp.uid),
        "hash": stamp.content_hash,
        "blake3": blake3,
        "timestamp": time_text(stamp.stamped_at),
        "protocol_version": stamp.protocol_version,
        "namespace": stamp.namespace,
        "file": name.rpartition("/")[2],
        "stamp_type": str(stamp.stamp_type),
        "integrity": {"algorithm": "BLAKE3", "hash": stamp.content_hash},
    }
    more = {"author": stamp.author, "version": stamp.version}
    said |= {key: value for key, value in more.items() if value}
    said |= {key: value for key, value in stamp.about.items() if key not in said}
    return dumps({_ROOT: said}, indent=2).encode() + b"\n"


def read_sidecar(content: bytes, *, content_hash: str) -> FoundStamp | None:
    """The stamp in a sidecar; None where it is none.

    Args:
        content: The sidecar's bytes.
        content_hash: Of the file beside it.
    """
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    said = found.get(_ROOT) if isinstance(found, dict) else None
    if not isinstance(said, dict):
        return None
    uid, named, stamped_at = (
        value if isinstance(value := said.get(key), str) else None
        for key in ("uid", "hash", "timestamp")
    )
    if named is None:
        return None
    return FoundStamp(
        form=StampForm.SIDECAR,
        uid=uid,
        content_hash=named,
        stamped_at=stamped_at,
        fields=said,
        text=content.decode("utf-8", "replace"),
        is_valid=named == content_hash,
        is_current=_is_current(found, content),
    )


def _is_current(found: object, content: bytes) -> bool:
    try:
        return dumps(found, indent=2).encode() + b"\n" == content
    except RecursionError:
        return False
