"""Mirrors in tests: what they hold, and whether it is what it should be."""

import random
from dataclasses import replace

from onextree.git.mirror import Mirror
from onextree.tree.commit.scan import scan_remote
from onextree.tree.scan import scan
from tests.repositories import Repository
from tests.trees import git

__all__ = ["files", "grow", "head_of", "judged", "kept", "leftovers"]


def head_of(repository: Repository) -> str:
    return repository.git("rev-parse", "HEAD").decode().strip()


def grow(repository: Repository, size: int = 1 << 20, seed: int = 1) -> str:
    repository.write(f"big{seed}", random.Random(seed).randbytes(size))
    return repository.commit("big")


def kept(mirror: Mirror) -> list[str]:
    output = git(mirror.git_dir, "for-each-ref", "--format=%(objectname)", "refs/onextree/")
    return output.decode().split()


def files(mirror: Mirror) -> set[str]:
    return {
        path.relative_to(mirror.git_dir).as_posix()
        for path in mirror.git_dir.rglob("*")
        if path.is_file()
    }


def leftovers(mirror: Mirror) -> list[str]:
    return [name for name in files(mirror) if "tmp" in name or name.endswith((".lock", ".keep"))]


def judged(mirror: Mirror, repository: Repository) -> None:
    """Fetched and read, its HEAD is what a scan of the checkout finds."""
    head = mirror.head()
    found = scan_remote(mirror, head.commit, branch=head.branch).tree
    expected = scan(repository.root, git_timeout=30).tree
    assert list(found.entries) == list(expected.entries)
    assert found.tree_hash == expected.tree_hash
    shown = repository.git("rev-parse", "HEAD^{tree}").decode().strip()
    assert found.provenance == replace(expected.provenance, git_tree=shown)
    assert mirror.objects.tree_id(head.commit) == shown
    assert leftovers(mirror) == []
