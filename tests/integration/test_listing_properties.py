"""Random trees with random rules are listed as git lists them, with git and without."""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.repositories import ENVIRONMENT, Repository
from tests.trees import by_path, git, git_tree, scanned

PLAIN_NAMES = [b"a", b"b", b"c", b"build", b"x.log", b"y.py", b"src"]
ALPHABET = [
    *(b"*", b"?", b"[", b"]", b"!", b"#", b"\\", b" ", b"\t", b"\n", b"a", b"b", b"-", b"^", b"."),
    *(b"\xff", b"\xfe", b"\xc3\xa9", b"\xc3", b"~", b"$", b"{", b"\r", b"\x0b", b"\xe2\x80\xa8"),
]
FORBIDDEN = {b".", b"..", b".git", b".gitignore"}

names = st.one_of(
    st.sampled_from(PLAIN_NAMES),
    st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=3).map(b"".join),
).filter(lambda name: name not in FORBIDDEN)
paths = st.lists(names, min_size=1, max_size=4).map(b"/".join)
_SPECIAL = re.compile(rb"([\\*?\[\]!# \t])")


@dataclass(frozen=True)
class Project:
    """What a random tree is made of; paths that do not fit the others are left out."""

    files: list[bytes]
    rules: dict[bytes, bytes] = field(default_factory=dict)

    def write(self, root: Path) -> None:
        for path in self.files:
            put(root, path, path)
        for directory, text in self.rules.items():
            put(root, directory + b"/.gitignore" if directory else b".gitignore", text)


def put(root: Path, path: bytes, data: bytes) -> None:
    target = os.path.join(os.fsencode(root), path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(data)


@st.composite
def words(draw: st.DrawFn, known: list[bytes]) -> bytes:
    """One part of a pattern: a name of the tree, escaped or made more general, or anything."""
    name = draw(st.sampled_from(known))
    cut = draw(st.integers(0, len(name)))
    return draw(
        st.sampled_from(
            [
                name,
                _SPECIAL.sub(rb"\\\1", name),
                b"*",
                b"**",
                name[:cut] + b"*",
                b"*" + name[cut:],
                name[:cut] + b"?" + name[cut + 1 :],
                name[:cut] + b"[a-b]" + name[cut + 1 :],
                name[:cut] + b"[!a]" + name[cut + 1 :],
                name[:cut] + b"**" + name[cut:],
            ]
        )
    )


@st.composite
def patterns(draw: st.DrawFn, known: list[bytes]) -> bytes:
    body = b"/".join(draw(st.lists(words(known), min_size=1, max_size=3)))
    start = draw(st.sampled_from([b"", b"", b"/", b"**/", b"!", b"!/", b"!**/", b"#", b"\\", b" "]))
    end = draw(
        st.sampled_from([b"", b"", b"/", b"/*", b"/**", b" ", b"\\ ", b"\\  ", b"\r", b"\t"])
    )
    return start + body + end


@st.composite
def projects(draw: st.DrawFn) -> Project:
    drawn = draw(st.lists(paths, max_size=8, unique=True))
    files = [
        path
        for path in drawn
        if not any(other.startswith(path + b"/") for other in drawn) and len(path) < 200
    ]
    known = sorted({name for path in files for name in path.split(b"/")} | {b"a", b"build"})
    directories = {b""}
    for path in files:
        parts = path.split(b"/")[:-1]
        directories.update(b"/".join(parts[:length]) for length in range(1, len(parts) + 1))
    chosen = draw(st.lists(st.sampled_from(sorted(directories)), max_size=3, unique=True))
    rules = {
        directory: b"\n".join(draw(st.lists(patterns(known), min_size=1, max_size=4)))
        + draw(st.sampled_from([b"\n", b""]))
        for directory in chosen
    }
    return Project(files, rules)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One repository for all examples, emptied by each."""
    return Repository.init(tmp_path_factory.mktemp("properties") / "project").root


def emptied(root: Path) -> None:
    for path in os.scandir(root):
        if path.name == ".git":
            (root / ".git" / "index").unlink(missing_ok=True)
        elif path.is_dir(follow_symlinks=False):
            shutil.rmtree(path.path)
        else:
            os.unlink(path.path)


def set_up(root: Path, project: Project) -> None:
    emptied(root)
    project.write(root)


CHEAP = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@CHEAP
@given(projects(), st.data())
def test_any_tree_is_listed_as_git_lists_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, project: Project, data: st.DataObject
) -> None:
    monkeypatch.setenv("HOME", ENVIRONMENT["HOME"])
    set_up(root, project)
    if project.files:
        some = st.lists(st.sampled_from(project.files), unique=True, max_size=4)
        tracked = data.draw(some, "tracked")
        if tracked:
            git(root, "--literal-pathspecs", "add", "-f", "--", *tracked)
        changes = st.sampled_from(["deleted", "symlink", "directory", "executable"])
        for path in data.draw(some, "changed"):
            target = os.path.join(os.fsencode(root), path)
            change = data.draw(changes)
            if change == "executable":
                os.chmod(target, 0o755)
                continue
            os.unlink(target)
            if change == "symlink":
                os.symlink(b"a", target)
            elif change == "directory":
                put(root, path + b"/in", b"x")
    first = scanned(root)
    found = {path: tuple(entry[2:5]) for path, entry in by_path(first).items()}
    assert found == git_tree(root)
    assert scanned(root).tree_hash == first.tree_hash


def listed_twice(root: Path, project: Project) -> tuple[list[bytes], list[bytes]]:
    """What git lists, and what a scan without git finds."""
    set_up(root, project)
    by_git = sorted(git_tree(root))
    hidden = root.parent / "hidden"
    (root / ".git").rename(hidden)
    try:
        return by_git, sorted(by_path(scanned(root)))
    finally:
        hidden.rename(root / ".git")


@CHEAP
@given(projects())
def test_without_git_the_same_rules_hold(
    root: Path, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    monkeypatch.setenv("HOME", ENVIRONMENT["HOME"])
    # Build folders are left out without git whatever the rules say, and `build` is none here.
    by_git, plain = listed_twice(root, project)
    assert plain == by_git


SUBTLE = {
    "all but some": Project([b"s/a.py", b"s/b.txt"], {b"": b"*\n!*/\n!*.py\n"}),
    "a directory is taken back without what is in it": Project(
        [b"sub/keep/x.log"], {b"": b"*.log\n", b"sub": b"!keep/\n"}
    ),
    "a useless rule leaves the others": Project([b"a", b"b"], {b"": b"b\nx\\\n"}),
    "a rule of no name leaves the others": Project([b"a", b"b"], {b"": b"b\n!\n"}),
    "a bracket does not stand for a slash": Project([b"a/x"], {b"": b"a[!b]\n"}),
    "a line ends at LF only": Project([b"a", b"b"], {b"": b"x\rb\n"}),
    "a separator of lines in Unicode is none": Project([b"a", b"b"], {b"": b"x\xe2\x80\xa8b\n"}),
    "a tab at the end counts": Project([b"a", b"a\t"], {b"": b"a\t\n"}),
    "an escaped blank before others counts": Project([b"a ", b"b"], {b"": b"a\\  \n"}),
    "an escaped slash is one": Project([b"a/b"], {b"": b"a\\/b\n"}),
    "a question mark is one byte": Project([b"\xc3\xa9"], {b"": b"?\n"}),
    "a name may have a line feed": Project([b"a", b"x\ny/b"], {b"": b"b\n"}),
    "two stars beside something else": Project([b"src", b"srcs/b"], {b"": b"src**/**\n"}),
    "two stars at the end of a directory's rule": Project([b"a/b"], {b"": b"*/**/\n"}),
    "three stars reach the top": Project([b"a", b"d"], {b"": b"***/d\n"}),
}


@pytest.mark.parametrize("name", SUBTLE)
def test_without_git_a_rule_means_what_git_says(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HOME", ENVIRONMENT["HOME"])
    by_git, plain = listed_twice(root, SUBTLE[name])
    assert plain == by_git
