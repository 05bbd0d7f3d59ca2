"""Stamps beside files that have no comments: ``.{file}.onex-meta.json``."""

from onextree.stamping.model import FoundStamp, Stamp

__all__ = ["is_sidecar", "read_sidecar", "render_sidecar", "sidecar_name", "sidecar_of"]


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
    raise NotImplementedError


def read_sidecar(content: bytes, *, content_hash: str) -> FoundStamp | None:
    """The stamp in a sidecar; None where it is none.

    Args:
        content: The sidecar's bytes.
        content_hash: Of the file beside it.
    """
    raise NotImplementedError
