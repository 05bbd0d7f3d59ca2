from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.errors import InvalidProjectId
from onextree.store.project_ids import (
    RESERVED,
    check_project_id,
    derive_project_id,
    derive_remote_id,
)


@pytest.mark.parametrize("project_id", ["a", "my-app", "my_app", "v1.2", "A.b.C", "0", "x" * 200])
def test_good_ids(project_id: str) -> None:
    assert check_project_id(project_id) == project_id


@pytest.mark.parametrize(
    "project_id",
    ["", ".", "..", "a..b", "a...b", ".a", "a.", "a/b", "a b", "é", "a\n", "x" * 201, "a,b", "٣"],
)
def test_bad_ids(project_id: str) -> None:
    with pytest.raises(InvalidProjectId) as caught:
        check_project_id(project_id)
    assert "letters, digits" in str(caught.value)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_words_of_routes_are_reserved(word: str) -> None:
    for spelled in (word, word.upper()):
        with pytest.raises(InvalidProjectId):
            check_project_id(spelled)


@given(st.text(min_size=1, max_size=300).filter(lambda name: "/" not in name and "\0" not in name))
def test_every_directory_name_gives_a_good_id(name: str) -> None:
    root = Path("/code") / name
    assert check_project_id(derive_project_id(root))
    assert check_project_id(derive_project_id(root, distinct=True))


def test_a_distinct_id_depends_on_the_whole_path() -> None:
    one = derive_project_id(Path("/a/app"), distinct=True)
    other = derive_project_id(Path("/b/app"), distinct=True)
    assert one != other
    assert one.startswith("app-")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/group/web.git", "web"),
        ("https://example.org/Web.Shop", "Web.Shop"),
        ("git@example.org:web.git", "web"),
        ("ssh://git@example.org:2222/~jo/a%20b.git", "a-b"),
        ("https://example.org/x/cache.git", "cache-"),
        ("https://example.org/%ff%fe.git", "project-"),
        ("https://example.org/.git", "project-"),
    ],
)
def test_an_id_is_made_of_a_url_s_name(url: str, expected: str) -> None:
    made = derive_remote_id(url)
    assert check_project_id(made) == made
    assert made.startswith(expected)
    assert (made == expected) == (not expected.endswith("-"))
    one, other = (derive_remote_id(url, branch, distinct=True) for branch in (None, "dev"))
    assert check_project_id(one) != check_project_id(other)
