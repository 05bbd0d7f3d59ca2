"""What tests fetch from elsewhere, once for a checkout."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["fetched_once"]


def fetched_once(wanted: Path, fetch: Callable[[Path], None]) -> Path:
    """Have a directory filled, unless it is there; who comes meanwhile waits.

    Args:
        wanted: Named by what it has. Others beside it are removed.
        fetch: Fills the directory that it is given, or raises.
    """
    if wanted.is_dir():
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with (wanted.parent / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.is_dir():
            for old in filter(Path.is_dir, wanted.parent.iterdir()):
                shutil.rmtree(old)
            filling = Path(tempfile.mkdtemp(dir=wanted.parent, prefix="fetching-"))
            fetch(filling)
            # A directory with the right name is always whole.
            filling.rename(wanted)
    return wanted
