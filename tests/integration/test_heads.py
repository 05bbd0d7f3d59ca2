"""HEAD read from files says what git says, and what is broken is named."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from onextree.errors import RepositoryUnreadable
from onextree.git.heads import read_head
from onextree.git.work_tree import Head, find_work_tree
from tests.repositories import Repository


def head_of(root: Path) -> Head:
    work_tree = find_work_tree(root, timeout=30)
    assert work_tree is not None
    head = read_head(work_tree)
    assert head == work_tree.head()
    return head


def test_a_branch_packed_and_loose(repository: Repository) -> None:
    commit = repository.commit()
    assert head_of(repository.root) == Head(commit, b"refs/heads/trunk")
    repository.git("pack-refs", "--all")
    assert not (repository.root / ".git/refs/heads/trunk").exists()
    assert head_of(repository.root) == Head(commit, b"refs/heads/trunk")
    later = repository.commit()  # the loose one hides the packed one
    assert head_of(repository.root) == Head(later, b"refs/heads/trunk")


@pytest.mark.parametrize("name", ["feature/x.y", "ärger", "a+b", "trunk2"])
def test_branches_of_any_name(repository: Repository, name: str) -> None:
    repository.commit()
    repository.git("switch", "-q", "-c", name)
    repository.commit()
    for _ in range(2):
        assert head_of(repository.root).branch == f"refs/heads/{name}".encode()
        repository.git("pack-refs", "--all")


def test_before_the_first_commit_and_without_a_branch(repository: Repository) -> None:
    assert head_of(repository.root) == Head(None, b"refs/heads/trunk")
    commit = repository.commit()
    repository.git("checkout", "-q", "--detach")
    assert head_of(repository.root) == Head(commit, None)


def test_another_work_tree_and_a_submodule(repository: Repository, tmp_path: Path) -> None:
    repository.commit()
    repository.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    assert head_of(tmp_path / "side").branch == b"refs/heads/side"
    repository.git("pack-refs", "--all")
    assert head_of(tmp_path / "side").branch == b"refs/heads/side"
    outer = Repository.init(tmp_path / "outer")
    outer.git("submodule", "--quiet", "add", str(repository.root), "inner")
    outer.commit()
    assert head_of(tmp_path / "outer" / "inner").commit == head_of(repository.root).commit


def test_long_object_ids_and_references_to_references(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "long")
    repository.root.mkdir()
    repository.git("init", "-q", "-b", "trunk", "--object-format=sha256")
    commit = repository.commit()
    assert len(commit) == 64
    assert head_of(repository.root).commit == commit
    repository.git("symbolic-ref", "refs/heads/alias", "refs/heads/trunk")
    repository.git("symbolic-ref", "HEAD", "refs/heads/alias")
    assert head_of(repository.root) == Head(commit, b"refs/heads/trunk")


def missing(git: Path) -> None:
    (git / "HEAD").unlink()


def directory(git: Path) -> None:
    (git / "HEAD").unlink()
    (git / "HEAD").mkdir()


def fifo(git: Path) -> None:
    (git / "HEAD").unlink()
    os.mkfifo(git / "HEAD")


def endless(git: Path) -> None:
    (git / "HEAD").write_bytes(b"ref: refs/heads/" + b"a" * 5_000)


def circle(git: Path) -> None:
    (git / "refs/heads/trunk").write_text("ref: refs/heads/trunk\n")


def written(content: bytes) -> Callable[[Path], None]:
    def write(git: Path) -> None:
        (git / "HEAD").write_bytes(content)

    return write


BROKEN = [
    *(
        missing,
        directory,
        fifo,
        endless,
        circle,
        written(b""),
        written(b"nonsense"),
        written(b"ref: "),
    ),
    *(written(b"ref: ../../../etc/passwd"), written(b"ref: refs/heads/../../../x")),
    *(written(b"ref: refs//x"), written(b"0" * 39), written(b"ref: /etc/passwd")),
]


@pytest.mark.parametrize("damage", BROKEN)
def test_what_is_broken_is_named(repository: Repository, damage: Callable[[Path], None]) -> None:
    repository.commit()
    work_tree = find_work_tree(repository.root, timeout=30)
    assert work_tree is not None
    damage(repository.root / ".git")
    with pytest.raises(RepositoryUnreadable):
        read_head(work_tree)
