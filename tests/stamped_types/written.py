"""Files written for tests, of types that nothing installed here brings; first lines matter."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.stamped_types import parsers, programs
from tests.stamped_types.parsers import lines, tokens, tree, without
from tests.stamped_types.verdicts import Reader

__all__ = ["BESIDE", "WRITTEN", "WrittenFile"]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file, and what reads its type."""

    name: str
    content: bytes
    readers: Sequence[Reader]


def _file(name: str, text: str, *readers: Reader, encoding: str = "utf-8") -> WrittenFile:
    return WrittenFile(name, text.encode(encoding), readers)


_XML = '<?xml version="1.0" encoding="utf-8"?>'

_CODE = (
    _file(
        "latin.py", "# -*- coding: latin-1 -*-\nNAME = 'é'\n", parsers.python, encoding="latin-1"
    ),
    _file(
        "second.py",
        "#!/usr/bin/python\n# vim: set fileencoding=utf-8 :\n'''Doc.'''\nX = 1\n",
        parsers.python,
    ),
    _file(
        "future.pyw",
        '"""Doc."""\nfrom __future__ import annotations\n\nx: int = 1\n',
        parsers.python,
    ),
    _file(
        "tool.js",
        '#!/usr/bin/env node\n"use strict";\nconst a = 1;\n',
        programs.script,
        tree("javascript"),
    ),
    _file(
        "a.test.js",
        "/**\n * @jest-environment jsdom\n */\ntest('a', () => {});\n",
        programs.script,
        tree("javascript"),
        parsers.first_line,
    ),
    _file("view.jsx", "/** @jsx h */\nexport const V = () => <p>{1}</p>;\n", tree("javascript")),
    _file("view.tsx", "export const V = (p: { a: number }) => <p>{p.a}</p>;\n", tree("tsx")),
    _file(
        "refs.mts",
        '/// <reference types="node" />\nexport const a: number = 1;\n',
        programs.typescript,
        tree("typescript"),
    ),
    _file("shape.cts", "const a: number = 1;\n", programs.typescript, tree("typescript")),
    _file(
        "a.go", "//go:build linux\n// +build linux\n\n// Package a is one.\npackage a\n", tree("go")
    ),
    _file("lib.rs", "#![allow(dead_code)]\n//! A crate.\n\nfn main() {}\n", tree("rust")),
    _file("A.java", "package a;\n\n/** A class. */\npublic class A { int b = 1; }\n", tree("java")),
    _file("A.kt", '@file:JvmName("A")\npackage a\n\nfun b() = 1\n', tree("kotlin")),
    _file("build.gradle.kts", 'plugins { id("java") }\n', tree("kotlin")),
    _file("build.gradle", "plugins { id 'java' }\n", tokens("groovy")),
    _file("A.cs", "#nullable enable\nusing System;\n\nclass A { }\n", tree("csharp")),
    _file("a.php", "<?php\n\ndeclare(strict_types=1);\n\necho 1;\n", tree("php")),
    _file("tool.php", "#!/usr/bin/env php\n<?php\necho 1;\n", tokens("php")),
    _file("a.swift", "import Foundation\n\nlet a = 1\n", tree("swift")),
    _file(
        "Package.swift",
        "// swift-tools-version: 5.9\nimport PackageDescription\n",
        tree("swift"),
        parsers.first_line,
    ),
    _file("A.scala", "package a\n\nobject A { val b = 1 }\n", tree("scala")),
    _file(
        "A.sol",
        "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\n\ncontract A {}\n",
        tree("solidity"),
    ),
    _file("a.dart", "// @dart=2.19\nlibrary a;\n\nvoid main() {}\n", tree("dart")),
    _file("a.lua", "#!/usr/bin/env lua\nlocal a = 1\nreturn a\n", tokens("lua")),
    _file("A.hs", "{-# LANGUAGE GADTs #-}\nmodule A where\n\na :: Int\na = 1\n", tree("haskell")),
    _file("a.ex", "defmodule A do\n  def b, do: 1\nend\n", tree("elixir")),
    _file("a.nix", "{ pkgs ? import <nixpkgs> { } }:\npkgs.hello\n", tree("nix")),
    _file("main.tf", 'resource "a" "b" {\n  c = 1\n}\n', tree("hcl")),
    _file("a.zig", "//! A module.\nconst a = 1;\n", tokens("zig")),
    _file(
        "a.rb",
        "#!/usr/bin/env ruby\n# encoding: utf-8\n# frozen_string_literal: true\n\nA = 1\n",
        tree("ruby"),
    ),
    _file("A.pm", "package A;\nuse strict;\n\n=pod\n\nText.\n\n=cut\n\n1;\n", tokens("perl")),
    _file(
        "a.erl", "%% coding: latin-1\n-module(a).\n-export([b/0]).\nb() -> ok.\n", tokens("erlang")
    ),
    _file(
        "tool.escript",
        "#!/usr/bin/env escript\n%% -*- erlang -*-\n%%! -smp enable\nmain(_) -> ok.\n",
        tokens("erlang"),
    ),
    _file("a.clj", "(ns a)\n(def b 1)\n", tokens("clojure")),
    _file(
        "a.el",
        ";;; a.el --- A file -*- lexical-binding: t; -*-\n(provide 'a)\n",
        tokens("emacs-lisp"),
        parsers.first_line,
    ),
    _file("a.rkt", "#lang racket\n(define a 1)\n", tokens("racket")),
    _file("a.jl", "module A\nb = 1\nend\n", tokens("julia")),
    _file("a.nim", "let a = 1\n", tokens("nim")),
    _file("a.cr", "a = 1\nputs a\n", tokens("crystal")),
    _file("a.ml", 'let a = 1\nlet b = "(* no comment *)"\n', tokens("ocaml")),
    _file("a.fs", "module A\nlet b = 1\n", tokens("fsharp")),
    _file("A.elm", "module A exposing (b)\n\nb = 1\n", tokens("elm")),
    _file("a.tcl", "#!/usr/bin/env tclsh\nset a 1\n", tokens("tcl")),
    _file("a.awk", "#!/usr/bin/awk -f\nBEGIN { print 1 }\n", tokens("awk")),
    _file("a.coffee", "a = -> 1\n", tokens("coffeescript")),
    _file("a.vb", "Module A\nEnd Module\n", tokens("vb.net")),
    _file("a.glsl", "#version 450\nvoid main() { }\n", tokens("glsl")),
    _file("_tool.zsh", "#compdef tool\n_arguments '1:name'\n", tokens("zsh"), parsers.first_line),
    _file("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(a)\n", tokens("cmake")),
)

_TEXT = (
    _file(
        "Dockerfile",
        "# syntax=docker/dockerfile:1\n# escape=`\n\nFROM scratch\n",
        tokens("docker"),
        parsers.first_line,
    ),
    _file("requirements.txt", "--no-binary :all:\na==1  # why\n", lines("#")),
    _file(".gitconfig", "[user]\n\tname = A\n[alias]\n\ta = !b\n", programs.configuration),
    _file(".gitmodules", '[submodule "a"]\n\tpath = a\n\turl = ../a\n', programs.configuration),
    _file(".editorconfig", "root = true\n\n[*]\nindent_size = 4\n", tokens("ini")),
    _file(".npmrc", "save-exact=true\n", lines("#")),
    _file("go.mod", "module a\n\ngo 1.22\n", lines("//")),
    _file("a.service", "[Unit]\nDescription=A\n\n[Service]\nExecStart=/bin/true\n", parsers.ini),
    _file("a.desktop", "[Desktop Entry]\nName=A\nType=Application\n", parsers.ini),
    _file("a.conf", "user nobody;\nevents { }\n", tokens("nginx")),
    _file(
        "a.po", 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n', tokens("po")
    ),
    _file("a.json5", "{\n  a: 1,\n}\n", tokens("json5")),
    _file("a.jsonc", '{\n  "a": 1 // why\n}\n', tokens("json5")),
    _file("a.scss", "$a: 1px;\n.b { .c & { width: $a; } }\n", tokens("scss")),
    _file("a.less", "@a: 1px;\n.b { width: @a; }\n", tokens("less")),
    _file(
        "a.css",
        '@charset "utf-8";\n@import "b.css";\np { color: red }\n',
        tree("css"),
        parsers.first_line,
    ),
    _file(
        "user-data.yaml",
        "#cloud-config\npackages: [a]\n",
        parsers.yaml_values,
        parsers.first_line,
    ),
    _file("two.yaml", "%YAML 1.1\n---\na: 1\n---\nb: 2\n", parsers.yaml_values),
    _file(
        "a.tex",
        "%&latex\n\\documentclass{article}\n\\begin{document}\nA\n\\end{document}\n",
        tokens("tex"),
        parsers.first_line,
    ),
    _file("a.adoc", "= Title\n:toc:\n\nText.\n", lines("//")),
    _file("a.rst", ":orphan:\n\nTitle\n=====\n\nText.\n", tokens("restructuredtext")),
    _file("plain.md", "Title\n=====\n\n    code\n", parsers.markdown),
    _file(
        "page.mdx",
        "---\na: 1\n---\nimport B from './b'\n\n# Title\n\n<B />\n",
        without(rb"\{/\*.*?\*/\}\s*", parsers.markdown),
        parsers.first_line,
    ),
)

_MARKUP = (
    _file("a.html", "<!DOCTYPE html>\n<html lang=en><title>A</title><p>B\n", parsers.html),
    _file(
        "a.xhtml",
        f'{_XML}\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n<html></html>\n',
        parsers.xml,
        parsers.html,
    ),
    _file(
        "latin.xml",
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a b="é"/>\n',
        parsers.xml,
        encoding="latin-1",
    ),
    _file("one.xml", f"{_XML}<a><![CDATA[<!-- no comment -->]]></a>", parsers.xml),
    _file(
        "a.plist",
        f'{_XML}\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
        '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist><dict/></plist>\n',
        parsers.xml,
    ),
    _file("a.csproj", '<Project Sdk="Microsoft.NET.Sdk">\n</Project>\n', parsers.xml),
    _file(
        "A.vue",
        "<template>\n  <p>{{ a }}</p>\n</template>\n<script>\nexport default {}\n</script>\n",
        parsers.html,
    ),
    _file("A.svelte", "<script>\n  let a = 1;\n</script>\n\n<p>{a}</p>\n", parsers.html),
    _file("a.html.j2", "{% set a = 1 %}\n<p>{{ a }}</p>\n", parsers.jinja),
    _file("a.sh.jinja2", "#!/bin/sh\necho {{ 1 + 1 }}\n", parsers.jinja),
    _file("a.twig", "{% extends 'b' %}\n{% block c %}1{% endblock %}\n", tokens("twig")),
    _file("a.html.erb", "<p><%= 1 %></p>\n", without(rb"<%#.*?%>", tokens("erb"))),
)

WRITTEN = (*_CODE, *_TEXT, *_MARKUP)

BESIDE = (
    _file("bus.conf", "<!-- A. -->\n<!DOCTYPE busconfig>\n<busconfig/>\n"),
    _file("a.conf.j2", "#jinja2: trim_blocks: True\na {{ b }}\n"),
    _file("nothing.php", "<p>1</p>\n"),
    _file("a.ts", f"{_XML}\n<!DOCTYPE TS>\n<TS/>\n"),
    _file("nextflow.config", "process.executor = 'local'\n"),
    _file("a.rst", "   Indented.\n"),
    _file("a.ipynb", '{"cells": []}\n'),
    _file("utf-16.py", "x = 1\n", encoding="utf-16"),
)
"""Of types that carry stamps; these contents leave no place for one, or are of another type."""
