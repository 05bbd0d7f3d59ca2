"""A worker process: gives the facts of the files that come through its socket.

Run as ``python -m onextree.intelligence.extraction.worker DESCRIPTOR SECONDS BYTES``: after so many
seconds on one file it ends even when nobody waits for it any more, and it may take so much
memory beyond what it has when it starts.
"""

import gc
import marshal
import math
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from onextree.intelligence.extraction.extractors import extract, failed_by
from onextree.intelligence.facts import encode_facts
from onextree.resilience.worker_process import serve

__all__ = ["main"]

_STATM = Path("/proc/self/statm")
_SWOLLEN = 256 << 20
"""Resident bytes from which on free memory is given back: parsers leave it in pieces."""


def main() -> None:
    """Answer until the other side has gone."""
    seconds, memory = math.ceil(float(sys.argv[2])), int(sys.argv[3])
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, _memory()[0] + memory)
    gc.freeze()
    # What a parser says when it gives up is the failure of the file, and nothing for a terminal.
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)

    def answers(request: bytes) -> Iterator[bytes]:
        for language, content in marshal.loads(request):  # noqa: S302 - of our parent
            # The signal ends a process that is deep in a parser, too.
            signal.alarm(seconds)
            facts = _encoded(language, content)
            signal.alarm(0)
            yield facts
        if _memory()[1] > _SWOLLEN:
            _give_back()

    serve(answers)


def _encoded(language: str, content: bytes) -> bytes:
    try:
        return encode_facts(extract(language, content))
    except (MemoryError, TypeError) as raised:  # too many, or a surrogate, which no JSON holds
        return encode_facts(failed_by(raised, content))


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _memory() -> tuple[int, int]:
    """Bytes of address space and of memory in use."""
    pages = _STATM.read_bytes().split(maxsplit=2)
    return int(pages[0]) * resource.getpagesize(), int(pages[1]) * resource.getpagesize()


def _give_back() -> None:
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


if __name__ == "__main__":
    main()
