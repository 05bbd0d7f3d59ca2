"""Trees made to be listed wrong, judged against git and against the files themselves."""

import os
from pathlib import Path

import pytest
from blake3 import blake3

from onextree.tree.model import Kind
from tests.repositories import ENVIRONMENT, Repository
from tests.trees import by_path, git, git_tree, judged, opened, scanned


@pytest.fixture(autouse=True)
def no_ignore_rules_of_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def test_inner_rules_go_before_outer_ones_and_excluded_directories_stay_shut(
    repository: Repository,
) -> None:
    repository.write(".gitignore", "*.log\n!/keep.log\nshut/\n!shut/open.txt\n/*/only\n")
    repository.write("one/.gitignore", "!*.log\n*.tmp\n!two/\n")
    repository.write("one/two/.gitignore", "*.log\n!last.log\n!*.tmp\n")
    for path in (
        *("a.log", "keep.log", "one/a.log", "one/a.tmp", "one/two/a.log", "one/two/last.log"),
        *("one/two/a.tmp", "shut/open.txt", "shut/.gitignore", "one/only", "one/two/only"),
    ):
        repository.write(path, path)
    found = judged(repository.root)
    assert {b"keep.log", b"one/a.log", b"one/two/last.log", b"one/two/a.tmp"} <= set(found)
    assert not {b"a.log", b"shut/open.txt", b"one/only", b"one/a.tmp"} & set(found)


# An underscore stands for a blank.
RULES = rb"""# a comment
trailing___
escaped\_
two\_\___
\#hash
\!bang
#no-comment-at-the-end
inner\*star
cr
[!a]x
deep/**/leaf
**/any
end/**
"""


def test_blanks_and_escapes_in_rules(repository: Repository) -> None:
    names = [
        *(b"trailing", b"trailing   ", b"escaped", b"escaped ", b"two", b"two  ", b"two    "),
        *(b"#hash", b"\\#hash", b"!bang", b"\\!bang", b"#no-comment-at-the-end", b"# a comment"),
        *(b"inner*star", b"innerXstar", b"cr", b"cr\r", b"ax", b"bx"),
        *(b"deep/leaf", b"deep/1/2/leaf", b"x/any", b"x/y/any/z", b"end/a/b", b"other/end/a"),
    ]
    for name in names:
        repository.write(name, name)
    repository.write(".gitignore", RULES.replace(b"_", b" ").replace(b"\ncr\n", b"\ncr\r\n"))
    found = judged(repository.root)
    assert {b"trailing   ", b"escaped", b"\\#hash", b"#no-comment-at-the-end"} <= set(found)
    assert not {b"trailing", b"escaped ", b"#hash", b"!bang", b"inner*star"} & set(found)


def test_rules_of_the_repository_and_of_its_user(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.git/info/exclude`, and the user's file, named in a config or at the usual place."""
    for name in ("excluded", "mine", "usual", "seen", "negated"):
        repository.write(name, name)
    repository.write(".gitignore", "!negated\n")
    repository.write(".git/info/exclude", "excluded\nnegated\n")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[core]\n\texcludesFile = ~/rules\n")
    (home / "rules").write_text("mine\n")
    environment = {"PATH": ENVIRONMENT["PATH"], "HOME": str(home)}
    found = judged(repository.root, environment)
    assert set(found) == {b".gitignore", b"usual", b"seen", b"negated"}
    (home / ".gitconfig").unlink()
    usual = tmp_path / "xdg" / "git" / "ignore"
    usual.parent.mkdir(parents=True)
    usual.write_text("usual\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    found = judged(repository.root, environment)
    assert set(found) == {b".gitignore", b"mine", b"seen", b"negated"}


def test_what_is_tracked_is_listed_as_long_as_it_is_there(repository: Repository) -> None:
    for path in ("deep/er/gone", "gone", "moved", "kept.log", "was-file", "was-directory/in"):
        repository.write(path, path)
    repository.commit()
    repository.write(".gitignore", "*.log\nwas-*\n")
    root = repository.root
    for path in ("deep/er/gone", "gone", "was-file", "was-directory/in"):
        (root / path).unlink()
    (root / "was-directory").rmdir()
    (root / "moved").rename(root / "away")
    repository.write("was-file/in", "x")
    (root / "was-directory").write_text("x")
    assert set(judged(root)) == {b".gitignore", b"kept.log", b"away"}
    repository.git("add", "-f", "was-file/in")
    assert b"was-file/in" in judged(root)


def test_submodules_in_every_state(repository: Repository, tmp_path: Path) -> None:
    library = Repository.init(tmp_path / "library")
    library.write("lib.py", "x")
    commit = library.commit()
    whole = ("plain", "uninitialised", "deleted", "file", "link", "moved on", "deep/er")
    for name in whole:
        repository.git("submodule", "--quiet", "add", str(library.root), name)
    repository.commit()
    root = repository.root
    for name in ("uninitialised", "deleted", "file", "link"):
        git(root, "submodule", "deinit", "-f", name)
    for name in ("deleted", "file", "link"):
        (root / name).rmdir()
    (root / "file").write_text("x")
    (root / "link").symlink_to("plain")
    Repository(root / "moved on").commit()
    (root / "uninitialised" / "stray").write_text("x")
    found = judged(root)
    assert b"deleted" not in found
    submodules = (b"plain", b"uninitialised", b"moved on", b"deep/er")
    identity = (Kind.SUBMODULE, 0, blake3(commit.encode()).digest())
    assert [found[name][2:5] for name in submodules] == [identity] * 4
    assert [found[name].kind for name in (b"file", b"link")] == [Kind.FILE, Kind.SYMLINK]
    assert set(judged(root / "deep")) == {b"er"}
    assert set(judged(root / "plain")) == {b"lib.py"}


def test_nested_repositories_are_named_and_not_entered(repository: Repository) -> None:
    repository.write(".gitignore", "/ignored/\n")
    for name in ("nested", "deep/er/nested", "ignored"):
        Repository.init(repository.root / name).write("inside", "x")
    Repository.init(repository.root / "with commit").commit()
    git(repository.root, "init", "-q", "--bare", "bare.git")
    repository.write("broken/.git", "gitdir: nowhere\n")
    repository.write("broken/inside", "x")
    found = judged(repository.root)
    assert found[b"deep/er/nested"].kind is Kind.REPOSITORY
    assert found[b"bare.git/HEAD"].kind is Kind.FILE


def test_symlinks_are_entries_and_lead_nowhere(repository: Repository) -> None:
    repository.write("real/file", "x")
    repository.write(".gitignore", "hidden\nonly-directories/\n")
    links = {
        "dangling": "no/such",
        "loop": "loop",
        "a": "b",
        "b": "a",
        "up": "..",
        "out": "/",
        "to-file": "real/file",
        "to-directory": "real",
        "into-git": ".git",
        "real/back": "../real",
        "hidden": "real",
        "only-directories": "real",
    }
    for name, target in links.items():
        (repository.root / name).symlink_to(target)
    os.symlink(b"\xff\n", os.fsencode(repository.root) + b"/\xfe")
    found = judged(repository.root)
    assert sum(entry.kind is Kind.SYMLINK for entry in found.values()) == len(links)
    repository.commit()
    assert judged(repository.root) == found


HOSTILE_NAMES = [
    *(b"new\nline", b"tab\t", b"\r", b'quo"te', b"quo'te", b"back\\slash", b"\\", b" ", b"blank "),
    *(b" lead", b"-", b"--", b"-z", b"--others", b":", b":(glob)**", b":!a", b"*", b"?"),
    *(
        b"[a]",
        b"#",
        b"!",
        b"!a",
        b"~",
        b"$HOME",
        b"%00",
        b"...",
        b". ",
        b"\x01",
        b"\x7f",
        b"\x1b[m",
    ),
    *(b"\xff\xfe", b"\xff\xfd", b"e\xcc\x81", b"\xc3\xa9", b"\xc3", b"\xf4\x8f\xbf\xbf"),
    *(b"\xed\xa0\x80", b"\xc0\xaf", b"x" * 255, b"git", b".git ", b".gitt", b"CON", b"a:b"),
]


def test_hostile_names_are_kept_apart_tracked_or_not(repository: Repository) -> None:
    for name in HOSTILE_NAMES:
        repository.write(b"top" + name[:252], name)
        repository.write(b"odd/" + name, name)
        repository.write(b"odd-" + name[:251] + b"/" + name, name)
    untracked = judged(repository.root)
    assert len(untracked) == 3 * len(HOSTILE_NAMES)
    git(repository.root, "-c", "core.protectNTFS=false", "add", "-A")
    assert judged(repository.root) == untracked
    for name in (b"\n", b" ", b"-z", b":(glob)", b"\xff", b"*", b"\\", b"[a]"):
        root = repository.root / os.fsdecode(b"odd-" + name)
        root.mkdir(exist_ok=True)
        (root / "in").write_text("x")
        assert b"in" in judged(root)


def test_names_that_differ_only_in_case(repository: Repository) -> None:
    for name in ("README", "readme", "Src/a", "src/a", "src/A"):
        repository.write(name, name)
    repository.git("add", "README", "src/a")
    assert len(judged(repository.root)) == 5
    repository.git("config", "core.ignoreCase", "true")
    judged(repository.root)


def test_sixty_levels_and_a_path_of_four_thousand_bytes(repository: Repository) -> None:
    repository.write("/".join(f"level {number}" for number in range(60)) + "/leaf", "deep")
    names = [b"\xffn" * 100] * 19 + [b"n" * 182]
    for depth in range(20):
        with opened(repository.root, b"/".join(names[:depth])) as parent:
            os.mkdir(names[depth], dir_fd=parent)
    with opened(repository.root, b"/".join(names)) as parent:
        file = os.open(b"f", os.O_WRONLY | os.O_CREAT, dir_fd=parent)
        os.write(file, b"long")
        os.close(file)
    long = b"/".join([*names, b"f"])
    # With the path of the root before it, no system call would take it.
    assert len(long) == 4003
    assert set(judged(repository.root)) >= {long}
    (repository.root / ".git").rename(repository.root.parent / "away")
    assert by_path(scanned(repository.root)).keys() >= {long}


def test_an_empty_project_is_the_empty_tree(tmp_path: Path) -> None:
    empty = "b7dc58d3263acf564f62a696250586f83fe3386cd6222df7cdc9ba6f0d2fabc9"
    plain = tmp_path / "plain"
    (plain / "nothing" / "in it").mkdir(parents=True)
    assert scanned(plain).tree_hash == empty
    Repository.init(plain)
    tree = scanned(plain)
    assert (tree.tree_hash, tree.provenance.commit) == (empty, None)
    assert tree.total_directories == 0


def test_a_bare_repository_is_a_plain_directory(tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    bare.mkdir()
    git(bare, "init", "-q", "--bare")
    tree = scanned(bare)
    assert {b"HEAD", b"config"} <= by_path(tree).keys()
    assert tree.provenance.commit is None


def test_ways_to_a_root_make_no_difference(repository: Repository, tmp_path: Path) -> None:
    repository.write(".gitignore", "*.log\n/src/skip\n")
    for path in ("a.log", "src/skip", "src/kept/a.log", "src/kept/b.py", "src/x.py"):
        repository.write(path, path)
    repository.git("add", "-f", "src/kept/a.log")
    link = tmp_path / "link"
    link.symlink_to(repository.root)
    assert judged(link) == judged(repository.root)
    assert scanned(link).provenance == scanned(repository.root).provenance
    (tmp_path / "link-to-link").symlink_to("link")
    assert set(judged(tmp_path / "link-to-link" / "src")) == set(judged(repository.root / "src"))
    assert set(judged(repository.root / "src")) == {b"kept/a.log", b"kept/b.py", b"x.py"}
    assert set(judged(repository.root / "src" / "kept")) == {b"a.log", b"b.py"}
    assert git_tree(link).keys() == by_path(scanned(link)).keys()
