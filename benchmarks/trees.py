"""Synthetic projects: what a repository of a given size looks like, the same in every run."""

import os
import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

__all__ = ["write_tree"]

_SEED = 20251024
_WORDS = (
    *("account", "adapter", "batch", "billing", "cache", "catalog", "client", "config", "core"),
    *("event", "export", "filter", "handler", "health", "index", "job", "layout", "ledger"),
    *("mapping", "message", "metric", "model", "notice", "order", "parser", "policy", "profile"),
    *("queue", "record", "report", "request", "route", "schema", "search", "session", "signal"),
    *("state", "storage", "stream", "table", "task", "token", "user", "vendor", "view", "worker"),
)
_EXTENSIONS = {
    "py": 34,
    "ts": 12,
    "md": 10,
    "json": 9,
    "yaml": 6,
    "tsx": 5,
    "html": 5,
    "css": 4,
    "rs": 4,
    "go": 3,
    "sql": 2,
    "toml": 2,
    "sh": 2,
    "txt": 2,
}
_IGNORED = "__pycache__/\n*.py[cod]\nnode_modules/\n/build/\n/dist/\n.env\n*.log\n"
_FILES_A_DIRECTORY = (10, 20)
_DEEPEST = 8
_SIZES = (200, 20_000)
_SIZE_MEDIAN_LOG = 7.6  # 2,000 bytes
_SIZE_SIGMA = 1.0
_TEXT_SIZE = 1 << 18
_MODIFIED = 1_700_000_000


def write_tree(root: Path, files: int) -> None:
    """Write a project of that many files; the same number gives the same bytes.

    Nested directories of 10 to 20 files, sizes log-normal between 200 bytes and 20 KB. All of it
    is long unchanged by its times, so that git need not read what it has just hashed once more.
    """
    rng = random.Random(_SEED + files)
    text = " ".join(rng.choices(_WORDS, k=_TEXT_SIZE // 6)).encode()
    root.mkdir(parents=True)
    _write(root / ".gitignore", _IGNORED.encode())
    left = files - 1
    directories = _directories(root, rng)
    while left:
        directory = next(directories)
        names = _names(rng, min(left, rng.randint(*_FILES_A_DIRECTORY)))
        for name in names:
            path = directory / name
            _write(path, _content(rng, text, path.relative_to(root)))
            if path.suffix == ".sh":
                path.chmod(0o755)
        left -= len(names)


def _directories(root: Path, rng: random.Random) -> Iterator[Path]:
    """The root, then ever more directories, each made below a random one of those before."""
    yield root
    made: list[tuple[Path, int]] = [(root, 0)]
    for number in count():
        parent, depth = rng.choice(made)
        while depth == _DEEPEST:
            parent, depth = rng.choice(made)
        directory = parent / f"{rng.choice(_WORDS)}_{number}"
        directory.mkdir()
        made.append((directory, depth + 1))
        yield directory


def _names(rng: random.Random, number: int) -> list[str]:
    names: dict[str, None] = {}
    extensions = rng.choices(list(_EXTENSIONS), list(_EXTENSIONS.values()), k=4 * number)
    for extension in extensions:
        names[f"{rng.choice(_WORDS)}_{rng.choice(_WORDS)}.{extension}"] = None
        if len(names) == number:
            break
    return list(names)


def _content(rng: random.Random, text: bytes, path: Path) -> bytes:
    least, most = _SIZES
    size = min(max(round(rng.lognormvariate(_SIZE_MEDIAN_LOG, _SIZE_SIGMA)), least), most)
    first_line = f"{path.as_posix()}\n".encode()
    start = rng.randrange(len(text) - most)
    return (first_line + text[start : start + size])[:size]


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, (_MODIFIED, _MODIFIED))
