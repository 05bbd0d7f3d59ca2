"""Git's own unusual states: every kind of index, checkout and environment."""

import os
from pathlib import Path

import pytest
from blake3 import blake3

from onextree.tree.model import Entry, Kind
from tests.repositories import ENVIRONMENT, Repository
from tests.trees import fill_directory, git, judged, scanned


@pytest.fixture(autouse=True)
def no_ignore_rules_of_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def content(entry: Entry) -> tuple[Kind, bytes | None]:
    return entry.kind, entry.digest


def file(data: bytes) -> tuple[Kind, bytes]:
    return Kind.FILE, blake3(data).digest()


def filled(repository: Repository) -> None:
    """Tracked, changed, deleted, untracked and ignored files."""
    repository.write(".gitignore", "*.log\n")
    for path in ("src/a.py", "src/b.py", "docs/c.md", "d.txt", "gone"):
        repository.write(path, path)
    repository.commit()
    repository.write("src/a.py", "changed")
    repository.write("docs/new.md", "new")
    repository.write("x.log", "ignored")
    (repository.root / "gone").unlink()


def test_paths_in_conflict_stand_once_with_what_is_there(repository: Repository) -> None:
    for path in ("both", "ours deleted", "theirs deleted"):
        repository.write(path, "base\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "theirs")
    (repository.root / "theirs deleted").unlink()
    repository.write("ours deleted", "theirs\n")
    repository.write("both", "theirs\n")
    repository.write("added", "theirs\n")
    repository.commit()
    repository.git("checkout", "-q", "trunk")
    (repository.root / "ours deleted").unlink()
    repository.write("theirs deleted", "ours\n")
    repository.write("both", "ours\n")
    repository.write("added", "ours\n")
    repository.commit()
    git(repository.root, "merge", "-q", "theirs", check=False)
    assert len(repository.git("ls-files", "-u").splitlines()) == 9
    found = judged(repository.root)
    assert set(found) == {b"both", b"ours deleted", b"theirs deleted", b"added"}
    assert scanned(repository.root).provenance.dirty is True


def test_what_is_to_be_added_is_listed(repository: Repository) -> None:
    for name in ("intended", "intended, gone", "staged, changed", "staged, gone"):
        repository.write(name, name)
    repository.git("add", "-N", "intended", "intended, gone")
    repository.git("add", "staged, changed", "staged, gone")
    repository.write("staged, changed", "later")
    (repository.root / "intended, gone").unlink()
    (repository.root / "staged, gone").unlink()
    assert set(judged(repository.root)) == {b"intended", b"staged, changed"}


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_flags_in_the_index_hide_nothing_of_the_work_tree(
    repository: Repository, flag: str
) -> None:
    names = ("changed", "gone", "link", "executable", "same")
    for name in names:
        repository.write(name, name)
    repository.commit()
    repository.git("update-index", flag, *names)
    repository.write("changed", "later")
    for name in ("gone", "link"):
        (repository.root / name).unlink()
    (repository.root / "link").symlink_to("same")
    (repository.root / "executable").chmod(0o755)
    found = judged(repository.root)
    assert b"gone" not in found
    assert content(found[b"changed"]) == file(b"later")
    kinds = [found[name].kind for name in (b"link", b"executable", b"same")]
    assert kinds == [Kind.SYMLINK, Kind.EXECUTABLE, Kind.FILE]


@pytest.mark.parametrize("form", ["--no-sparse-index", "--sparse-index"])
def test_a_sparse_checkout_has_what_is_checked_out(repository: Repository, form: str) -> None:
    for path in ("in/a", "in/b", "out/a", "out/deep/b", "top"):
        repository.write(path, path)
    repository.commit()
    repository.git("sparse-checkout", "set", "--cone", form, "in")
    assert set(judged(repository.root)) == {b"in/a", b"in/b", b"top"}
    repository.write("out/a", "back, and changed")
    repository.write("out/new", "new")
    repository.write("in/a", "changed")
    found = judged(repository.root)
    assert set(found) == {b"in/a", b"in/b", b"top", b"out/a", b"out/new"}
    assert content(found[b"out/a"]) == file(b"back, and changed")
    assert set(judged(repository.root / "out")) == {b"a", b"new"}


INDEXES = {
    "plain": (),
    "split": (("config", "core.splitIndex", "true"), ("update-index", "--split-index")),
    "untracked cache": (
        ("config", "core.untrackedCache", "true"),
        ("update-index", "--force-untracked-cache"),
        ("status",),
    ),
    "many files": (
        ("config", "feature.manyFiles", "true"),
        ("update-index", "--index-version", "4"),
        ("status",),
    ),
    "without checksum": (("config", "index.skipHash", "true"), ("update-index", "--refresh")),
    "no file mode": (("config", "core.fileMode", "false"),),
    "fsmonitor bits": (("update-index", "--fsmonitor"),),
}


@pytest.mark.parametrize("name", INDEXES)
def test_every_form_of_index(repository: Repository, name: str) -> None:
    filled(repository)
    repository.git("checkout", "-q", "--", ".")
    for command in INDEXES[name]:
        git(repository.root, *command, check=False)
    clean = set(judged(repository.root))
    filled(repository)
    assert set(judged(repository.root)) == (clean - {b"gone"}) | {b"docs/new.md"}
    assert set(judged(repository.root / "docs")) == {b"c.md", b"new.md"}


@pytest.mark.parametrize("name", INDEXES)
def test_every_form_of_index_tells_clean_from_dirty(repository: Repository, name: str) -> None:
    filled(repository)
    repository.commit()
    for command in INDEXES[name]:
        git(repository.root, *command, check=False)
    assert scanned(repository.root).provenance.dirty is False
    repository.write("d.txt", "D.TXT")
    assert scanned(repository.root).provenance.dirty is True


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_every_object_format(tmp_path: Path, object_format: str) -> None:
    library = tmp_path / "library"
    repository = Repository(tmp_path / "project")
    for root in (library, repository.root):
        root.mkdir()
        git(root, "init", "-q", "-b", "trunk", f"--object-format={object_format}")
    commit = Repository(library).commit()
    assert len(commit) == {"sha1": 40, "sha256": 64}[object_format]
    filled(repository)
    repository.git("submodule", "--quiet", "add", str(library), "library")
    head = repository.commit()
    found = judged(repository.root)
    assert found[b"library"].digest == blake3(commit.encode()).digest()
    provenance = scanned(repository.root).provenance
    assert (provenance.commit, provenance.dirty) == (head, False)
    repository.write("d.txt", "D.TXT")
    assert scanned(repository.root).provenance.dirty is True


def test_a_linked_worktree_has_its_own_files_and_the_shared_rules(
    repository: Repository, tmp_path: Path
) -> None:
    filled(repository)
    commit = repository.commit()
    repository.write(".git/info/exclude", "/shared\n")
    repository.git("config", "extensions.worktreeConfig", "true")
    linked = Repository(tmp_path / "linked")
    repository.git("worktree", "add", "-q", "-b", "side", str(linked.root))
    linked.git("config", "--worktree", "core.excludesFile", str(tmp_path / "own"))
    (tmp_path / "own").write_text("/own\n")
    assert scanned(linked.root).provenance.dirty is False
    for name in ("shared", "own", "seen"):
        repository.write(name, "x")
        linked.write(name, "x")
    (linked.root / "d.txt").unlink()
    found = judged(linked.root)
    assert b"seen" in found
    assert not {b"shared", b"own", b"d.txt", b".git"} & set(found)
    assert {b"own", b"d.txt"} <= set(judged(repository.root))
    provenance = scanned(linked.root).provenance
    assert (provenance.commit, provenance.branch, provenance.dirty) == (commit, "side", True)
    nested = repository.root / "inside"
    repository.git("worktree", "add", "-q", "--detach", str(nested))
    assert judged(repository.root)[b"inside"].kind is Kind.REPOSITORY
    assert b"d.txt" in judged(nested)


def test_git_variables_of_the_caller_change_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(repository)
    other = Repository.init(tmp_path / "other")
    other.write("elsewhere", "x")
    other.commit()
    before = scanned(repository.root)
    for name, value in {
        "GIT_DIR": other.root / ".git",
        "GIT_WORK_TREE": other.root,
        "GIT_INDEX_FILE": other.root / ".git" / "index",
        "GIT_OBJECT_DIRECTORY": other.root / ".git" / "objects",
        "GIT_COMMON_DIR": other.root / ".git",
        "GIT_NAMESPACE": "elsewhere",
        "GIT_CEILING_DIRECTORIES": repository.root.parent,
        "GIT_CONFIG": tmp_path / "none",
        "GIT_CONFIG_COUNT": 1,
        "GIT_CONFIG_KEY_0": "core.excludesFile",
        "GIT_CONFIG_VALUE_0": repository.root / "src" / "a.py",
        "GIT_CONFIG_PARAMETERS": "'core.bare=true'",
        "GIT_LITERAL_PATHSPECS": 1,
        "GIT_PREFIX": "src/",
    }.items():
        monkeypatch.setenv(name, str(value))
    assert judged(repository.root, ENVIRONMENT) == {e.path: e for e in before.entries}
    after = scanned(repository.root)
    assert (after.tree_hash, after.provenance) == (before.tree_hash, before.provenance)


def test_a_hundred_thousand_files_in_one_directory(repository: Repository) -> None:
    """Plain, and with half of them tracked; a few contents are looked at."""
    number = 100_000
    root = repository.root
    (root / ".git").rename(root.parent / "away")
    fill_directory(root / "all", number, lambda index: b"%d" % index if index % 100 == 0 else b"")
    plain = scanned(root)
    assert len(plain.entries) == number
    spots = {entry.name: entry.digest for entry in plain.entries[:: number // 50]}
    for name, digest in spots.items():
        assert digest == blake3((root / "all" / os.fsdecode(name)).read_bytes()).digest()
    (root.parent / "away").rename(root / ".git")
    blob = git(root, "hash-object", "-w", "--stdin").strip()
    lines = (b"100644 %s\tall/%d\n" % (blob, index) for index in range(0, number, 2))
    git(root, "update-index", "--index-info", given=b"".join(lines))
    tree = scanned(root)
    assert list(tree.entries) == list(plain.entries)
    assert tree.tree_hash == plain.tree_hash
    every = git(root, "ls-files", "-c", "-o", "--exclude-standard", "-z").split(b"\0")[:-1]
    assert [entry.path for entry in tree.entries] == sorted(every)
