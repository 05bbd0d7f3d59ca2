"""A scan that remembers the last one finds the same as one that reads everything."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onextree.errors import TreeGenerationFailed
from onextree.tree.model import Tree
from onextree.tree.reading.reader import TreeReader
from onextree.tree.remembered import SETTLED_AFTER, TreeMemory
from onextree.tree.scan import scan
from tests.repositories import Repository


@pytest.fixture
def memory(tmp_path: Path) -> TreeMemory:
    return TreeMemory(tmp_path / "memory")


def agree(root: Path, memory: TreeMemory) -> Tree:
    """Scan with and without memory; both have to say the same."""
    remembering = scan(root, git_timeout=30, memory=memory).tree
    reading = scan(root, git_timeout=30).tree
    assert list(remembering.entries) == list(reading.entries)
    for name in ("tree_hash", "total_files", "total_directories", "total_size_bytes"):
        assert getattr(remembering, name) == getattr(reading, name), name
    assert remembering.provenance == reading.provenance
    assert (remembering.unreadable, remembering.skipped) == (reading.unreadable, reading.skipped)
    return remembering


def files_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of names looked at by each reading from now on."""
    looked: list[int] = []
    real = TreeReader.read

    def read(reader: TreeReader, names: dict[bytes, list[bytes]]) -> object:
        looked.append(sum(map(len, names.values())))
        return real(reader, names)

    monkeypatch.setattr(TreeReader, "read", read)
    return looked


def swap(path: Path, content: bytes) -> None:
    """Other content of the same size, with the times of before."""
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


EDITS: dict[str, Callable[[Repository], object]] = {
    "same size and mtime": lambda r: swap(r.root / "a.py", b"54321"),
    "executable": lambda r: (r.root / "a.py").chmod(0o755),
    "touched": lambda r: (r.root / "a.py").touch(),
    "line ends that git takes for the same": lambda r: r.write("lines.txt", "1\r\n2\r\n"),
    "removed": lambda r: (r.root / "b.py").unlink(),
    "added": lambda r: r.write("new/new.py", "x"),
    "ignored": lambda r: r.write(".gitignore", "c.py\nnew/\n"),
    "renamed": lambda r: (r.root / "c.py").rename(r.root / "d.py"),
    "a symlink": lambda r: (r.root / "link").symlink_to("x"),
    "staged": lambda r: r.git("add", "-A"),
    "a symlink instead": lambda r: os.replace(r.root / "link", r.root / "d.py"),
    "a directory instead": lambda r: shutil.move(r.root / "lib", r.root / "lib2"),
    "committed": lambda r: r.commit(),
    "assumed unchanged": lambda r: r.git("update-index", "--assume-unchanged", "a.py"),
    "edited all the same": lambda r: r.write("a.py", "other"),
    "sparse": lambda r: r.git("update-index", "--skip-worktree", "lines.txt"),
    "edited though sparse": lambda r: r.write("lines.txt", "3\n4\n"),
    "branch": lambda r: r.git("checkout", "-q", "-b", "other"),
    "nested repository": lambda r: Repository.init(r.root / "nested").write("x", "y"),
    "attributes": lambda r: r.write(".gitattributes", "*.py linguist-generated\n"),
    "fifo": lambda r: os.mkfifo(r.root / "lib2" / "pipe"),
    "index gone": lambda r: (r.root / ".git" / "index").unlink(),
}


def test_every_edit_is_noticed(
    repository: Repository, memory: TreeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py", "c.py", "lib/e.py", "lib/f.py"):
        repository.write(name, "12345")
    repository.write("lines.txt", "1\n2\n")
    repository.write(".gitattributes", "*.txt text=auto\n")
    repository.commit()
    time.sleep(SETTLED_AFTER / 1e9 + 0.1)
    agree(repository.root, memory)
    with monkeypatch.context() as patch:
        looked = files_read(patch)
        scan(repository.root, git_timeout=30, memory=memory)
        assert looked == []  # nothing but what git says
    for name, edit in EDITS.items():
        edit(repository)
        for _ in range(2):
            agree(repository.root, memory)
        print(name)  # shown where the next one fails


def test_what_was_touched_just_now_is_read_until_it_has_settled(
    repository: Repository, memory: TreeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("a", "x")
    repository.commit()
    scan(repository.root, git_timeout=30, memory=memory)
    looked = files_read(monkeypatch)
    scan(repository.root, git_timeout=30, memory=memory)
    assert looked == [1]
    time.sleep(SETTLED_AFTER / 1e9 + 0.1)
    for _ in range(3):
        scan(repository.root, git_timeout=30, memory=memory)
    assert looked == [1, 1]
    monkeypatch.undo()
    agree(repository.root, memory)


def test_a_plain_directory(
    tmp_path: Path, memory: TreeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "plain"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("1")
    (root / "b.py").write_text("1")
    monkeypatch.setattr("onextree.tree.session.SETTLED_AFTER", -SETTLED_AFTER)
    agree(root, memory)
    opened: list[object] = []
    real = os.read

    def read(descriptor: int, size: int) -> bytes:
        opened.append(descriptor)
        return real(descriptor, size)

    monkeypatch.setattr("onextree.tree.reading.files._read", read)
    remembering = scan(root, git_timeout=30, memory=memory).tree
    assert opened == []
    scan(root, git_timeout=30)
    assert len(opened) == 2
    monkeypatch.undo()
    assert remembering.total_files == 2
    (root / "src" / "a.py").write_text("2")
    agree(root, memory)


def test_a_spoilt_memory_is_no_memory(repository: Repository, memory: TreeMemory) -> None:
    repository.write("a", "x")
    repository.commit()
    directory = repository.root.parent / "memory"
    for spoil in (b"", b"nonsense" * 10):
        agree(repository.root, memory)
        (head,) = directory.glob("*.head")
        head.write_bytes(spoil)
        agree(repository.root, memory)
    (body,) = (path for path in directory.iterdir() if path.suffix != ".head")
    body.write_bytes(b"spoilt")
    with pytest.raises(TreeGenerationFailed, match="spoilt"):
        list(scan(repository.root, git_timeout=30, memory=memory).tree.entries)
    agree(repository.root, memory)


def test_a_memory_that_cannot_be_written_is_done_without(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write("a", "x")
    (tmp_path / "file").write_text("no directory")
    agree(repository.root, TreeMemory(tmp_path / "file" / "memory"))


def test_another_root_at_the_same_path(repository: Repository, memory: TreeMemory) -> None:
    repository.write("a", "1")
    repository.commit()
    agree(repository.root, memory)
    shutil.rmtree(repository.root)
    other = Repository.init(repository.root)
    other.write("a", "2")
    other.commit()
    agree(repository.root, memory)


names = st.sampled_from(["a", "b.py", "src/c.py", "src/d.md", "x.log"])
steps = st.one_of(
    st.tuples(st.just("write"), names, st.sampled_from(["", "1", "2", "33"])),
    st.tuples(st.sampled_from(["remove", "add", "link", "mode"]), names, st.just("")),
    st.tuples(st.sampled_from(["commit", "stash", "ignore", "scan"]), st.just(""), st.just("")),
)


def take(repository: Repository, step: str, name: str, content: str) -> None:
    path = repository.root / name
    if step == "write":
        path.unlink(missing_ok=True)
        repository.write(name, content)
    elif step == "link":
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to("a")
    elif step == "remove":
        path.unlink(missing_ok=True)
    elif step == "mode" and path.is_file() and not path.is_symlink():
        path.chmod(path.stat().st_mode ^ 0o100)
    elif step == "add" and os.path.lexists(path):
        repository.git("add", "-f", name)
    elif step == "commit":
        repository.commit()
    elif step == "stash":
        repository.git("reset", "-q", "--hard")
    elif step == "ignore":
        repository.write(".gitignore", "*.log\n")


@pytest.mark.parametrize("settled", [SETTLED_AFTER, -SETTLED_AFTER], ids=["fresh", "settled"])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(steps, min_size=2, max_size=8))
def test_any_history_is_followed(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    settled: int,
    history: list[tuple[str, str, str]],
) -> None:
    monkeypatch.setattr("onextree.tree.session.SETTLED_AFTER", settled)
    repository = Repository.init(tmp_path_factory.mktemp("history"))
    repository.commit()
    memory = TreeMemory(repository.root.parent / f"memory-{repository.root.name}")
    for step in history:
        take(repository, *step)
        agree(repository.root, memory)
        time.sleep(0.005)  # a tick of the file system's clock
