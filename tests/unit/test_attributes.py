"""What `.gitattributes` say is what git understands."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onextree.tree.classification.attributes import Attributes, Overrides
from onextree.tree.classification.model import Category
from tests.repositories import Repository

PATHS = [b"a", b"a.py", b"b.txt", b"src/a.py", b"src/b.txt", b"src/lib/a.py", b"src/lib/x/b.txt"]
PATHS += [b"docs/a.md", b"docs/src/a.py", b"a b.py", b"[x]", b"src/.env", b"\xc3\xa9.py", b"a-b"]
ATTRIBUTES = ["language", "vendored", "generated", "documentation", "detectable"]


def said_by_git(repository: Repository, path: bytes) -> Overrides | None:
    names = [f"linguist-{name}" for name in ATTRIBUTES]
    output = repository.git("check-attr", "-z", *names, "--", os.fsdecode(path))
    values = dict(zip(ATTRIBUTES, output.split(b"\0")[2::3], strict=True))
    flags: dict[str, bool | None] = {}
    for name in ATTRIBUTES[1:]:
        value = values[name]
        flags[name] = None if value == b"unspecified" else value not in (b"unset", b"false")
    language = values["language"]
    named = language not in (b"unspecified", b"set", b"unset", b"")
    told = Overrides(language.decode() if named else None, **flags)
    return told if any(value is not None for value in told) else None


def same_as_git(root: Path, files: dict[bytes, bytes]) -> None:
    repository = Repository.init(root)
    for directory in (b"", b"src", b"src/lib", b"docs"):
        (root / os.fsdecode(directory) / ".gitattributes").unlink(missing_ok=True)
        if directory in files:
            repository.write((directory + b"/.gitattributes").lstrip(b"/"), files[directory])
    attributes = Attributes.from_files(files)
    for path in PATHS:
        directory, _, name = path.rpartition(b"/")
        assert attributes.overrides(directory, name) == said_by_git(repository, path), path


@pytest.mark.parametrize(
    "content",
    [
        b"*.py linguist-vendored",
        b"*.py linguist-vendored\n*.py -linguist-vendored\n",
        b"*.py linguist-vendored\na.py !linguist-vendored",
        b"*.py linguist-language=Rust linguist-generated=false",
        b"src linguist-vendored\nsrc/ linguist-generated\n",
        b"src/** linguist-vendored",
        b"src/* linguist-vendored\n/a.py linguist-generated",
        b"**/a.py linguist-vendored\nsrc/**/b.txt linguist-generated",
        b"# *.py linguist-vendored\n  *.py   linguist-documentation  \r\n",
        b'"a b.py" linguist-vendored\n"\\303\\251.py" linguist-generated',
        b'"a b.py linguist-vendored\n"a.p\\171" linguist-vendored',
        b"!*.py linguist-vendored\n\\[x] linguist-generated\n[[]x] linguist-vendored",
        b"[a-b]* linguist-vendored\n[!a]* linguist-generated\n[^[:alpha:]]* linguist-detectable",
        b"[attr]third linguist-vendored -linguist-detectable\n*.py third\nsrc/*.py -third",
        b"[attr]one linguist-vendored\n[attr]two one\n*.txt two linguist-generated\n",
        b"*.py linguist-vendored -bad-=x ??\n*.txt linguist-vendored =x",
        b"\xef\xbb\xbf*.py linguist-vendored",
        b"a?py linguist-vendored\na\\ b.py linguist-generated\n*[ linguist-documentation",
        b"*.py linguist-language=Jupyter-Notebook linguist-language",
        b"a** linguist-vendored\n**b linguist-generated\nsrc**py linguist-documentation",
        b"***/a.py linguist-vendored\n/**/a.py linguist-generated\n** linguist-detectable",
        b"[a linguist-vendored\n[]a] linguist-generated\n[a-] linguist-documentation\n[z-a] x",
        b"*.py linguist-vendored" + b" x" * 1100,
    ],
)
def test_a_file_says_what_git_says(tmp_path: Path, content: bytes) -> None:
    same_as_git(tmp_path, {b"": content})
    same_as_git(tmp_path, {b"": b"*.txt linguist-vendored", b"src": content})


pattern = st.one_of(
    st.sampled_from(["*", "*.py", "a.py", "src", "/src/*", "lib/**", "**/a.py", "src/lib/a.py"]),
    st.text(alphabet="ab*?/.[]!-\\ps", min_size=1, max_size=7),
)
word = st.builds(
    lambda mark, name, value: f"{mark}{name}{value if not mark else ''}",
    st.sampled_from(["", "", "-", "!"]),
    st.sampled_from([*(f"linguist-{name}" for name in ATTRIBUTES), "third", "text"]),
    st.sampled_from(["", "", "=false", "=true", "=Python", "="]),
)
line = st.builds(
    lambda start, words: " ".join([start, *words]),
    st.one_of(pattern, st.just("[attr]third")),
    st.lists(word, max_size=3),
)
content = st.lists(line, max_size=4).map(lambda lines: "\n".join(lines).encode())


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(files=st.dictionaries(st.sampled_from([b"", b"src", b"src/lib", b"docs"]), content))
def test_any_files_say_what_git_says(tmp_path: Path, files: dict[bytes, bytes]) -> None:
    same_as_git(tmp_path, files)


def test_without_a_linguist_attribute_nothing_is_said() -> None:
    for files in ({}, {b"": b"*.py text=auto\n", b"src": b"* -diff"}):
        attributes = Attributes.from_files(files)
        assert not attributes
        assert attributes.overrides(b"src", b"a.py") is None


def test_overrides_give_and_take_categories() -> None:
    assert Overrides(vendored=True).category is Category.VENDORED
    assert Overrides(documentation=True, generated=False).category is Category.DOCUMENTATION
    assert Overrides(generated=False).denied == {Category.GENERATED}
    assert Overrides(language="Rust", detectable=True).category is None
