"""Scanners for tests: trees made of paths, and a service on a socket whose scans can be held up."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from onextree.api.scanner.application import make_scanner
from onextree.scanner.loaded import Contents, LoadedTree
from onextree.scanner.scanner import Scanner
from onextree.settings import Settings
from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.limits import Limits
from onextree.tree.model import Entry, Kind, Tree
from onextree.tree.scan import scan
from onextree.tree.structure import build_tree

__all__ = ["Gate", "eventually", "loaded", "loaded_of", "serving_scanner", "written"]


def loaded_of(entries: Sequence[Entry], root: Path = Path("/srv/shop")) -> LoadedTree:
    """A tree in memory."""
    tree = build_tree(entries, Limits())
    return LoadedTree(root, tree.summary, datetime.now(UTC), Contents.of(tree))


def loaded(*paths: str) -> LoadedTree:
    """A tree of files of these paths, each classified by its name, with its number as size."""
    classify = shared_classifier(()).classify
    made = []
    for number, path in enumerate(paths):
        directory, _, name = path.encode().rpartition(b"/")
        found = classify(directory, name, Kind.FILE, b"x", number)
        made.append(Entry(directory, name, Kind.FILE, number, bytes([number]) * 32, found))
    return loaded_of(made)


def written(root: Path, *paths: str) -> Path:
    """A directory with files of these paths, each of its own content."""
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{root.name!a}/{path}\n")
    return root


@dataclass
class Gate:
    """Reads roots as the engine does, counts how often, and waits before it does while closed."""

    open: threading.Event = field(default_factory=threading.Event)
    roots: list[Path] = field(default_factory=list)
    ended: list[Path] = field(default_factory=list)

    def __call__(self, root: Path) -> Tree:
        self.roots.append(root)
        assert self.open.wait(30)
        tree = scan(root, git_timeout=30).tree
        self.ended.append(root)
        return tree


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds; the time only catches hangs."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def serving_scanner(settings: Settings, scanner: Scanner) -> Iterator[str]:
    """The service on a free port of loopback, by the server of an installation; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = make_scanner(settings, scanner)
    loops: list[tuple[asyncio.AbstractEventLoop, Server]] = []

    async def serve() -> None:
        server = Server(app, port=port, interface=Interfaces.ASGI, log_enabled=False)
        loops.append((asyncio.get_running_loop(), server))
        await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    url = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        try:
            return httpx.get(f"{url}/health").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    try:
        eventually(is_up)
        yield url
    finally:
        loop, server = loops[0]
        loop.call_soon_threadsafe(server.stop)
        thread.join(20)
        assert not thread.is_alive()
