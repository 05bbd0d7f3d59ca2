"""Listing and reading, judged against git and against the files themselves."""

import os
import socket
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


def test_the_listing_is_git_s(repository: Repository) -> None:
    repository.write(".gitignore", "*.log\n!keep.log\nbuild/\n\\#odd\ntrailing \\ \n")
    repository.write("src/.gitignore", "!debug.log\n/local\n")
    for path in (
        "a.log",
        "keep.log",
        "build/out",
        "#odd",
        "src/debug.log",
        "src/local",
        "src/x.py",
    ):
        repository.write(path, path)
    repository.write("tracked.log", "tracked though ignored")
    repository.git("add", "-f", "tracked.log", "build/out")
    repository.write("gone.txt", "x")
    repository.commit()
    (repository.root / "gone.txt").unlink()
    repository.write(".git/info/exclude", "excluded\n")
    repository.write("excluded", "x")
    repository.write("untracked.py", "x")
    tree = scanned(repository.root)
    assert [
        entry.path for entry in sorted(tree.entries, key=lambda e: e.path)
    ] == repository.listed()
    assert b"gone.txt" not in by_path(tree)
    assert b"build/out" in by_path(tree)


ODD_NAMES = [b"new\nline", b"tab\t", b'quo"te', b"back\\slash", b"blank ", b"\xff\xfe", b"\xff\xfd"]


def test_odd_names_are_kept_apart(repository: Repository) -> None:
    for name in ODD_NAMES:
        repository.write(b"odd/" + name, name)
    assert [entry.path for entry in scanned(repository.root).entries] == repository.listed()
    assert len(repository.listed()) == len(ODD_NAMES)


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


def test_what_is_no_file_is_skipped_and_counted(repository: Repository) -> None:
    repository.write("file", "x")
    repository.write("was-a-file", "x")
    repository.commit()
    (repository.root / "was-a-file").unlink()
    os.mkfifo(repository.root / "was-a-file")
    os.mkfifo(repository.root / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(repository.root / "socket"))
        tree = scanned(repository.root)
    assert list(by_path(tree)) == [b"file"]
    assert tree.skipped == 1  # git itself leaves the others out


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


def test_submodules_and_nested_repositories(repository: Repository, tmp_path: Path) -> None:
    library = Repository.init(tmp_path / "library")
    library.write("lib.py", "x")
    commit = library.commit()
    repository.git("submodule", "--quiet", "add", str(library.root), "third/library")
    repository.commit()
    nested = Repository.init(repository.root / "scratch")
    nested.write("inside.py", "x")
    nested.commit()
    entries = by_path(scanned(repository.root))
    assert set(entries) == {b".gitmodules", b"third/library", b"scratch"}
    submodule = entries[b"third/library"]
    assert submodule[2:5] == (Kind.SUBMODULE, 0, blake3(commit.encode()).digest())
    assert entries[b"scratch"][2:5] == (Kind.REPOSITORY, 0, None)
    assert sorted(entries) == repository.listed()


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


def test_deep_and_long_paths(tmp_path: Path) -> None:
    root = tmp_path / "deep"
    root.mkdir()
    descriptor = os.open(root, os.O_RDONLY)
    name = "d" * 200
    for _ in range(20):
        os.mkdir(name, dir_fd=descriptor)
        below = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    file = os.open("leaf", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor)
    os.write(file, b"x")
    os.close(file)
    os.close(descriptor)
    Repository.init(root)
    (entry,) = scanned(root).entries
    assert len(entry.path) > 4000
    assert entry.digest == blake3(b"x").digest()


def test_an_empty_project(repository: Repository) -> None:
    tree = scanned(repository.root)
    assert (tree.total_files, tree.total_directories, tree.total_size_bytes) == (0, 0, 0)


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


parts = st.sampled_from(["a", "b", "src", "x.log", "y.py", "é", "a b"])
paths = st.lists(parts, min_size=1, max_size=3).map("/".join)
rules = st.lists(
    st.sampled_from(["*.log", "!x.log", "/a", "src/", "**/b", "!src/y.py", "a*", "[xy].*"]),
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(paths, max_size=8, unique=True), rules, rules, st.data())
def test_any_tree_is_listed_as_git_lists_it(
    tmp_path_factory: pytest.TempPathFactory,
    files: list[str],
    top_rules: list[str],
    inner_rules: list[str],
    data: st.DataObject,
) -> None:
    repository = Repository.init(tmp_path_factory.mktemp("any"))
    kept = [path for path in files if not any(other.startswith(path + "/") for other in files)]
    for path in kept:
        repository.write(path, path)
    repository.write(".gitignore", "\n".join(top_rules))
    if any(path.startswith("src/") for path in kept):
        repository.write("src/.gitignore", "\n".join(inner_rules))
    if kept:
        forced = data.draw(st.lists(st.sampled_from(kept), unique=True))
        for path in forced:
            repository.git("add", "-f", path)
    found = sorted(entry.path for entry in scanned(repository.root).entries)
    assert found == repository.listed()


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

    monkeypatch.setattr("onextree.tree.reading.files.os.read", growing)
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
