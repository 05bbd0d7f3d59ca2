"""Contents made to be slow: reading them takes time by their length, not by its square."""

import tracemalloc

import pytest

from onextree.stamping.marking import mark, read, strip
from onextree.stamping.model import StampType
from onextree.stamping.validation import judge_protocol
from tests.stamped import marked, stamp_of

SIZE = 1_500_000  # squared it would outlast every limit

LINE = marked(b"x", "a.py").text.encode()
SLASHES = marked(b"x", "a.js").text.encode()
BLOCK = marked(b"x", "a.html", StampType.RICH).text.encode()
OPENED = b"# ONEX_METADATA_START\n# ONEX Metadata Stamp\n"
CLOSED = b"\n# ONEX_METADATA_END\n"


def many(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


CONTENTS = {
    "comments opened": many(b"<!--"),
    "newlines": many(b"\n"),
    "carriage returns": many(b"\r"),
    "spaces": many(b" "),
    "wide spaces": many("\u3000".encode()),
    "form feeds": many(b"\f"),
    "blank lines": many(b"a\n\n\n"),
    "blocks opened": many(b"<!-- ONEX_METADATA_START -->"),
    "blocks opened twice": many(b"<!-- ONEX_METADATA_START --><!--"),
    "a block and spaces": b"<!-- ONEX_METADATA_START -->" + many(b" "),
    "ends of blocks": many(b"\n\n<!-- ONEX_METADATA_END -->"),
    "lines of an open block": OPENED + many(b"# a: 1\n"),
    "blocks of lines opened": many(OPENED),
    "stars opened": many(b"/* ONEX_METADATA_START\n"),
    "frontmatters": many(b"---\n- x\n---x\n"),
    "an open frontmatter": b"---\n" + many(b"---x\n"),
    "a fence and spaces": b"---" + many(b" "),
    "directives": many(b"#syntax=\n"),
    "a shebang and spaces": b"#!" + many(b" "),
    "cookies": b"#" + many(b"coding: "),
    "modes": b"/*" + many(b"-*-"),
    "an open declaration": b"<?xml " + many(b"?"),
    "an open docblock": b"/**" + many(b"*"),
    "a line of commas": LINE + many(b","),
    "a line of items": LINE + many(b",a=b"),
    "a block of items": OPENED + many(b"#   a: b\n") + CLOSED[1:],
    "a deep block": OPENED + b"".join(b"# %sa:\n" % (b" " * i) for i in range(1700)) + CLOSED[1:],
    "brackets": OPENED + b"#   a: " + many(b"[") + CLOSED,
    "quotes": OPENED + b"#   " + many(b'"\\') + CLOSED,
    "digits": OPENED + b"#   a: " + many(b"9") + CLOSED,
    "references": many(b"# === OmniNode:Metadata ===\n"),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_it_is_read_and_stamped_all_the_same(content: bytes) -> None:
    reading = read(content)
    assert judge_protocol(reading).compliance == "none"
    for name in ("a.py", "a.rst", "a.html"):
        stamped = mark(content, reading, name, stamp_of(reading.content))
        assert strip(stamped.content) == reading.content


@pytest.mark.parametrize(
    "content",
    [many(LINE + b"\n"), many(SLASHES + b"\n\n"), many(BLOCK + b"\n"), many(b"\n\n" + BLOCK)],
    ids=["lines", "lines apart", "blocks in front", "blocks behind"],
)
def test_any_number_of_stamps_is_taken_out(content: bytes) -> None:
    reading = read(content)
    assert reading.content == b""
    assert len(reading.stamps) > 1000


def test_a_large_content_is_not_copied_many_times() -> None:
    content = b"import os\nprint(1)\n" * 2_000_000
    tracemalloc.start()
    try:
        reading = read(content)
        assert tracemalloc.get_traced_memory()[1] < 2.2 * len(content)
        tracemalloc.reset_peak()
        stamp = stamp_of(b"")
        del reading
        reading = read(content)
        result = mark(content, reading, "a.py", stamp)
        assert tracemalloc.get_traced_memory()[1] < 3.2 * len(content)
    finally:
        tracemalloc.stop()
    assert strip(result.content) == content
