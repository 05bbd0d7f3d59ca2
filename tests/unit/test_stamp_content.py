"""The two hashes: of the bytes, and of the content without stamps, normalised."""

import re

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.stamping.content import content_hash, normalised
from onextree.stamping.marking import read

WHITESPACE = [
    chr(code).encode()
    for code in range(0x110000)
    if not 0xD800 <= code < 0xE000 and chr(code).isspace()
]
PARTS = [b"\xc2", b"\x85", b"\xe2", b"\x80", b"\xe3", b"\xa0", b"a", "😀".encode(), b"\xef\xbb\xbf"]


def by_the_words(content: bytes) -> bytes:
    """As the document says it."""
    text = re.sub(rb"\n{3,}", b"\n\n", content).decode("utf-8", "surrogateescape")
    return text.strip().encode("utf-8", "surrogateescape")


@given(st.lists(st.sampled_from([*WHITESPACE, *PARTS, b"\n", b"\n"]), max_size=10).map(b"".join))
@settings(max_examples=300)
def test_the_ends_are_stripped_and_blank_lines_collapsed(content: bytes) -> None:
    assert normalised(content) == by_the_words(content)


@given(st.binary(max_size=40))
def test_any_bytes_can_be_hashed(content: bytes) -> None:
    assert normalised(content) == by_the_words(content)
    assert content_hash(content) == blake3(by_the_words(content)).hexdigest()


def test_each_whitespace_is_stripped() -> None:
    assert len(WHITESPACE) == 29
    for space in WHITESPACE:
        assert normalised(space + b"a" + space) == b"a"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", b""),
        (b"\n\n\n", b""),
        (b"a\n\n\nb\n", b"a\n\nb"),
        (b"a\r\n\r\n\r\nb", b"a\r\n\r\n\r\nb"),
        (b"\xef\xbb\xbfa", b"\xef\xbb\xbfa"),
        (b"\xa0a\xa0", b"\xa0a\xa0"),
        ("\u00a0a\u3000".encode(), b"a"),
    ],
)
def test_literally(content: bytes, expected: bytes) -> None:
    assert normalised(content) == expected


def test_what_reading_tells_of_a_content_without_stamps() -> None:
    reading = read(b" x\n")
    assert reading.blake3 == blake3(b" x\n").hexdigest()
    assert reading.content_hash == blake3(b"x").hexdigest()
    assert reading.content == b" x\n"
