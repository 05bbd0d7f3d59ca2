"""The files of a mirror: made, tidied up and removed by whoever holds its lock."""

import os
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["State", "count_packs", "is_made", "make", "remove", "tidy"]

_FORMATS = {40: "sha1", 64: "sha256"}
_LEFT = (
    "*.lock",
    "shallow_*",
    "gc.pid",
    "refs/**/*.lock",
    "objects/tmp_*",
    "objects/??/tmp_*",
    "objects/pack/tmp_*",
    "objects/pack/.tmp-*",
    "objects/pack/*.keep",
)
_PARTS = {".pack", ".idx"}


def make(git_dir: Path, digits: int) -> None:
    """Make an empty one, whole or not at all.

    Args:
        digits: Of its object ids: 40 for SHA-1, 64 for SHA-256.
    """
    git_dir.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Path(tempfile.mkdtemp(prefix=f"{git_dir.name}.new-", dir=git_dir.parent))
    for name in ("objects/pack", "objects/info", "refs"):
        (fresh / name).mkdir(parents=True)
    (fresh / "config").write_text(_config(digits))
    (fresh / "HEAD").write_text("ref: refs/heads/none\n")
    fresh.rename(git_dir)


def is_made(git_dir: Path, digits: int | None = None) -> bool:
    """Whether it is there, as `make` made it and for such object ids."""
    try:
        found = (git_dir / "config").read_text()
        there = (git_dir / "HEAD").is_file() and all(
            (git_dir / name).is_dir() for name in ("refs", "objects/pack")
        )
    except (OSError, ValueError):
        return False
    lengths = _FORMATS if digits is None else (digits,)
    return there and found in [_config(length) for length in lengths]


def remove(git_dir: Path) -> None:
    """Remove it, and what was left half made or half removed."""
    if git_dir.exists():
        git_dir.rename(tempfile.mkdtemp(prefix=f"{git_dir.name}.gone-", dir=git_dir.parent))
    for pattern in ("new", "gone"):
        for left in git_dir.parent.glob(f"{git_dir.name}.{pattern}-*"):
            shutil.rmtree(left, ignore_errors=True)


def tidy(git_dir: Path) -> None:
    """Remove what git processes that were killed left behind."""
    left = [path for pattern in _LEFT for path in git_dir.glob(pattern)]
    packs = list((git_dir / "objects" / "pack").glob("pack-*"))
    parts = Counter(path.stem for path in packs if path.suffix in _PARTS)
    left += [path for path in packs if parts[path.stem] < len(_PARTS)]
    for path in left:
        path.unlink(missing_ok=True)


def count_packs(git_dir: Path) -> int:
    """How many packs there are."""
    return sum(1 for _ in (git_dir / "objects" / "pack").glob("*.pack"))


@dataclass(frozen=True, slots=True)
class State:
    """What a mirror had before a fetch.

    Attributes:
        packs: Names of the files with objects.
        shallow: The commits whose history is left out.
    """

    git_dir: Path
    packs: frozenset[str]
    shallow: bytes | None

    @classmethod
    def of(cls, git_dir: Path) -> "State":
        """As it is now."""
        shallow = git_dir / "shallow"
        return cls(
            git_dir,
            frozenset(os.listdir(git_dir / "objects" / "pack")),
            shallow.read_bytes() if shallow.exists() else None,
        )

    def growth(self) -> int:
        """Bytes of objects that have come since."""
        total = 0
        with suppress(OSError), os.scandir(self.git_dir / "objects" / "pack") as files:
            for file in files:
                if file.name not in self.packs:
                    with suppress(FileNotFoundError):
                        total += file.stat(follow_symlinks=False).st_size
        return total

    def restore(self) -> None:
        """Remove what has come since."""
        packs = self.git_dir / "objects" / "pack"
        with suppress(OSError):
            for name in set(os.listdir(packs)) - self.packs:
                (packs / name).unlink(missing_ok=True)
            if self.shallow is None:
                (self.git_dir / "shallow").unlink(missing_ok=True)
            else:
                (self.git_dir / "shallow").write_bytes(self.shallow)
            tidy(self.git_dir)


def _config(digits: int) -> str:
    return (
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
        f"[extensions]\n\tobjectformat = {_FORMATS[digits]}\n"
    )
