"""Synthetic git work trees: the same bytes in every run."""

import os
import random
import subprocess
from pathlib import Path

__all__ = ["git", "make_tree"]

_EXTENSIONS = ("py", "js", "md", "json", "ts", "html", "css", "txt", "go", "rs")
_FILES_A_DIRECTORY = 15
_WRITTEN = 1_700_000_000
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
_OPTIONS = (
    *("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "gc.auto=0"),
    *("-c", "user.name=Bench", "-c", "user.email=bench@example.org"),
)


def git(root: Path, *arguments: str) -> None:
    """Run git in a clean environment, without its caches."""
    subprocess.run(
        ["git", *_OPTIONS, *arguments],
        cwd=root,
        env=_ENVIRONMENT,
        check=True,
        stdout=subprocess.PIPE,
        timeout=600,
    )


def make_tree(root: Path, files: int) -> Path:
    """Make and commit a tree of 200 B to 20 KB files, 15 a directory, four levels deep."""
    draw = random.Random(files)
    for number in range(files):
        group = number // _FILES_A_DIRECTORY
        directory = (
            root / f"package{group // 100}" / f"module{group // 10 % 10}" / f"part{group % 10}"
        )
        directory.mkdir(parents=True, exist_ok=True)
        size = min(20_000, max(200, int(draw.lognormvariate(7.5, 1))))
        name = f"file{number}.{_EXTENSIONS[number % len(_EXTENSIONS)]}"
        (directory / name).write_bytes(draw.randbytes(size))
        # Older than the index, else git would compare contents at every status.
        os.utime(directory / name, (_WRITTEN, _WRITTEN))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "bench")
    return root
