"""Worker processes read what this process would, and are no weak point."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from onextree.errors import TreeGenerationFailed, TreeTooLarge
from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.limits import Limits
from onextree.tree.model import Tree
from onextree.tree.progress import Progress
from onextree.tree.reading.batches import Batch, Conditions, Root
from onextree.tree.reading.files import read_batch
from onextree.tree.reading.pool import ReaderPool
from onextree.tree.remembered import SETTLED_AFTER, TreeMemory
from onextree.tree.scan import scan
from tests.repositories import Repository


@pytest.fixture
def pool() -> Iterator[ReaderPool]:
    made = ReaderPool(2)
    yield made
    made.close()


@pytest.fixture
def big(tmp_path: Path) -> Path:
    root = tmp_path / "big"
    for directory in range(30):
        (root / f"d{directory}").mkdir(parents=True)
        for number in range(100):
            (root / f"d{directory}" / f"f{number}.py").write_text(f"{directory} {number}")
    return root


def wait_for(pool: ReaderPool) -> None:
    while not pool.is_ready():
        time.sleep(0.01)


def test_workers_read_the_same(
    big: Path, pool: ReaderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scanned(workers: ReaderPool | None) -> Tree:
        monkeypatch.setattr("onextree.tree.reading.reader.running_pool", lambda: workers)
        return scan(big, git_timeout=30).tree

    wait_for(pool)
    alone = scanned(None)
    together = scanned(pool)
    assert list(together.entries) == list(alone.entries)
    assert together.tree_hash == alone.tree_hash
    assert alone.total_files == 3000


def conditions(root: Path) -> tuple[Conditions, int]:
    descriptor = os.open(root, os.O_RDONLY)
    status = os.fstat(descriptor)
    opened = Root(os.fsencode(root), descriptor, (status.st_dev, status.st_ino))
    return Conditions(opened, (), settled_before=0), descriptor


def workers_now() -> Iterator[psutil.Process]:
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "onextree.tree.reading.worker" in child.cmdline():
                yield child


def test_a_worker_that_dies_is_replaced(tmp_path: Path, pool: ReaderPool) -> None:
    (tmp_path / "a").write_text("x")
    given, descriptor = conditions(tmp_path)
    batch: Batch = [(b"", [b"a"], None)]
    expected = read_batch(
        descriptor, batch, shared_classifier(()), most_bytes=9, settled_before=0
    ).rows
    for _ in range(3):
        assert pool.submit(given, batch, 9).result(30).rows == expected
        for worker in workers_now():
            worker.send_signal(signal.SIGKILL)
    os.close(descriptor)


def test_another_directory_in_the_root_s_place_is_not_read(
    tmp_path: Path, pool: ReaderPool
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    given, descriptor = conditions(root)
    root.rename(tmp_path / "elsewhere")
    root.mkdir()
    (root / "secret").write_text("x")
    with pytest.raises(TreeGenerationFailed, match="replaced"):
        pool.submit(given, [(b"", [b"secret"], None)], 9).result(30)
    os.close(descriptor)


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    script = (
        "import os, signal; from onextree.tree.reading.pool import ReaderPool; import psutil;"
        "pool = ReaderPool(2);"
        "print(*[child.pid for child in psutil.Process().children()], flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    workers = [int(word) for word in done.stdout.split()]
    assert len(workers) == 2
    for _ in range(500):
        left = [pid for pid in workers if psutil.pid_exists(pid)]
        left = [pid for pid in left if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]
        if not left:
            return
        time.sleep(0.02)
    pytest.fail(f"still there: {left}")


def test_the_directory_it_starts_in_holds_no_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "blake3.py").write_text("raise SystemExit('the project ran')\n")
    (tmp_path / "marshal.py").write_text("raise SystemExit('the project ran')\n")
    monkeypatch.chdir(tmp_path)
    pool = ReaderPool(1)
    wait_for(pool)
    given, descriptor = conditions(tmp_path)
    assert pool.submit(given, [(b"", [b"blake3.py"], None)], 999).result(30).rows[0] is not None
    os.close(descriptor)
    pool.close()


def test_a_sparse_terabyte_is_refused_before_it_is_read(repository: Repository) -> None:
    repository.write("small", "x")
    with (repository.root / "huge.img").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(TreeTooLarge, match="ONEXTREE_MAX_BYTES") as caught:
        scan(repository.root, git_timeout=30)
    assert caught.value.details["path"] == "huge.img"
    assert caught.value.as_dict()["error_code"] == "TREE_TOO_LARGE"
    assert caught.value.as_dict()["fallback"] == "use_sampling_strategy"


def test_the_sum_of_the_sizes_counts(repository: Repository) -> None:
    for name in "abc":
        repository.write(name, "x" * 10)
    assert scan(repository.root, git_timeout=30, limits=Limits(max_bytes=30)).tree.total_files == 3
    with pytest.raises(TreeTooLarge):
        scan(repository.root, git_timeout=30, limits=Limits(max_bytes=29))


def test_too_many_files_are_refused_before_they_are_read(repository: Repository) -> None:
    for name in "abc":
        repository.write(name, "x")
    with pytest.raises(TreeTooLarge, match="ONEXTREE_MAX_FILES") as caught:
        scan(repository.root, git_timeout=30, limits=Limits(max_files=2))
    assert caught.value.details["files"] == 3


def test_progress_is_reported(big: Path) -> None:
    told: list[Progress] = []
    scan(big, git_timeout=30, report=told.append)
    assert list(dict.fromkeys(each.stage for each in told)) == ["list", "hash", "tree_hash"]
    last = [each for each in told if each.stage == "hash"][-1]
    assert (last.files, last.total_files) == (3000, 3000)
    assert last.bytes == sum(path.stat().st_size for path in big.rglob("*.py"))


def test_what_is_not_read_again_counts_too(repository: Repository, tmp_path: Path) -> None:
    memory = TreeMemory(tmp_path / "memory")
    limits = Limits(max_bytes=25)
    repository.write("a", "x" * 10)
    repository.write("b", "x" * 10)
    time.sleep(SETTLED_AFTER / 1e9 + 0.1)
    scan(repository.root, git_timeout=30, limits=limits, memory=memory)
    repository.write("c", "x" * 10)
    with pytest.raises(TreeTooLarge):
        scan(repository.root, git_timeout=30, limits=limits, memory=memory)
