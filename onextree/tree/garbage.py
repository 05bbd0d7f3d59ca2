"""No search for cycles where many objects are made that have none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_collecting"]


@contextmanager
def without_collecting() -> Iterator[None]:
    """Pause the garbage collector: with 100k entries it takes a third of the time.

    Of the whole process, so that other threads may find it running again before the end.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
