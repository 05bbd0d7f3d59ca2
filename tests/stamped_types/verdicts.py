"""What a program takes contents for, in a form that can be compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["Reader", "Refused", "each"]


@dataclass(frozen=True)
class Refused(Exception):
    """A content that is not of the type it is read as; where it is not, does not matter."""

    reason: str = field(default="", compare=False)


Reader = Callable[[Sequence[bytes]], Sequence[object]]
"""Contents to what each of them says, comments left out; `Refused` of those that it cannot read."""


def each(read: Callable[[bytes], object]) -> Reader:
    """A reader that reads one content after the other; an exception refuses it."""

    def read_all(contents: Sequence[bytes]) -> Sequence[object]:
        return [_verdict(read, content) for content in contents]

    return read_all


def _verdict(read: Callable[[bytes], object], content: bytes) -> object:
    try:
        return read(content)
    except Refused as refused:
        return refused
    except Exception as error:  # whatever a parser raises
        return Refused(f"{type(error).__name__}: {error}")
