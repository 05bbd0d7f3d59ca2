"""What upstream's stamping engine writes is read, and it reads ours where it can.

Its algorithm is written down here by its words, and shares no code with ours.
"""

import re
from datetime import UTC, datetime

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.stamping.marking import carried, mark, read
from onextree.stamping.model import StampForm, StampType
from tests.stamped import ABOUT, MOMENT, marked, stamp_of

LIGHTWEIGHT = re.compile(r"# ONEX:uid=([a-zA-Z0-9_-]+),hash=([a-zA-Z0-9]+),ts=([0-9T:\-\+\.]+).*")
RICH = re.compile(r"<!--\s*ONEX_METADATA_START\s*-->(.*?)<!--\s*ONEX_METADATA_END\s*-->", re.DOTALL)


def upstream_hash(content: str) -> str:
    clean = RICH.sub("", LIGHTWEIGHT.sub("", content))
    return blake3(re.sub(r"\n{3,}", "\n\n", clean).strip().encode()).hexdigest()


def upstream_stamp(content: str, kind: StampType, more: str = "") -> str:
    digest = upstream_hash(content)
    moment = datetime(2025, 1, 2, 3, 4, 5, 678901, UTC).isoformat()
    if kind is StampType.LIGHTWEIGHT:
        return f"# ONEX:uid=a-b_1,hash={digest},ts={moment}{more}\n{content}"
    return (
        f"{content}\n\n<!-- ONEX_METADATA_START -->\n<!-- ONEX Metadata Stamp\n  uid: a-b_1\n"
        f"  hash: {digest}\n  timestamp: {moment}\n  protocol_version: 1.0\n"
        f"  file_path: src/a b.md\n  file_size: 12\n  integrity:\n    algorithm: BLAKE3\n"
        f"    hash: {digest}\n-->\n<!-- ONEX_METADATA_END -->"
    )


pieces = st.sampled_from(
    [
        "x = 1",
        "# Title",
        "#!/bin/sh",
        "<p>",
        "---",
        "é",
        "\n",
        "\n\n\n",
        " ",
        "\r\n",
        "\x0c",
        "\u00a0",
    ]
)
contents = st.lists(pieces, max_size=8).map("".join)
orders = st.lists(st.sampled_from(StampType), max_size=3)


@given(contents, orders)
@settings(max_examples=150)
def test_the_hash_is_upstreams_however_often_it_stamped(
    content: str, order: list[StampType]
) -> None:
    stamped = content
    for kind in order:
        stamped = upstream_stamp(stamped, kind)
    reading = read(stamped.encode())
    assert reading.content == content.encode()
    assert reading.content_hash == upstream_hash(content) == upstream_hash(stamped)
    assert len(reading.stamps) == len(order)
    assert all(stamp.is_valid for stamp in reading.stamps)


@pytest.mark.parametrize("kind", StampType)
def test_its_stamps_are_told_and_replaced(kind: StampType) -> None:
    content = "#!/bin/sh\necho\n"
    given = upstream_stamp(content, kind).encode()
    reading = read(given)
    (found,) = reading.stamps
    assert found.form.value == kind.value
    assert found.uid == found.fields["uid"] == "a-b_1"
    assert found.stamped_at == "2025-01-02T03:04:05.678901+00:00"
    assert not found.is_current
    assert not carried(reading, "a.sh", kind)
    if kind is StampType.RICH:
        assert found.fields["file_path"] == "src/a b.md"
        assert found.fields["protocol_version"] == "1.0"
        assert found.fields["integrity"] == {"algorithm": "BLAKE3", "hash": found.content_hash}
    result = mark(given, reading, "a.sh", stamp_of(content.encode(), kind))
    assert not result.is_unchanged
    assert result == marked(content.encode(), "a.sh", kind)


def test_what_it_adds_to_a_line_is_told() -> None:
    given = upstream_stamp("x\n", StampType.LIGHTWEIGHT, ",author=Jane Doe,v=1.2")
    (found,) = read(given.encode()).stamps
    assert found.fields["author"] == "Jane Doe"
    assert found.fields["v"] == "1.2"


def test_a_block_at_the_end_may_have_been_given_a_last_newline() -> None:
    given = upstream_stamp("# Title\n", StampType.RICH) + "\n"
    assert read(given.encode()).content == b"# Title\n\n"
    assert all(stamp.is_valid for stamp in read(given.encode()).stamps)


@pytest.mark.parametrize("between", ["\r\n\r\n", "\r\n", "\n"])
def test_a_block_behind_other_line_ends_takes_these_along(between: str) -> None:
    given = upstream_stamp("# Title", StampType.RICH).replace("\n\n<!--", between + "<!--")
    assert read(given.encode()).content == b"# Title"


def test_json_that_it_stamped_is_json_again() -> None:
    given = upstream_stamp('{"a": 1}\n', StampType.LIGHTWEIGHT).encode()
    result = mark(given, read(given), "a.json", stamp_of(given))
    assert result.content == b'{"a": 1}\n'
    assert result.sidecar is not None


@pytest.mark.parametrize("name", ["a.py", "a.sh", "a.yaml", "a.toml", "Makefile", "Dockerfile", ""])
def test_it_finds_our_lines_with_a_hash_sign(name: str) -> None:
    content = "x = 1\n"
    result = marked(content.encode(), name, author="Zoë, x", version="1")
    found = LIGHTWEIGHT.search(result.content.decode())
    assert found
    assert found[2] == upstream_hash(content) == upstream_hash(result.content.decode())
    assert found[3] == MOMENT.isoformat(timespec="milliseconds")
    assert found[0] == result.text


@pytest.mark.parametrize("name", ["a.md", "a.html", "a.xml", "a.vue", "a.svg"])
def test_it_finds_our_blocks_of_markup(name: str) -> None:
    content = "<p>x</p>\n"
    result = marked(content.encode(), name, StampType.RICH, about=ABOUT)
    found = RICH.search(result.content.decode())
    assert found
    assert found[0] == result.text
    assert f"\n  hash: {upstream_hash(content)}\n" in found[1]
    assert upstream_hash(result.content.decode()) == upstream_hash(content)


def test_behind_a_shebang_it_sees_an_empty_line_more() -> None:
    content = "#!/bin/sh\necho\n"
    result = marked(content.encode(), "a.sh")
    assert upstream_hash(result.content.decode()) == upstream_hash("#!/bin/sh\n\necho\n")
    assert read(result.content).content_hash == upstream_hash(content)


def test_it_takes_examples_in_documents_for_stamps_and_we_do_not() -> None:
    line = marked(b"x", "a.py").text
    document = f"# Stamps\n\n    {line}\n"
    assert LIGHTWEIGHT.search(document)
    assert read(document.encode()).stamps == ()


def test_a_stamp_of_a_python_file_is_not_one_of_another_form() -> None:
    (found,) = read(marked(b"x\n", "a.py").content).stamps
    assert found.form is StampForm.LIGHTWEIGHT
