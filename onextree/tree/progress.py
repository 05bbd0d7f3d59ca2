"""What a scan tells while it goes on."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Progress", "Report"]


class Progress(NamedTuple):
    """How far a scan is.

    Attributes:
        stage: ``list``, ``hash``, ``tree_hash`` or ``store``; ``stamp`` or ``validate`` of stamps.
        files: Files read so far.
        total_files: Files listed so far; more may be found while the first ones are read.
        bytes: Bytes read so far.
    """

    stage: str
    files: int = 0
    total_files: int = 0
    bytes: int = 0


Report = Callable[[Progress], None]
"""Called from the scanning thread after every batch; must return soon."""
