"""Whatever a file holds: a stamp goes in, is found, and comes out again to the byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.stamping.content import content_hash
from onextree.stamping.marking import carried, mark, read, strip
from onextree.stamping.model import StampForm, StampType
from tests.stamped import NAMES, marked, stamp_of

HASH = b"0123456789abcdef" * 4
UPSTREAM_LINE = b"# ONEX:uid=a-1,hash=" + HASH + b",ts=2025-01-01T00:00:00+00:00"
UPSTREAM_BLOCK = (
    b"<!-- ONEX_METADATA_START -->\n<!-- ONEX Metadata Stamp\n  uid: a-1\n  hash: "
    + HASH
    + b"\n  timestamp: 2025-01-01T00:00:00+00:00\n-->\n<!-- ONEX_METADATA_END -->"
)

STAMPS = [
    *(marked(b"x\n", name, kind).text.encode() for name in NAMES for kind in StampType),
    UPSTREAM_LINE,
    UPSTREAM_BLOCK,
]
FRAGMENTS = [
    *(stamp[: len(stamp) // 2] for stamp in STAMPS),
    *(stamp[len(stamp) // 2 :] for stamp in STAMPS),
    b"<!-- ONEX_METADATA_START -->",
    b"<!-- ONEX_METADATA_END -->",
    b"# ONEX_METADATA_START",
    b"# ONEX Metadata Stamp",
    b"# ONEX_METADATA_END",
    b"/* ONEX_METADATA_START",
    b"ONEX_METADATA_END */",
    b"# ONEX:uid=a,hash=b,ts=c",
    b"<!-- ONEX:META:" + HASH + b" -->",
    b"# === OmniNode:Metadata ===",
    b"# === /OmniNode:Metadata ===",
]
PIECES = [
    b"\xef\xbb\xbf",
    b"#!/usr/bin/env python3",
    b"#![allow(dead_code)]",
    b"# -*- coding: latin-1 -*-",
    b"%% coding: utf-8",
    b"%%! -smp enable",
    b"-- stack script",
    b"/* -*- mode: c -*- */",
    b"# a comment",
    b"// a comment \\",
    b"<?xml version='1.0'?>",
    b"<?xml version='1.0'",
    b"<!DOCTYPE html>",
    b"<?php",
    b"<?php declare(strict_types=1);",
    b'@charset "utf-8";',
    b"# syntax=docker/dockerfile:1",
    b"# escape=`",
    b"%&latex",
    b"---",
    b"+++",
    b"title: x",
    b"/** @jest-environment jsdom */",
    b"<root/>",
    b"   indented",
]
ENDS = [
    b"\n",
    b"\r\n",
    b"\r",
    b"",
    b"\n\n",
    b"\n\n\n\n",
    b"\r\n\r\n",
    b"\x0c",
    b" ",
    b"\xa0",
    b"\x85",
]

lines = st.tuples(
    st.one_of(
        st.sampled_from(PIECES),
        st.sampled_from(STAMPS),
        st.sampled_from(FRAGMENTS),
        st.binary(max_size=12),
    ),
    st.sampled_from(ENDS),
).map(b"".join)
contents = st.lists(lines, max_size=7).map(b"".join)
names = st.sampled_from([*NAMES, "Dockerfile", "data.json", ""])
types = st.sampled_from(StampType)


@given(contents, names, types)
@settings(max_examples=300, deadline=None)
def test_what_is_stamped_reads_back_as_it_was(given: bytes, name: str, kind: StampType) -> None:
    content = strip(given)
    reading = read(given)
    assert reading.content == content
    result = mark(given, reading, name, stamp_of(given, kind))
    again = read(result.content)
    assert again.content == content
    assert again.blake3 == result.blake3
    assert again.content_hash == reading.content_hash == content_hash(content)
    found = [stamp for stamp in again.stamps if stamp.form is not StampForm.REFERENCE]
    if result.sidecar is not None:
        assert result.content == content
        assert found == []
    else:
        (stamp,) = found
        assert stamp.form.value == kind.value
        assert stamp.is_valid
        assert stamp.is_current
        assert stamp.text == result.text
    assert carried(again, name, kind)


@given(contents, names, types)
@settings(max_examples=100, deadline=None)
def test_stamped_again_it_is_the_same(given: bytes, name: str, kind: StampType) -> None:
    once = mark(given, read(given), name, stamp_of(given, kind))
    twice = mark(once.content, read(once.content), name, stamp_of(once.content, kind))
    assert twice.content == once.content
    assert twice.text == once.text
    assert twice.is_unchanged == (once.sidecar is None)


@given(contents)
@settings(max_examples=300, deadline=None)
def test_what_is_left_has_no_stamp(given: bytes) -> None:
    left = read(strip(given))
    assert {stamp.form for stamp in left.stamps} <= {StampForm.REFERENCE}
    assert left.content == strip(given)


@given(contents, names, names, types, types)
@settings(max_examples=100, deadline=None)
def test_another_style_or_type_takes_the_place_of_the_first(
    given: bytes, first: str, second: str, before: StampType, after: StampType
) -> None:
    once = mark(given, read(given), first, stamp_of(given, before))
    reading = read(once.content)
    other = mark(once.content, reading, second, stamp_of(once.content, after))
    assert strip(other.content) == strip(given)
    if other.content == once.content and other.sidecar is None:
        assert carried(reading, second, after)
    elif other.sidecar is None:
        assert not carried(reading, second, after)


@pytest.mark.parametrize("kind", StampType)
@pytest.mark.parametrize("name", NAMES)
def test_every_style_with_every_line_end(name: str, kind: StampType) -> None:
    opening = {"example.php": b"<?php\n", "example.atom": b"<a>\n"}.get(name, b"")
    for body in (b"", b"a", b"a\n", b"a\nb", b"\n\na\n\n\n\n", b"a\n\x0cb\n", b"\xe9\xff\n"):
        for mark_of_order in (b"", b"\xef\xbb\xbf"):
            unix = mark_of_order + opening + body
            for content in (unix, unix.replace(b"\n", b"\r\n"), unix.replace(b"\n", b"\r")):
                result = marked(content, name, kind)
                assert strip(result.content) == content
                if not (opening and b"\r" in content and b"\n" not in content):
                    assert result.sidecar is None, (name, content)


def test_the_line_end_is_that_of_the_first_line() -> None:
    assert b"+00:00\r\na\r\nb\n" in marked(b"a\r\nb\n", "a.py").content
    assert b"+00:00\na\nb\r\n" in marked(b"a\nb\r\n", "a.py").content
    assert b"+00:00\na\rb\r" in marked(b"a\rb\r", "a.py").content
    rich = marked(b"a\r\n", "a.py", StampType.RICH)
    assert rich.content.count(b"\n") == rich.content.count(b"\r\n")
