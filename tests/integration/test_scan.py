"""Listing and reading, judged against git and against the files themselves."""

import os
from pathlib import Path

import pytest
from blake3 import blake3

from onextree.errors import ProjectRootNotFound, RootPermissionDenied, TreeGenerationFailed
from onextree.tree.classification.classifier import Classifier
from onextree.tree.git_scan import GitScan
from onextree.tree.model import Entry, Kind, Tree
from onextree.tree.reading.batches import UNKNOWN
from onextree.tree.reading.files import read_batch
from onextree.tree.scan import scan
from tests.repositories import Repository


def scanned(root: Path) -> Tree:
    return scan(root, git_timeout=30).tree


def by_path(tree: Tree) -> dict[bytes, Entry]:
    return {entry.path: entry for entry in tree.entries}


def test_digests_sizes_and_kinds(repository: Repository) -> None:
    big = os.urandom(3 << 20)
    repository.write("big.bin", big)
    repository.write("empty")
    repository.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    (repository.root / "link").symlink_to("no/such/target")
    (repository.root / "loop").symlink_to("loop")
    entries = by_path(scanned(repository.root))
    assert entries[b"big.bin"][2:5] == (Kind.FILE, len(big), blake3(big).digest())
    assert entries[b"empty"][2:5] == (Kind.FILE, 0, blake3(b"").digest())
    assert entries[b"run.sh"].kind is Kind.EXECUTABLE
    assert entries[b"link"][2:5] == (Kind.SYMLINK, 14, blake3(b"no/such/target").digest())
    assert entries[b"loop"].kind is Kind.SYMLINK


def test_a_symlink_in_place_of_a_directory_leads_nowhere(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write("config/passwd", "inside")
    repository.commit()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "passwd").write_text("outside")
    (repository.root / "config" / "passwd").unlink()
    (repository.root / "config").rmdir()
    (repository.root / "config").symlink_to(outside)
    assert list(by_path(scanned(repository.root))) == [b"config"]


def test_provenance(repository: Repository) -> None:
    repository.write("a", "1")
    unborn = scanned(repository.root).provenance
    assert (unborn.commit, unborn.branch, unborn.dirty) == (None, "trunk", True)
    commit = repository.commit()
    clean = scanned(repository.root).provenance
    assert (clean.commit, clean.branch, clean.dirty, clean.mixed) == (commit, "trunk", False, False)
    repository.write("a", "2")
    assert scanned(repository.root).provenance.dirty is True
    repository.git("add", "-A")
    assert scanned(repository.root).provenance.dirty is True
    repository.commit()
    repository.git("checkout", "-q", "--detach")
    assert scanned(repository.root).provenance.branch is None
    repository.write("new", "x")
    assert scanned(repository.root).provenance.dirty is True


def test_a_head_that_moves(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("a", "1")
    repository.commit()
    real = GitScan.run
    commits: list[str] = []

    def moving(attempt: GitScan) -> tuple[Tree, bool | None]:
        if len(commits) < moves:
            commits.append(repository.commit())
        return real(attempt)

    monkeypatch.setattr(GitScan, "run", moving)
    moves = 1
    settled = scanned(repository.root).provenance
    assert (settled.commit, settled.mixed) == (commits[-1], False)
    moves = 3
    unsettled = scanned(repository.root).provenance
    assert (unsettled.commit, unsettled.mixed) == (commits[-1], True)


def test_a_worktree_and_a_directory_inside(repository: Repository, tmp_path: Path) -> None:
    repository.write("packages/one/a.py", "1")
    repository.write("packages/two/b.py", "2")
    commit = repository.commit()
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "other"))
    other = scanned(tmp_path / "other")
    assert set(by_path(other)) == {b"packages/one/a.py", b"packages/two/b.py"}
    assert (other.provenance.commit, other.provenance.dirty) == (commit, False)
    inside = scanned(repository.root / "packages" / "one")
    assert set(by_path(inside)) == {b"a.py"}
    assert (inside.provenance.commit, inside.provenance.dirty) == (commit, False)


def test_a_plain_directory(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    for path in (
        *("a.py", "skip.log", "docs/keep.log", "docs/x.tmp", "__pycache__/a.pyc"),
        *("build/__init__.py", "web/package.json", "web/dist/out.js", "web/node_modules/m/i.js"),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    (root / ".gitignore").write_text("*.log\n")
    (root / "docs" / ".gitignore").write_text("!keep.log\n*.tmp\n")
    Repository.init(root / "nested")
    tree = scanned(root)
    assert set(by_path(tree)) == {
        *(b".gitignore", b"a.py", b"docs/.gitignore", b"docs/keep.log", b"build/__init__.py"),
        *(b"web/package.json", b"nested"),
    }
    assert tree.provenance.commit is None
    assert tree.total_directories == 3


def test_an_ignored_root_is_a_plain_directory(repository: Repository) -> None:
    repository.write(".gitignore", "vendored/\n")
    repository.write("vendored/a.py", "x")
    repository.commit()
    assert set(by_path(scanned(repository.root / "vendored"))) == {b"a.py"}


def test_a_missing_root(tmp_path: Path) -> None:
    with pytest.raises(ProjectRootNotFound):
        scanned(tmp_path / "nothing")


def test_a_root_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refusing(path: str | Path, *arguments: int) -> int:
        if path == tmp_path:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(RootPermissionDenied):
        scanned(tmp_path)


def test_a_broken_repository_is_an_error(repository: Repository) -> None:
    repository.write("a", "x")
    repository.commit()
    (repository.root / ".git" / "index").write_bytes(b"not an index")
    with pytest.raises(TreeGenerationFailed) as caught:
        scanned(repository.root)
    assert "git ls-files failed" in str(caught.value)


def test_a_file_that_keeps_changing_is_counted(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = repository.write("busy.log", "0")
    real = os.read
    number = iter(range(100))

    def growing(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        target.write_text("x" * (next(number) + 2))
        return data

    monkeypatch.setattr("onextree.tree.reading.files._read", growing)
    descriptor = os.open(repository.root, os.O_RDONLY)
    classifier = Classifier()
    reading = read_batch(
        descriptor,
        [(b"", [b"busy.log"], None)],
        classifier,
        most_bytes=100,
        settled_before=2**62,
    )
    os.close(descriptor)
    (row,) = reading.rows
    assert row is not None
    assert row[3] == UNKNOWN
    assert reading.counts.unsettled == 1
