"""`docs/stamp-vectors.json` holds, and what it says can be told without our code."""

import base64
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from blake3 import blake3

from onextree.stamping.marking import carried, mark, read
from onextree.stamping.model import Stamp, StampType, stamp_id

DOCUMENT = Path(__file__).parents[2] / "docs" / "stamp-vectors.json"
VECTORS: dict[str, list[dict[str, Any]]] = json.loads(DOCUMENT.read_text())
STAMPS = [pytest.param(vector, id=vector["name"]) for vector in VECTORS["stamps"]]
READINGS = [pytest.param(vector, id=vector["name"]) for vector in VECTORS["readings"]]


def data(vector: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(vector[name])


def hash_of(content: bytes) -> str:
    """The content hash, by the words of the document."""
    text = re.sub(rb"\n{3,}", b"\n\n", content).decode("utf-8", "surrogateescape")
    return blake3(text.strip().encode("utf-8", "surrogateescape")).hexdigest()


def test_there_are_enough_of_them() -> None:
    assert len(VECTORS["stamps"]) > 50
    assert {vector["type"] for vector in VECTORS["stamps"]} == {"lightweight", "rich"}


@pytest.mark.parametrize("vector", STAMPS)
def test_a_stamp_is_written_so(vector: dict[str, Any]) -> None:
    content, said = data(vector, "content"), vector["stamp"]
    reading = read(content)
    stamp = Stamp(
        UUID(said["uid"]),
        reading.content_hash,
        datetime.fromisoformat(said["stamped_at"]),
        StampType(vector["type"]),
        said["namespace"],
        said["protocol_version"],
        said["author"],
        said["version"],
        said["about"],
    )
    assert stamp.uid == stamp_id(stamp.namespace, stamp.content_hash)
    result = mark(content, reading, vector["file"], stamp)
    assert result.content == data(vector, "stamped")
    assert result.blake3 == vector["stamped_blake3"]
    assert result.sidecar == (data(vector, "sidecar") if vector["sidecar"] else None)
    again = read(result.content)
    assert again.content == content
    assert carried(again, vector["file"], stamp.stamp_type)


@pytest.mark.parametrize("vector", STAMPS)
def test_the_hashes_of_a_vector_are_those_of_its_bytes(vector: dict[str, Any]) -> None:
    content, stamped = data(vector, "content"), data(vector, "stamped")
    assert vector["content_hash"] == hash_of(content)
    assert vector["blake3"] == blake3(content).hexdigest()
    assert vector["stamped_blake3"] == blake3(stamped).hexdigest()
    text = data(vector, "sidecar") if vector["sidecar"] else stamped
    assert text.count(b"hash") >= 1
    assert vector["content_hash"].encode() in text
    assert vector["stamp"]["uid"].encode() in text
    if not vector["sidecar"]:
        # What was put in is in one place: the rest is in front of it and behind it.
        added, places = len(stamped) - len(content), range(len(content) + 1)
        assert any(stamped[:at] + stamped[at + added :] == content for at in places)


LITERALS = [
    # name of the file, its content, and the bytes around the stamp
    ("a.py", b"x = 1\n", b"# ", b"\nx = 1\n"),
    ("a.sh", b"#!/bin/sh\necho\n", b"#!/bin/sh\n# ", b"\necho\n"),
    ("a.go", b"package a\n", b"// ", b"\n\npackage a\n"),
    ("a.css", b"a {}\r\n", b"/* ", b" */\r\na {}\r\n"),
    ("a.xml", b"<?xml version='1.0'?><a/>", b"<?xml version='1.0'?><!-- ", b" --><a/>"),
    ("a.rst", b"\xef\xbb\xbfTitle\n", b"\xef\xbb\xbf.. ", b"\n\nTitle\n"),
    ("a.j2", b"{{ x }}", b"{# ", b" #}{{ x }}"),
]


@pytest.mark.parametrize(("name", "content", "before", "behind"), LITERALS)
def test_literally(name: str, content: bytes, before: bytes, behind: bytes) -> None:
    uid = UUID("11111111-2222-4333-8444-555555555555")
    moment = datetime.fromisoformat("2026-03-04T05:06:07.890+00:00")
    said = (
        f"ONEX:uid=11111111-2222-4333-8444-555555555555,hash={hash_of(content)}"
        ",ts=2026-03-04T05:06:07.890+00:00"
    )
    result = mark(content, read(content), name, Stamp(uid, hash_of(content), moment))
    assert result.content == before + said.encode() + behind
    assert result.blake3 == blake3(result.content).hexdigest()


def test_the_hash_of_nothing_and_of_a_word() -> None:
    nothing = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    assert read(b"").content_hash == read(b" \n\n\n\t").content_hash == nothing
    word = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
    assert read(b"\n\nabc\n").content_hash == read(b"abc").blake3 == word


@pytest.mark.parametrize("vector", READINGS)
def test_a_content_is_read_so(vector: dict[str, Any]) -> None:
    reading = read(data(vector, "stamped"))
    assert reading.blake3 == vector["stamped_blake3"]
    assert reading.content == data(vector, "content")
    assert reading.content_hash == vector["content_hash"] == hash_of(reading.content)
    assert vector["stamps"] == [
        {
            "form": stamp.form.value,
            "hash": stamp.content_hash,
            "is_valid": stamp.is_valid,
            "is_current": stamp.is_current,
        }
        for stamp in reading.stamps
    ]
