"""Stamps beside files."""

import json

import pytest

from onextree.stamping.marking import mark, read
from onextree.stamping.model import StampForm, StampType
from onextree.stamping.sidecars import (
    is_sidecar,
    read_sidecar,
    render_sidecar,
    sidecar_name,
    sidecar_of,
)
from tests.stamped import ABOUT, marked, stamp_of

CONTENT = b'{"a": 1}\n'


def test_a_sidecar_to_the_byte() -> None:
    stamp = stamp_of(CONTENT, author="Zoë", about={"tree": {"version": 7}, "hash": "not this"})
    expected = f"""{{
  "onex_metadata": {{
    "metadata_version": "0.1",
    "uid": "{stamp.uid}",
    "hash": "{stamp.content_hash}",
    "blake3": "{"b" * 64}",
    "timestamp": "2026-03-04T05:06:07.890+00:00",
    "protocol_version": "1.0",
    "namespace": "omninode.services.metadata",
    "file": "a.json",
    "stamp_type": "lightweight",
    "integrity": {{
      "algorithm": "BLAKE3",
      "hash": "{stamp.content_hash}"
    }},
    "author": "Zo\\u00eb",
    "tree": {{
      "version": 7
    }}
  }}
}}
"""
    assert render_sidecar(stamp, name="a.json", blake3="b" * 64).decode() == expected


@pytest.mark.parametrize("kind", StampType)
def test_it_reads_back(kind: StampType) -> None:
    result = marked(CONTENT, "src/a.json", kind, about=ABOUT)
    assert result.sidecar is not None
    assert result.text == result.sidecar.decode()
    reading = read(result.content)
    found = read_sidecar(result.sidecar, content_hash=reading.content_hash)
    assert found is not None
    assert found.form is StampForm.SIDECAR
    assert found.is_valid
    assert found.is_current
    assert found.fields["blake3"] == result.blake3 == reading.blake3
    assert found.fields["file"] == "a.json"
    assert found.fields["stamp_type"] == kind.value
    assert {name: found.fields[name] for name in ABOUT} == ABOUT


def test_it_does_not_hold_for_another_content() -> None:
    sidecar = marked(CONTENT, "a.json").sidecar
    assert sidecar is not None
    found = read_sidecar(sidecar, content_hash="0" * 64)
    assert found is not None
    assert found.is_valid is False


def test_one_that_was_formatted_anew_holds_and_is_not_current() -> None:
    result = marked(CONTENT, "a.json")
    assert result.sidecar is not None
    compact = json.dumps(json.loads(result.sidecar)).encode()
    found = read_sidecar(compact, content_hash=read(CONTENT).content_hash)
    assert found is not None
    assert found.is_valid
    assert not found.is_current


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"onex_metadata": 1}',
        b'{"onex_metadata": {}}',
        b'{"onex_metadata": {"hash": 1}}',
        b"\xff",
        b"[" * 100_000,
        b'{"onex_metadata": {"hash": "\xff"}}',
    ],
)
def test_what_is_no_sidecar(content: bytes) -> None:
    assert read_sidecar(content, content_hash="0" * 64) is None


def test_any_file_can_have_one_and_loses_its_stamp_then() -> None:
    given = marked(b"x = 1\n", "a.py").content
    result = mark(given, read(given), "a.py", stamp_of(given), sidecar=True)
    assert result.content == b"x = 1\n"
    assert result.sidecar is not None
    assert result.blake3 == read(b"x = 1\n").blake3


def test_names() -> None:
    assert sidecar_name("a.json") == ".a.json.onex-meta.json"
    assert sidecar_of(".a.json.onex-meta.json") == "a.json"
    assert sidecar_of("a.json") is None
    assert is_sidecar(sidecar_name("x"))
    assert not is_sidecar(".onex-meta.json")
