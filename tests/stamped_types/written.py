from collections.abc import Sequence
from dataclasses import dataclass
from tests.stamped_types.verdicts import Reader
@dataclass(frozen=True, slots=True)
class WrittenFile:
    name: str
    content: bytes
    readers: Sequence[Reader]
WRITTEN = ()
