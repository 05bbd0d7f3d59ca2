"""A worker process: reads the batches that come through a socket until the socket closes.

Run as ``python -m onextree.tree.reading.worker DESCRIPTOR``.
"""

import gc
import marshal
import os

from onextree.resilience.worker_process import serve
from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.reading.files import read_batch

__all__ = ["main"]


def _answer(request: bytes) -> bytes:
    """A `Reading` as a tuple, or nothing where the root is not the one meant any more."""
    path, identity, attributes, most_bytes, settled_before, batch = marshal.loads(  # noqa: S302 - of our parent
        request
    )
    root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.fstat(root)
        if (status.st_dev, status.st_ino) != identity:
            return b""
        reading = read_batch(
            root,
            batch,
            shared_classifier(attributes),
            most_bytes=most_bytes,
            settled_before=settled_before,
        )
    finally:
        os.close(root)
    return marshal.dumps(
        (reading.rows, reading.classes, tuple(reading.counts), reading.size, reading.oversize)
    )


def main() -> None:
    """Answer until the other side has gone."""
    gc.disable()
    serve(lambda request: (_answer(request),))


if __name__ == "__main__":
    main()
