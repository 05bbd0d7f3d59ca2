"""Where stamps stand: behind what has to come first, and nowhere in the middle."""

import pytest

from onextree.stamping.marking import carried, mark, read, strip
from onextree.stamping.model import StampForm, StampType
from tests.stamped import marked, stamp_of

# Each content with ^ where its stamp goes.
PLACES = {
    "a.py": [
        b"^import os\n",
        b"^",
        b"^\n\n\nx",
        b"\xef\xbb\xbf^import os\n",
        b"\xef\xbb\xbf#!/usr/bin/python\n^x",
        b"#!/usr/bin/env python3\n^import os\n",
        b"#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\n^x = '\xe9'\n",
        b"# vim: set fileencoding=utf-8 :\n^x",
        b"# a comment\n# coding=utf-8\n^x",
        b"\n# coding=utf-8\n^x",
        b"\x0c# coding=utf-8\n^x",
        b"^# a comment\n# another\n# coding=utf-8\nx",
        b"^x = 1\n# coding=utf-8\n",
        b"^# coding=utf-8 \\\nx",
    ],
    "a.rs": [b"^#![allow(dead_code)]\nfn main() {}\n", b"^#! [x]\n", b"#!/usr/bin/run\n^fn\n"],
    "a.go": [b"^//go:build linux\n\npackage a\n", b"//usr/bin/env go run $0; exit\n^package a\n"],
    "a.erl": [
        b"%% coding: latin-1\n^-module(a).\n",
        b"#!/usr/bin/env escript\n%% -*- erlang -*-\n%%! -smp enable\n^main(_) -> ok.\n",
        b"#!/usr/bin/env escript\n%%! -smp enable\n^main(_) -> ok.\n",
    ],
    "a.hs": [b"#!/usr/bin/env stack\n-- stack script\n^main = x\n", b"^-- stack script\nmain\n"],
    "a.el": [b";;; a.el --- x  -*- lexical-binding: t; -*-\n^;;; Code:\n"],
    "a.zsh": [b"#compdef a\n^_a() { }\n"],
    "a.tcl": [b"#!/bin/sh\n^# -*- tcl -*- \\\nexec tclsh\n"],
    "a.c": [
        b"/* -*- mode: c; tab-width: 4 -*- */\n^int x;\n",
        b"^/* -*- mode: c; tab-width: 4 -*-\n * x */\n",
        b"^#define A /* coding: x\n */\n",
        b'^#define A "x\\\n// coding: x"\n',
    ],
    "a.js": [
        b"/** @jest-environment jsdom */\n^x\n",
        b"#!/usr/bin/env node\n/**\n * @flow\n */\n^x\n",
        b"^/** @license MIT */\nx\n",
        b"^/**/ x /* @flow */\n",
        b"^/** @flow */ x\n",
    ],
    "a.xml": [
        b"<?xml version='1.0'?>\n^<a/>\n",
        b"<?xml version='1.0'?>^<a/>",
        b"<?xml version='1.0'?>^  <a/>",
        b"\xef\xbb\xbf<?xml version='1.0'?>\r\n^<a/>",
        b"^<a/>",
        b"---\n---\n<?xml version='1.0'?>\n^<a/>\n",
    ],
    "a.html": [
        b"<!DOCTYPE html>\n^<html>\n",
        b"<!doctype html>^<html>",
        b'<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN">\n^<html>',
        b"^<html>\n",
        b"^<!-- x --><!DOCTYPE html>\n",
        b"---\ntitle: x\n---\n^<html>\n",
    ],
    "a.md": [
        b"---\ntitle: x\n---\n^# Title\n",
        b"+++\ntitle = 'x'\n+++\r\n^# Title\n",
        b"---\n---\n^# Title\n",
        b"^---\ntitle: x\n",
        b"^--- \nx\n---x\n+++\n",
        b"^# Title\n---\n---\n",
    ],
    "a.yaml": [b"^---\na: 1\n---\nb: 1\n", b"^%YAML 1.2\n---\na: 1\n"],
    "a.css": [b'@charset "utf-8";\n^a{}', b'@charset "utf-8";^a{}'],
    "a.php": [
        b"<?php\n^echo 1;",
        b"<?php declare(strict_types=1);\n^echo 1;",
        b"#!/usr/bin/env php\n<?php \r\n^echo 1;",
    ],
    "Dockerfile": [
        b"# syntax=docker/dockerfile:1\n# Escape = `\n^FROM x\n",
        b"^# a comment\n# syntax=x\nFROM x\n",
        b"^FROM x\n",
    ],
    "a.tex": [b"%&pdflatex\n^\\documentclass{a}\n", b"^% x\n"],
    "a.j2": [b"^#!/bin/sh\n", b"\xef\xbb\xbf^{% x %}"],
    "a.rst": [b"^Title\n=====\n", b"^\n\nTitle\n"],
    "": [b"#!/bin/sh\n^x\n", b"^x"],
}
CASES = [(name, each) for name, contents in PLACES.items() for each in contents]


@pytest.mark.parametrize("kind", StampType)
@pytest.mark.parametrize(("name", "with_place"), CASES)
def test_a_stamp_stands_behind_what_comes_first(
    name: str, with_place: bytes, kind: StampType
) -> None:
    before, _, after = with_place.partition(b"^")
    result = marked(before + after, name, kind)
    assert result.sidecar is None
    assert result.content.startswith(before + result.text.encode())
    assert result.content.endswith(after)
    between = result.content[len(before) + len(result.text) : len(result.content) - len(after)]
    assert between.strip() == b""
    assert strip(result.content) == before + after


@pytest.mark.parametrize(
    ("name", "content", "between"),
    [
        ("a.sh", b"#!/bin/sh", b"\n"),
        ("a.sh", b"\xef\xbb\xbf#!/bin/sh", b"\n"),
        ("a.sh", b"#!/bin/sh\r", b"\r\n"),
        ("a.py", b"# x\r\n# coding: x", b"\r\n"),
        ("a.md", b"---\r\nx: 1\r\n---", b"\r\n"),
        ("a.md", b"---\nx: 1\n---\r", b"\r\n"),
        ("a.php", b"<?php", b"\n"),
        ("a.tex", b"%&latex", b"\n"),
        ("Dockerfile", b"# syntax=x", b"\n"),
    ],
)
def test_behind_a_last_line_without_an_end_it_has_none_either(
    name: str, content: bytes, between: bytes
) -> None:
    result = marked(content, name)
    assert result.content == content + between + result.text.encode()
    assert strip(result.content) == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{}\n"),
        ("LICENSE", b"x\n"),
        ("a.csv", b"a,b\n"),
        ("a.txt", b"x\n"),
        ("a.ipynb", b"{}"),
        ("package-lock.json", b"{}"),
        ("go.sum", b"x\n"),
        ("flake.lock", b"{}"),
        ("a.unknown", b"x"),
        ("a", b"x"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0"),
        ("a.py", b"x = '\0'\n"),
        ("a.py", "x = 1\n".encode("utf-16")),
        ("a.py", b"\xff\xfe\x41\x41"),
        ("a.php", b"<html><?php echo 1; ?>"),
        ("a.php", b"<?php echo 1;\n"),
        ("a.php", b""),
        ("a.rst", b"  indented\n"),
        ("a.rst", b"\n\n  indented\n"),
        ("a.ts", b"<?xml version='1.0'?><TS/>"),
        ("a.xml", b"<?xml version='1.0'"),
        ("a.xml", b""),
        ("app.config", b"key = value\n"),
        ("a.plist", b"{ a = 1; }"),
    ],
)
def test_what_has_no_place_for_a_stamp_has_it_beside(name: str, content: bytes) -> None:
    result = marked(content, name)
    assert result.sidecar is not None
    assert result.content == content
    assert result.blake3 == read(content).blake3
    assert carried(read(content), name, StampType.LIGHTWEIGHT)


def test_a_stamp_in_the_middle_is_content() -> None:
    stamp = marked(b"x\n", "a.py").text.encode()
    html = marked(b"x\n", "a.html", StampType.RICH).text.encode()
    for content in (
        b"x\n" + stamp + b"\n",
        b"# Stamps\n\n```\n" + stamp + b"\n```\n",
        b" " + stamp + b"\n",
        b"\n" + stamp + b"\n",
        b"x\n\n" + html + b"\n\nx\n",
        b"x" + html,
        b"'''" + stamp + b"'''\n",
        b"<?xml version='1.0'?>" + stamp + b"\n<a/>",
        b"/* ONEX_METADATA_START\n   is what a stamp begins with */\n",
        b"/* ONEX_METADATA_START */ x = 1; /* ONEX_METADATA_END */\n",
        b"<!-- ONEX_METADATA_START -->\n<p>\n<!-- ONEX_METADATA_END -->\n",
        b"# ONEX_METADATA_START\nx = 1\n# ONEX_METADATA_END\n",
        b"/* ONEX:uid=a,hash=b,ts=1\n */\n",
    ):
        assert read(content).stamps == ()
        assert read(content).content == content


def test_where_it_stands_elsewhere_it_is_found_and_not_current() -> None:
    stamp = marked(b"#!/bin/sh\nx\n", "a.sh").text.encode()
    reading = read(stamp + b"\n#!/bin/sh\nx\n")
    (found,) = reading.stamps
    assert found.is_valid
    assert not found.is_current
    assert not carried(reading, "a.sh", StampType.LIGHTWEIGHT)
    again = mark(b"", reading, "a.sh", stamp_of(reading.content))
    assert again.content == b"#!/bin/sh\n" + stamp + b"\nx\n"


def test_a_file_of_another_type_does_not_carry_it() -> None:
    reading = read(marked(b"x\n", "a.py").content)
    assert carried(reading, "a.py", StampType.LIGHTWEIGHT)
    assert carried(reading, "a.yaml", StampType.LIGHTWEIGHT)
    assert not carried(reading, "a.py", StampType.RICH)
    assert not carried(reading, "a.js", StampType.LIGHTWEIGHT)
    assert not carried(reading, "a.json", StampType.LIGHTWEIGHT)
    assert not carried(reading, "a.py", StampType.LIGHTWEIGHT, sidecar=True)


def test_a_changed_content_carries_a_stamp_that_does_not_hold() -> None:
    reading = read(marked(b"x = 1\n", "a.py").content.replace(b"x = 1", b"x = 2"))
    assert [stamp.is_valid for stamp in reading.stamps] == [False]
    assert not carried(reading, "a.py", StampType.LIGHTWEIGHT)


def test_whitespace_at_the_ends_does_not_matter_to_a_stamp() -> None:
    content = marked(b"x = 1\n", "a.py").content
    assert all(stamp.is_valid for stamp in read(content.rstrip() + b"\n\n\n\n").stamps)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- ONEX:META:" + "a" * 64 + " -->\n# Title\n",
        "# ONEX_HASH:" + "a" * 64 + "\nx = 1\n",
        "#!/bin/sh\n# ONEX_HASH:" + "a" * 64 + "\nx = 1\n",
        "<!-- METADATA_STAMP:lightweight:blake3:" + "a" * 64 + " -->\nx\n",
        "# === OmniNode:Metadata ===\n# uuid: a-b\n# hash: cd\n# === /OmniNode:Metadata ===\nx\n",
        "#!x\n# === OmniNode:Tool_Metadata ===\n# name: a\n# === /OmniNode:Tool_Metadata ===\nx\n",
        "<!-- === OmniNode:Metadata ===\nhash: cd\n=== /OmniNode:Metadata === -->\nx\n",
    ],
)
def test_older_references_are_told_and_stay(text: str) -> None:
    reading = read(text.encode())
    (found,) = reading.stamps
    assert found.form is StampForm.REFERENCE
    assert found.is_valid is None
    assert found.content_hash is None
    assert found.fields
    assert reading.content == text.encode()
    result = marked(text.encode(), "a.py")
    again = read(result.content)
    assert again.content == text.encode()
    assert {stamp.form for stamp in again.stamps} == {StampForm.LIGHTWEIGHT, StampForm.REFERENCE}
    assert carried(again, "a.py", StampType.LIGHTWEIGHT)


def test_the_table_of_styles_names_each_type_once() -> None:
    from onextree.stamping.styles import STYLES

    types = [name for style in STYLES for name in style.types.split()]
    names = [name for style in STYLES for name in style.names.split()]
    assert len(set(types)) == len(types) > 150
    assert len(set(names)) == len(names) > 60
    assert all(name == name.lower() for name in types + names)
