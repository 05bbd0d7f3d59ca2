"""Files that are whole at any time, or not there."""

import os
import tempfile
from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path: Path, content: bytes) -> None:
    """Put a content in the place of another; not synchronised to the disk.

    Raises:
        OSError: It cannot be written; what was there is there.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}.")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
