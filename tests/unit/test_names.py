import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onextree.tree.names import DIRECTORY_KEY_LIMIT, decode_name, directory_key, encode_name

names = st.binary(min_size=1, max_size=255).filter(lambda name: b"\0" not in name)


@given(names)
@example(b"\xf4\x8f\xbc\x80")
@example(b"\xe2\xf4\x8f\xbf\xbf\x82")
@example(b"\xed\xa0\x80")
def test_every_name_comes_back(name: bytes) -> None:
    text = decode_name(name)
    assert encode_name(text) == name
    text.encode("utf-8")  # what PostgreSQL and JSON need


@given(names, names)
def test_two_names_never_get_the_same_text(one: bytes, other: bytes) -> None:
    assert (decode_name(one) == decode_name(other)) == (one == other)


@pytest.mark.parametrize(
    "name", ["README.md", "naïve.txt", "a\\b", "tab\there", "a\nb", '"q"', " "]
)
def test_valid_utf8_stays_as_it_is(name: str) -> None:
    assert decode_name(os.fsencode(name)) == name


def test_a_directory_key_is_the_directory_unless_it_is_too_long() -> None:
    assert directory_key("src/app") == "src/app"
    limit = "d" * DIRECTORY_KEY_LIMIT
    assert directory_key(limit) == limit


@given(st.text(min_size=1, max_size=3), st.text(min_size=1, max_size=3))
def test_long_directories_keep_different_keys(one: str, other: str) -> None:
    long_one, long_other = "é" * 2000 + one, "é" * 2000 + other
    assert (directory_key(long_one) == directory_key(long_other)) == (one == other)
    assert len(directory_key(long_one).encode()) <= DIRECTORY_KEY_LIMIT
