"""Stamps as they are written: they say what they were given, and stay comments whatever that is."""

import re
import tokenize
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.stamping.marking import read, strip
from onextree.stamping.model import StampType
from onextree.stamping.rendering import time_text
from onextree.stamping.styles import STYLES, Style, style_of, style_of_program
from tests.stamped import ABOUT, NAMES, marked, stamp_of

ENDERS = r"""-- --> --!> */ /* (* *) ?> %> <% #} {# {{ ${ {% %~dp0 ??/ - \ \u000a " ' ` é 😀"""
enders = st.sampled_from([*ENDERS.split(), "\n", "\r\n", "\u2028", "\0", " "])
texts = (
    st.lists(st.one_of(enders, st.text(max_size=3)), max_size=6)
    .map("".join)
    .filter(lambda text: not re.search("[\ud800-\udfff]", text))
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
abouts = st.dictionaries(texts, values, max_size=4)
styles = st.sampled_from(STYLES)


def content_for(style: Style) -> bytes:
    return b"<?php\n1;\n" if style.needs else b"<a/>\n" if style.opening else b"a = 1\n"


def stamped(style: Style, kind: StampType, **more: Any) -> tuple[str, Any]:
    result = marked(content_for(style), f"x.{style.types.split()[0]}", kind, **more)
    assert result.sidecar is None
    (found,) = read(result.content).stamps
    assert found.text == result.text
    return result.text, found.fields


def assert_a_comment(style: Style, text: str) -> None:
    sign, close = style.syntax.sign.decode(), style.syntax.close.decode()
    assert text.isascii()
    assert text.isprintable() or re.fullmatch(r"[\x20-\x7e\n]*", text)
    lines = text.split("\n")
    assert not any(line.endswith("\\") for line in lines)
    assert "%~" not in text
    assert "{{" not in text
    if sign == "<!--":
        inside = re.sub(r"<!--|-->", "", text)
        assert "--" not in inside
        assert ElementTree.fromstring(f"<a>{text}</a>").text is None or "\n" in text
    elif close:
        assert text.startswith(sign + " ")
        assert text.find(close) == len(text) - len(close)
        assert text.count(sign) == 1
    elif sign == "..":
        assert all(line.startswith("   ") for line in lines[1:])
    else:
        assert all(line.startswith(sign + " ") for line in lines)
        assert "?>" not in text


@given(styles, abouts)
@settings(max_examples=150, deadline=None)
def test_a_rich_stamp_says_what_it_was_given(style: Style, about: dict[str, Any]) -> None:
    text, fields = stamped(style, StampType.RICH, about=about)
    assert_a_comment(style, text)
    core = ("uid", "hash", "timestamp", "protocol_version", "namespace", "integrity")
    assert tuple(fields)[:6] == core
    assert {name: fields[name] for name in fields if name not in core} == {
        name: about[name] for name in about if name not in core
    }


@given(styles, texts, texts)
@settings(max_examples=150, deadline=None)
def test_a_line_says_who_and_which_version(style: Style, author: str, version: str) -> None:
    text, fields = stamped(style, StampType.LIGHTWEIGHT, author=author, version=version)
    assert_a_comment(style, text)
    assert "\n" not in text
    assert fields.get("author", "") == author
    assert fields.get("v", "") == version


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_would_end_a_comment_does_not(name: str) -> None:
    style = style_of(name)
    assert style is not None
    assert_a_comment(style, stamped(style, StampType.RICH, about=ABOUT)[0])


def test_a_line_to_the_byte() -> None:
    stamp = stamp_of(b"x = 1\n", author="Zoë <z@example.org>", version="2--beta")
    assert marked(b"x = 1\n", "x.py", author=stamp.author, version=stamp.version).text == (
        f"# ONEX:uid={stamp.uid},hash={stamp.content_hash},ts=2026-03-04T05:06:07.890+00:00"
        ",author=Zo%C3%AB %3Cz@example.org%3E,v=2-%2Dbeta"
    )


def test_a_usual_name_has_no_percent_sign() -> None:
    assert marked(b"x\n", "x.sql", author="Jane Doe", version="1.0-b").text.endswith(
        ",author=Jane Doe,v=1.0-b"
    )
    assert marked(b"x\n", "x.css", author=" Jane ").text.endswith(",author=%20Jane%20 */")


RICH = """\
ONEX Metadata Stamp
  uid: {uid}
  hash: {hash}
  timestamp: 2026-03-04T05:06:07.890+00:00
  protocol_version: 1.0
  namespace: omninode.services.metadata
  integrity:
    algorithm: BLAKE3
    hash: {hash}
  tree:
    version: 7
    hash: "ab"
  patterns: ["a-\\u002d", null, {{}}]
  empty: {{}}
  "a b": "\\u00e9"
"""
SAID: dict[str, Any] = {
    "tree": {"version": 7, "hash": "ab"},
    "patterns": ["a--", None, {}],
    "empty": {},
    "a b": "é",
    "uid": "not this one",
}


@pytest.mark.parametrize(
    ("name", "first", "before", "last"),
    [
        ("x.py", "# ONEX_METADATA_START\n", "# ", "# ONEX_METADATA_END"),
        ("x.go", "// ONEX_METADATA_START\n", "// ", "// ONEX_METADATA_END"),
        ("x.css", "/* ONEX_METADATA_START\n", "   ", "   ONEX_METADATA_END */"),
        ("x.rst", ".. ONEX_METADATA_START\n", "   ", "   ONEX_METADATA_END"),
        (
            "x.html",
            "<!-- ONEX_METADATA_START -->\n<!-- ",
            "",
            "-->\n<!-- ONEX_METADATA_END -->",
        ),
    ],
)
def test_a_block_to_the_byte(name: str, first: str, before: str, last: str) -> None:
    stamp = stamp_of(b"x = 1\n")
    lines = RICH.format(uid=stamp.uid, hash=stamp.content_hash).splitlines(keepends=True)
    expected = first + "".join(before + line for line in lines) + last
    assert marked(b"x = 1\n", name, StampType.RICH, about=SAID).text == expected


@pytest.mark.parametrize("kind", StampType)
def test_python_takes_it_for_comments(kind: StampType) -> None:
    source = b"#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\nname = '\xe9'\n"
    content = marked(source, "x.py", kind).content
    told = {
        token.type for token in tokenize.tokenize(BytesIO(content).readline) if token.start[0] == 4
    }
    assert told <= {tokenize.COMMENT, tokenize.NL, tokenize.NAME, tokenize.OP} | {
        tokenize.STRING,
        tokenize.NEWLINE,
    }
    values: dict[str, Any] = {}
    exec(compile(content, "x.py", "exec"), values)
    assert values["name"] == "é"


def test_a_moment_is_told_in_utc() -> None:
    there = timezone(timedelta(hours=2))
    assert time_text(datetime(2026, 1, 1, 1, tzinfo=there)) == "2025-12-31T23:00:00.000+00:00"
    assert time_text(datetime(2026, 1, 1, 1, 2, 3, 4)) == "2026-01-01T01:02:03.000004+00:00"


@pytest.mark.parametrize(
    ("first", "sign"),
    [
        ("#!/bin/sh", b"#"),
        ("#!/usr/bin/env python3", b"#"),
        ("#! /usr/bin/perl -w", b"#"),
        ("#!/usr/bin/env -S node --no-warnings", b"//"),
        ("#!/usr/bin/lua5.4", b"--"),
        ("#!python3.11", b"#"),
        ("#!/usr/bin/env", None),
        ("#!/opt/my-sh/weird", None),
        ("#!", None),
    ],
)
def test_a_script_whose_name_tells_nothing_is_its_programs(first: str, sign: bytes | None) -> None:
    style = style_of_program(f"{first}\n".encode())
    assert (style.syntax.sign if style else None) == sign
    content = f"{first}\nx\n".encode()
    result = marked(content, "run")
    assert (result.sidecar is None) == (sign is not None)
    assert result.content.startswith(f"{first}\n".encode())
    assert strip(result.content) == content
