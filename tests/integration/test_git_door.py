"""A hostile repository runs nothing and moves nothing."""

from pathlib import Path

import pytest

from onextree.errors import DeadlineExceeded
from onextree.git import door
from onextree.tree.scan import scan
from tests.repositories import Repository


@pytest.fixture
def trapped(repository: Repository, tmp_path: Path) -> tuple[Repository, Path]:
    """A repository whose config names a program wherever git knows to run one."""
    fired = tmp_path / "fired"
    trap = tmp_path / "trap.sh"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {fired}\ncat\n')
    trap.chmod(0o755)
    repository.write("a.txt", "12345\n")
    repository.write("b.txt", "12345\n")
    repository.write(".gitattributes", "*.txt filter=trap diff=trap\n")
    repository.commit()
    hooks = repository.root / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "post-checkout", "pre-commit", "reference-transaction"):
        (hooks / name).symlink_to(trap)
    (repository.root / ".git" / "included").write_text(f"[core]\n\tsshCommand = {trap}\n")
    for name, value in {
        "core.fsmonitor": trap,
        "core.hooksPath": hooks,
        "core.pager": trap,
        "core.editor": trap,
        "core.sshCommand": trap,
        "core.gitProxy": trap,
        "core.alternateRefsCommand": trap,
        "core.worktree": tmp_path,
        "credential.helper": trap,
        "diff.external": trap,
        "diff.trap.command": trap,
        "diff.trap.textconv": trap,
        "filter.trap.clean": trap,
        "filter.trap.smudge": trap,
        "filter.trap.process": trap,
        "filter.trap.required": "true",
        "include.path": "included",
        "pager.ls-files": trap,
        "uploadpack.packObjectsHook": trap,
        "remote.origin.url": f"ext::{trap}",
        "remote.origin.promisor": "true",
        "extensions.partialClone": "origin",
    }.items():
        repository.git("config", name, str(value))
    # Same size, other content, so that git has to compare contents.
    repository.write("a.txt", "54321\n")
    return repository, fired


def test_nothing_fires_and_the_root_stays(trapped: tuple[Repository, Path]) -> None:
    repository, fired = trapped
    result = scan(repository.root, git_timeout=30).tree
    assert not fired.exists(), fired.read_text()
    paths = {entry.path for entry in result.entries}
    assert {b"a.txt", b"b.txt", b".gitattributes"} <= paths
    assert not any(b"trap.sh" in path for path in paths)
    assert result.provenance.dirty is True


def test_nothing_fires_where_content_is_compared(trapped: tuple[Repository, Path]) -> None:
    repository, fired = trapped
    repository.write(".gitignore", "hooks/\n.gitignore\n")
    result = scan(repository.root, git_timeout=30).tree
    assert not fired.exists(), fired.read_text()
    assert result.provenance.dirty is True


def test_the_trap_works(trapped: tuple[Repository, Path]) -> None:
    """Else the tests above would show nothing."""
    repository, fired = trapped
    repository.git("config", "--unset", "core.worktree")
    repository.git("config", "--unset", "extensions.partialClone")
    repository.git("config", "--unset", "filter.trap.process")
    repository.git("status")
    assert fired.exists()


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
        "onextree/store/embedded/account.py",
        "onextree/store/embedded/cluster.py",
        "onextree/tree/reading/pool.py",
    ]
