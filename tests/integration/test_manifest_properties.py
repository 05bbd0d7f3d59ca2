"""Whatever becomes of files and sidecars: a manifest made of the last one is as a first one."""

import shutil
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.stamping.model import StampType
from onextree.store.database import Database
from tests.remotes import machine
from tests.repositories import Repository
from tests.stamped_files import beside, check_is_fresh, forget, mark

FILES = ["a.py", "b.json", "sub/a.py", "sub/b.json", "sub/.a.py.onex-meta.json", "caf\udce9.md"]
STEPS = st.tuples(
    st.sampled_from(
        [
            *("write", "stamp", "rich", "sidecar", "edit", "unsidecar", "delete", "rename"),
            *("link", "chmod", "swap_directories", "take_away"),
        ]
    ),
    st.sampled_from(FILES),
    st.sampled_from(FILES),
)
VERSIONS = st.lists(
    st.tuples(st.lists(STEPS, min_size=1, max_size=4), st.booleans()), min_size=1, max_size=6
)
NUMBERS = count()


class History:
    """A work tree whose files get stamps and lose them."""

    def __init__(self, directory: Path) -> None:
        self.root = Repository(directory / "project")
        self.contents = count()
        for path in FILES[:3]:
            self.write(path)

    def do(self, step: tuple[str, str, str]) -> None:
        kind, path, other = step
        getattr(self, kind)(path, other)

    def place(self, path: str) -> Path:
        return self.root.root / path

    def content(self, path: str) -> bytes:
        place = self.place(path)
        return place.read_bytes() if place.is_file() else b"print()\n"

    def put(self, path: str, content: bytes) -> None:
        self.delete(path)
        self.root.write(path, content)

    def write(self, path: str, _: str = "") -> None:
        self.put(path, f"content {next(self.contents) % 5}\n".encode())

    def stamp(self, path: str, _: str) -> None:
        self.put(path, mark(self.content(path), "a.py").content)

    def rich(self, path: str, _: str) -> None:
        self.put(path, mark(self.content(path), "a.md", StampType.RICH).content)

    def sidecar(self, path: str, other: str) -> None:
        """Beside one file, of its own content or of that of another."""
        made = mark(self.content(other), "b.json", sidecar=True).sidecar
        assert made is not None
        self.put(beside(path), made)

    def edit(self, path: str, _: str) -> None:
        self.put(path, self.content(path) + b"more\n")

    def unsidecar(self, path: str, _: str) -> None:
        self.delete(beside(path))

    def delete(self, path: str, _: str = "") -> None:
        self.place(path).unlink(missing_ok=True)

    def rename(self, path: str, other: str) -> None:
        if self.place(path).exists() and path != other:
            self.delete(other)
            self.place(other).parent.mkdir(exist_ok=True)
            self.place(path).rename(self.place(other))

    def link(self, path: str, other: str) -> None:
        self.delete(path)
        self.place(path).parent.mkdir(exist_ok=True)
        self.place(path).symlink_to(other)

    def chmod(self, path: str, _: str) -> None:
        if self.place(path).is_file():
            self.place(path).chmod(0o755)

    def swap_directories(self, *_: str) -> None:
        here, there = self.place("sub"), self.place("sub2")
        if here.is_dir() and not there.exists():
            here.rename(there)
        elif there.is_dir() and not here.exists():
            there.rename(here)

    def take_away(self, *_: str) -> None:
        """See `look`."""


def run(database: Database, settings: Settings, directory: Path, examples: int) -> None:
    @hypothesis.settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(versions=VERSIONS)
    def any_history(versions: list[tuple[list[tuple[str, str, str]], bool]]) -> None:
        place = directory / str(next(NUMBERS))
        service = machine(database, settings, place / "home")
        history = History(place)
        service.add_project(history.root.root, "shop")
        try:
            for steps, is_looked_at in versions:
                for step in steps:
                    history.do(step)
                service.generate("shop", force=True)
                if is_looked_at:
                    is_away = any(kind == "take_away" for kind, _, _ in steps)
                    look(service, history.root.root, is_away=is_away)
            check_is_fresh(service, database)
            assert service.stamp_manifest("shop").waiting == 0
        finally:
            service.remove_project("shop")
            forget(database)
            shutil.rmtree(place)

    any_history()


def look(service: OnexTreeService, root: Path, *, is_away: bool) -> None:
    """Make the manifest, be it while the directory is away."""
    away = root.with_name("away")
    if is_away:
        root.rename(away)
    service.stamp_manifest("shop")
    if is_away:
        away.rename(root)


def test_any_history(database: Database, settings: Settings, tmp_path: Path) -> None:
    run(database, settings, tmp_path, 20)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_any_history_at_length(database: Database, settings: Settings, tmp_path: Path) -> None:
    run(database, settings, tmp_path, 1_000)
