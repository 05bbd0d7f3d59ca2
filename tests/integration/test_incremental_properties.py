"""Whatever a history does: a version made of the one before is the tree that a scan finds."""

import os
import shutil
import subprocess
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from tests.incremental import check_equals_scan
from tests.repositories import Repository

FILES = ["a", "A", "sub/a", "sub/b", "sub/deep/a", "sub2/a", "top\n.py", "sub/\udcff"]
Step = tuple[str, str, str]

STEPS = st.tuples(
    st.sampled_from(
        [
            *("write", "write", "write", "delete", "rename", "chmod", "symlink", "swap_directory"),
            *("ignore", "untrack", "attributes", "submodule", "bump", "drop_submodule"),
            *("branch", "switch", "merge", "revert", "amend", "reset", "nothing"),
        ]
    ),
    st.sampled_from(FILES),
    st.sampled_from(FILES),
)
HISTORIES = st.lists(st.lists(STEPS, min_size=1, max_size=3), min_size=1, max_size=5)
NUMBERS = count()


class History:
    """A clean work tree, whose every step is committed."""

    def __init__(self, directory: Path) -> None:
        self.repository = Repository.init(directory / "project")
        self.root = self.repository.root
        self.library = Repository.init(directory / "library")
        self.library.write("lib.py", "1")
        self.library.commit()
        self.contents = count()
        for path in FILES[:4]:
            self.write(path)
        self.exclude = self.root / ".git" / "info" / "exclude"
        self.exclude.write_text("*.out\n")
        self.repository.write("build/x.out", "ignored")
        self.repository.commit()

    def do(self, step: Step) -> None:
        kind, path, other = step
        getattr(self, kind)(path, other)
        if kind not in {"switch", "merge", "revert", "amend", "reset"}:
            self.repository.commit()

    def clear(self, target: Path) -> None:
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)

    def write(self, path: str, _: str = "") -> None:
        target = self.root / path
        for parent in reversed(target.relative_to(self.root).parents):
            place = self.root / parent
            if place.is_symlink() or place.is_file():
                place.unlink()
            place.mkdir(exist_ok=True)
        self.clear(target)
        target.write_text(f"content {next(self.contents)}\n")

    def delete(self, path: str, _: str) -> None:
        self.clear(self.root / path)

    def rename(self, path: str, other: str) -> None:
        if (self.root / path).is_file():
            content = (self.root / path).read_bytes()
            self.clear(self.root / path)
            self.write(other)
            (self.root / other).write_bytes(content)

    def chmod(self, path: str, _: str) -> None:
        target = self.root / path
        if target.is_file() and not target.is_symlink():
            target.chmod(target.stat().st_mode ^ 0o111)

    def symlink(self, path: str, other: str) -> None:
        self.write(path)
        (self.root / path).unlink()
        (self.root / path).symlink_to(other)

    def swap_directory(self, path: str, _: str) -> None:
        self.write(f"{path}/inside")

    def ignore(self, path: str, _: str) -> None:
        self.repository.write(".gitignore", os.fsencode(f"/{path.splitlines()[0]}\n"))

    def untrack(self, path: str, _: str) -> None:
        if os.path.lexists(self.root / path) and "\n" not in path:
            self.repository.git("rm", "-q", "--cached", "-r", "--ignore-unmatch", "--", path)
            self.exclude.write_bytes(self.exclude.read_bytes() + os.fsencode(f"/{path}\n"))

    def attributes(self, _: str, __: str) -> None:
        self.repository.write("sub2/.gitattributes", "* linguist-language=Rust\n")

    def submodule(self, _: str, __: str) -> None:
        if not os.path.lexists(self.root / "lib"):
            source = str(self.library.root)
            self.repository.git("submodule", "--quiet", "add", "--force", source, "lib")

    def bump(self, _: str, __: str) -> None:
        if (self.root / "lib" / ".git").exists():
            library = Repository(self.root / "lib")
            library.write("lib.py", f"{next(self.contents)}")
            library.commit()

    def drop_submodule(self, _: str, __: str) -> None:
        if (self.root / "lib" / ".git").exists():
            self.repository.git("rm", "-q", "-f", "lib")
            shutil.rmtree(self.root / ".git" / "modules" / "lib", ignore_errors=True)

    def branch(self, _: str, __: str) -> None:
        self.repository.git("checkout", "-q", "-B", "other")

    def amend(self, _: str, __: str) -> None:
        self.repository.git("commit", "-q", "--amend", "--allow-empty", "-m", "amended")

    def nothing(self, _: str, __: str) -> None:
        pass

    def switch(self, _: str, __: str) -> None:
        self.move("checkout", "-q", "trunk")

    def reset(self, _: str, __: str) -> None:
        self.move("reset", "-q", "--hard", "HEAD~1")

    def merge(self, _: str, __: str) -> None:
        self.move("merge", "-q", "--no-ff", "-m", "merged", "-X", "ours", "other")

    def revert(self, _: str, __: str) -> None:
        self.move("revert", "--no-edit", "HEAD")

    def move(self, *command: str) -> None:
        """Move HEAD; where git refuses that, nothing happens."""
        git = self.repository.git
        try:
            git(*command)
        except subprocess.CalledProcessError:
            event(f"git refused: {command[0]}")
            git("reset", "-q", "--hard")
            for state in ("MERGE_HEAD", "REVERT_HEAD"):
                (self.root / ".git" / state).unlink(missing_ok=True)
        git("submodule", "--quiet", "update", "--init", "--force")
        git("clean", "-q", "-f", "-f", "-d")


@pytest.fixture
def lenient(database: Database, settings: Settings) -> OnexTreeService:
    """A service to which a project may lose all of its files."""
    return OnexTreeService(database, settings.model_copy(update={"max_loss": 1.0}))


def run(service: OnexTreeService, database: Database, directory: Path, examples: int) -> None:
    """Every other update is made by a service that remembers nothing."""

    @given(histories=HISTORIES)
    @hypothesis.settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
    )
    def check(histories: list[list[Step]]) -> None:
        number = next(NUMBERS)
        project_id = f"history-{number}"
        history = History(directory / str(number))
        service.add_project(history.repository.root, project_id)
        service.generate(project_id)
        for turn, steps in enumerate(histories):
            for step in steps:
                history.do(step)
            assert history.repository.git("status", "--porcelain") == b""
            if turn % 2:
                service._directories.clear()
            update = service.update(project_id)
            event(update.mode.value if update.reason is None else update.reason.value)
            check_equals_scan(service, database, history.repository, update)
        shutil.rmtree(directory / str(number))

    check()


def test_any_history(lenient: OnexTreeService, database: Database, tmp_path: Path) -> None:
    run(lenient, database, tmp_path, examples=30)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_any_history_at_length(
    lenient: OnexTreeService, database: Database, tmp_path: Path
) -> None:
    run(lenient, database, tmp_path, examples=1_500)
