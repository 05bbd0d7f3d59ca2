"""A hostile repository runs nothing and moves nothing."""

from pathlib import Path

import pytest

from onextree.errors import DeadlineExceeded
from onextree.git import door
from onextree.tree.scan import scan
from tests.repositories import Repository


def test_the_index_is_not_written(repository: Repository) -> None:
    repository.write("a.txt", "1")
    repository.commit()
    index = repository.root / ".git" / "index"
    before = index.read_bytes(), index.stat().st_mtime_ns
    (repository.root / "a.txt").touch()
    scan(repository.root, git_timeout=30)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_a_git_that_hangs_is_killed(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(DeadlineExceeded) as caught:
        door.run(
            ("cat-file", "--batch", "--no-such"),
            git_dir=repository.root / ".git",
            work_tree=repository.root,
            cwd=repository.root,
            timeout=0,
        )
    assert "ONEXTREE_GIT_TIMEOUT" in str(caught.value)


def test_only_the_door_starts_git() -> None:
    packages = Path(__file__).parents[2]
    callers = [
        path.relative_to(packages).as_posix()
        for name in ("onextree", "onextree_assets", "sensors", "resources")
        for path in (packages / name).rglob("*.py")
        if "subprocess" in path.read_text()
    ]
    assert sorted(callers) == [
        "onextree/git/door.py",
        "onextree/instance/processes.py",
        "onextree/resilience/worker_process.py",
        "onextree/store/embedded/account.py",
        "onextree/store/embedded/cluster.py",
        "onextree/store/programs.py",
    ]
