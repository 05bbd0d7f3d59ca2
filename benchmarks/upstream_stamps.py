"""Stamping as upstream's engine does it: expressions over the text, BLAKE3, and a line in front."""

import re
import uuid
from datetime import UTC, datetime

from blake3 import blake3

__all__ = ["stamped"]

_LINE = re.compile(r"# ONEX:uid=([a-zA-Z0-9_-]+),hash=([a-zA-Z0-9]+),ts=([0-9T:\-\+\.]+).*")
_BLOCK = re.compile(
    r"<!--\s*ONEX_METADATA_START\s*-->(.*?)<!--\s*ONEX_METADATA_END\s*-->", re.DOTALL
)
_BLANK = re.compile(r"\n{3,}")


def stamped(content: str) -> tuple[str, str]:
    """The hash of a content without its stamps, and the content with one; nothing is stored."""
    clean = _BLANK.sub("\n\n", _BLOCK.sub("", _LINE.sub("", content))).strip()
    digest = blake3(clean.encode()).hexdigest()
    line = f"# ONEX:uid={uuid.uuid4()},hash={digest},ts={datetime.now(UTC).isoformat()}"
    return digest, f"{line}\n{content}"
