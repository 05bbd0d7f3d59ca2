"""Files made to be read wrong: what is no file, closed ones, and huge ignore files."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from onextree.errors import DeadlineExceeded
from onextree.tree.model import Kind
from onextree.tree.scan import scan
from tests.repositories import Repository
from tests.trees import by_path, judged, scanned


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path.name)


def make_device(path: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))


SPECIAL = [
    pytest.param(make_fifo, id="fifo"),
    pytest.param(make_socket, id="socket"),
    pytest.param(make_device, id="device", marks=pytest.mark.part("root")),
]


@pytest.mark.parametrize("make", SPECIAL)
def test_what_is_no_file_is_left_out_and_counted(
    repository: Repository, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.root)
    for name in ("file", "was-file", "was-link"):
        repository.write(name, "x")
    repository.commit()
    for name in ("was-file", "was-link"):
        (repository.root / name).unlink()
        make(repository.root / name)
    make(repository.root / "new")
    (repository.root / "link").symlink_to("was-file")
    assert set(judged(repository.root)) == {b"file", b"link"}
    assert scanned(repository.root).skipped == 2  # git itself leaves the new one out
    (repository.root / ".git").rename(repository.root.parent / "away")
    plain = scanned(repository.root)
    assert (set(by_path(plain)), plain.skipped) == ({b"file", b"link"}, 3)


@pytest.mark.parametrize("make", SPECIAL)
def test_an_ignore_file_that_is_no_file_holds_nothing_up(
    tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / ".gitignore")
    (tmp_path / "a").write_text("x")
    assert set(by_path(scanned(tmp_path))) == {b"a"}


def test_git_waiting_for_a_fifo_is_ended(repository: Repository) -> None:
    os.mkfifo(repository.root / ".gitignore")
    start = time.monotonic()
    with suppress(DeadlineExceeded):
        scan(repository.root, git_timeout=0.5)
    assert time.monotonic() - start < 5


ELSEWHERE = """
import resource, sys
from contextlib import suppress
from pathlib import Path
from onextree.errors import OnexTreeError
from onextree.tree.scan import scan
with suppress(OnexTreeError):
    scan(Path(sys.argv[1]), git_timeout=30)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
status = Path("/proc/self/status")
if status.exists():  # on Linux the peak of the parent before counts, too, but not here
    peak = next(line for line in status.read_text().splitlines() if "VmHWM" in line).split()[1]
print(peak)
"""


def scan_elsewhere(root: Path, *, timeout: float) -> int:
    """Scan in a process that is ended where it takes too long.

    Returns:
        Kilobytes that it took at most.
    """
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(root)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_huge_ignore_file_does_not_fill_the_memory(tmp_path: Path) -> None:
    comments = b"#" * 99 + b"\n"
    (tmp_path / ".gitignore").write_bytes(comments * 20_000)
    os.truncate(tmp_path / ".gitignore", 3 << 28)
    assert scan_elsewhere(tmp_path, timeout=60) < 500_000


@pytest.mark.parametrize("rule", [b"a" * 1_000_000, b"*a" * 30 + b"*b"], ids=["long", "stars"])
def test_an_ignore_file_does_not_hold_a_scan_up(tmp_path: Path, rule: bytes) -> None:
    (tmp_path / ".gitignore").write_bytes(rule + b"\n")
    (tmp_path / ("a" * 200)).touch()
    scan_elsewhere(tmp_path, timeout=3)


AS_ORDINARY_USER = """
import json, os, sys
from pathlib import Path
from onextree.tree.scan import scan
root = Path(sys.argv[1])
# What is imported late may lie where only root reads.
scan(root, git_timeout=30)
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
tree = scan(root, git_timeout=30).tree
entries = {os.fsdecode(e.path): [e.kind, e.digest is not None, e.size] for e in tree.entries}
print(json.dumps([entries, tree.unreadable]))
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that everybody reaches, as `tmp_path` is not."""
    directory = Path(tempfile.mkdtemp(prefix="onextree-shared-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def as_ordinary_user(root: Path) -> tuple[dict[str, list[object]], int]:
    done = subprocess.run(
        [sys.executable, "-c", AS_ORDINARY_USER, str(root)],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    entries, unreadable = json.loads(done.stdout)
    return entries, unreadable


@pytest.mark.parametrize("plain", [False, True], ids=["git", "plain"])
def test_what_may_not_be_read_is_told(shared: Path, plain: bool) -> None:
    repository = Repository.init(shared / "project")
    for name in ("open", "closed", "program", "shut/tracked", "no search/tracked"):
        repository.write(name, "12345")
    repository.commit()
    repository.write("shut/untracked", "x")
    root = repository.root
    (root / "closed").chmod(0)
    (root / "program").chmod(0o100)
    (root / "shut").chmod(0)
    (root / "no search").chmod(0o444)
    if plain:
        (root / ".git").rename(shared / "away")
    entries, unreadable = as_ordinary_user(root)
    closed = {"closed": [Kind.FILE, False, 5], "program": [Kind.EXECUTABLE, False, 5]}
    assert {name: entries[name] for name in closed} == closed
    assert entries["open"] == [Kind.FILE, True, 5]
    assert entries["no search/tracked"] == [Kind.FILE, False, 0]
    assert set(entries) - {"open", *closed, "no search/tracked"} == (
        set() if plain else {"shut/tracked"}
    )
    # The closed directory counts as one: of what else is in it nobody knows.
    assert unreadable == len(entries) - 1 + 1
