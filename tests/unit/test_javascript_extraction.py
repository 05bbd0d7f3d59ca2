"""What files of JavaScript and TypeScript say by their syntax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.extraction.extractors import extract
from onextree.intelligence.extraction.javascript import GRAMMARS
from onextree.intelligence.facts import (
    Definition,
    FileFacts,
    Import,
    decode_facts,
    encode_facts,
)

EVERY = sorted(GRAMMARS)
TYPED = ["TypeScript", "TSX"]


def facts_of(text: str, language: str = "TypeScript") -> FileFacts:
    return extract(language, text.encode())


def definitions_of(text: str, language: str = "TypeScript") -> dict[str, Definition]:
    return {each.name: each for each in facts_of(text, language).definitions}


@pytest.mark.parametrize("language", EVERY)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import x from "./y"', Import("./y", 1, "import", ("default",))),
        ("import x, {a, b as c} from './y'", Import("./y", 1, "import", ("default", "a", "b"))),
        ('import {default as x} from "./y"', Import("./y", 1, "import", ("default",))),
        ('import {"a b" as x} from "./y"', Import("./y", 1, "import", ("a b",))),
        ('import * as x from "./y"', Import("./y", 1, "import", ("*",))),
        ('import x, * as y from "./y"', Import("./y", 1, "import", ("default", "*"))),
        ('import {} from "./y"', Import("./y", 1, "import")),
        ('import "./y.css"', Import("./y.css", 1, "import")),
        ('import x from "./y.json" with {type: "json"}', Import("./y.json", 1, names=("default",))),
        ('export * from "./y"', Import("./y", 1, "reexport", ("*",))),
        ('export * as x from "./y"', Import("./y", 1, "reexport", ("*",))),
        ('export {a as b, default} from "./y"', Import("./y", 1, "reexport", ("a", "default"))),
        ('const x = await import("./y")', Import("./y", 1, "dynamic")),
        ('f(() => import(/* a chunk */ "./y"))', Import("./y", 1, "dynamic")),
        ("import(`./y`)", Import("./y", 1, "dynamic")),
        ('const {a} = require("./y")', Import("./y", 1, "import")),
        ('if (x) { require("./y").z() }', Import("./y", 1, "import")),
        ('require.resolve("./y")', Import("./y", 1, "import")),
    ],
)
def test_an_import_is_told_with_what_it_takes(text: str, expected: Import, language: str) -> None:
    assert facts_of(text, language).imports == (expected,)


@pytest.mark.parametrize("language", TYPED)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('import type {A} from "./y"', Import("./y", 1, "type", ("A",))),
        ('import type A from "./y"', Import("./y", 1, "type", ("default",))),
        ('import type * as A from "./y"', Import("./y", 1, "type", ("*",))),
        ('import {type A, type B as C} from "./y"', Import("./y", 1, "type", ("A", "B"))),
        ('import {type A, b} from "./y"', Import("./y", 1, "import", ("A", "b"))),
        ('import x, {type A} from "./y"', Import("./y", 1, "import", ("default", "A"))),
        ('import type from "./y"', Import("./y", 1, "import", ("default",))),
        ('import {type} from "./y"', Import("./y", 1, "import", ("type",))),
        ('export type {A} from "./y"', Import("./y", 1, "type", ("A",))),
        ('export type * from "./y"', Import("./y", 1, "type", ("*",))),
        ('export type * as A from "./y"', Import("./y", 1, "type", ("*",))),
        ('export {type A} from "./y"', Import("./y", 1, "type", ("A",))),
        ('export {type A, b} from "./y"', Import("./y", 1, "reexport", ("A", "b"))),
        ('import x = require("./y")', Import("./y", 1, "import")),
        ('import type X = require("./y")', Import("./y", 1, "type")),
        ('let x: import("./y").A', Import("./y", 1, "type")),
        ('type A = B<import("./y").C> ', Import("./y", 1, "type")),
        ('let x: typeof import("./y")', Import("./y", 1, "type")),
        ('let x = y as import("./y").A', Import("./y", 1, "type")),
        ('let x = import("./y") as any', Import("./y", 1, "dynamic")),
        ('/// <reference path="./y.d.ts" />', Import("./y.d.ts", 1, "include")),
        ("///<reference path='y.d.ts'/>", Import("y.d.ts", 1, "include")),
    ],
)
def test_what_takes_types_alone_is_told_apart(text: str, expected: Import, language: str) -> None:
    facts = facts_of(text, language)
    assert (facts.imports, facts.errors) == ((expected,), 0)


@pytest.mark.parametrize("language", EVERY)
@pytest.mark.parametrize(
    "text",
    [
        "import(name)",
        "import(`./${name}`)",
        'import("./" + name)',
        "require(name)",
        "require()",
        'require("")',
        'jest.mock("./y")',
        'x.require("./y")',
        "export const a = 1",
        'export default "./y"',
        '// import x from "./y"',
        "const text = \"import x from './y'\"",
        '/// <reference types="node" />',
        '/// <reference lib="dom" />',
        '// <reference path="./y.ts" />',
    ],
)
def test_what_names_no_file_is_no_import(text: str, language: str) -> None:
    assert facts_of(text, language).imports == ()


def test_imports_are_told_in_the_order_of_their_lines() -> None:
    facts = facts_of('import "a"\n\nf(require("b"))\nexport * from "c"\n  import("d")\n')
    assert [(one.target, one.line) for one in facts.imports] == [
        *(("a", 1), ("b", 3), ("c", 4), ("d", 5))
    ]


@pytest.mark.parametrize("language", EVERY)
def test_classes_are_told_with_their_members(language: str) -> None:
    text = """\
export class Cart extends base.Store {
  total = 0
  #rate = () => this.x || 1
  constructor() { super() }
  get size() { return 1 }
  static async *all() {}
  'quoted name'() {}
}
export default class extends mixed(Cart) {}
const Named = class extends Cart { own() {} }
"""
    assert facts_of(text, language).definitions == (
        Definition("Cart", "class", 1, 8, bases=("base.Store",)),
        Definition("Cart.#rate", "method", 3, 3, branches=1),
        Definition("Cart.constructor", "method", 4, 4),
        Definition("Cart.size", "method", 5, 5),
        Definition("Cart.all", "method", 6, 6),
        Definition("Cart.quoted name", "method", 7, 7),
        Definition("default", "class", 9, 9, bases=("mixed",)),
        Definition("Named", "class", 10, 10, bases=("Cart",)),
        Definition("Named.own", "method", 10, 10),
    )


@pytest.mark.parametrize("language", TYPED)
def test_types_are_told_with_what_they_derive_from(language: str) -> None:
    text = """\
abstract class A<T> extends B<T> implements C, d.E<T> { abstract run(): void }
interface F extends G, H<string> { member(): void }
export enum I { One }
export const enum J { Two }
type K = string
"""
    assert facts_of(text, language).definitions == (
        Definition("A", "class", 1, 1, bases=("B", "C", "d.E")),
        Definition("A.run", "method", 1, 1),
        Definition("F", "interface", 2, 2, bases=("G", "H")),
        Definition("I", "enum", 3, 3),
        Definition("J", "enum", 4, 4),
    )


@pytest.mark.parametrize("language", EVERY)
def test_functions_are_told_where_they_have_a_name(language: str) -> None:
    text = """\
function first() {}
export async function second() { function inner() {} }
export default function () {}
function* third() {}
const fourth = async () => 1, fifth = function () {}
export const sixth = x => x
var seventh = 7, Eighth = memo(() => null)
call(function ninth() {})
if (x) { const tenth = () => 1 }
"""
    assert [one.name for one in facts_of(text, language).definitions] == [
        *("first", "second", "second.inner", "default", "third", "fourth", "fifth", "sixth")
    ]
    assert {one.kind for one in facts_of(text, language).definitions} == {"function"}


@pytest.mark.parametrize("language", EVERY)
@pytest.mark.parametrize(
    ("body", "branches"),
    [
        ("return 1", 0),
        ("if (a) b(); else if (c) d(); else e()", 2),
        ("for (;;) {} for (a of b) {} for (a in b) {} while (c) {} do {} while (d)", 5),
        ("switch (a) { case 1: case 2: b(); default: c() }", 2),
        ("try { a() } catch { b() } finally { c() }", 1),
        ("return a ? b : c", 1),
        ("return a && b || c ?? d", 3),
        ("return a + b === c", 0),
        ("return list.filter(one => one && other)", 1),
    ],
)
def test_what_a_function_decides_is_counted(body: str, branches: int, language: str) -> None:
    definitions = definitions_of(f"function f() {{ {body} }}", language)
    assert definitions["f"].branches == branches


def test_members_decide_for_themselves() -> None:
    found = definitions_of("""\
class A {
  value = x ? 1 : 2
  one() { if (a) {} }
  two() { return function () { return b || c } }
}
function outer() { if (a) { function inner() { if (b) {} } } }
if (outside) {}
""")
    assert {name: one.branches for name, one in found.items()} == {
        "A": 1,
        "A.one": 1,
        "A.two": 1,
        "outer": 1,
        "outer.inner": 1,
    }


@pytest.mark.parametrize("language", TYPED)
def test_decorators_are_told_by_name_wherever_they_stand(language: str) -> None:
    found = definitions_of(
        """\
@first @second({a: 1}) class A {
  @a.b() /* why */ @c
  method(@Inject() x) {}
  @field() handler = () => 1
}
@outside export class B {}
export @inside() class C {}
""",
        language,
    )
    assert {name: one.decorators for name, one in found.items()} == {
        "A": ("first", "second"),
        "A.method": ("a.b", "c"),
        "A.handler": ("field",),
        "B": ("outside",),
        "C": ("inside",),
    }


@pytest.mark.parametrize("language", ["JavaScript", "TSX"])
def test_elements_are_read_among_code(language: str) -> None:
    facts = facts_of('import A from "./a"\nexport const B = () => <A b={c && <i/>}>d</A>', language)
    assert [one.target for one in facts.imports] == ["./a"]
    assert facts.definitions == (Definition("B", "function", 2, 2, branches=1),)
    assert facts.errors == 0


def test_types_of_flow_are_read_in_javascript() -> None:
    facts = facts_of('import type {A} from "./a"\nfunction f(x: A): ?string {}', "JavaScript")
    assert facts.imports == (Import("./a", 1, "type", ("A",)),)


@pytest.mark.parametrize("language", EVERY)
@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("#!/usr/bin/env node\nrun()", ("main",)),
        ("#!/usr/bin/env -S deno run\n", ("main",)),
        ("#!/bin/sh\n", ()),
        ("if (require.main === module) run()", ("main",)),
        ("if (module === require.main) run()", ("main",)),
        ("if (import.meta.main) run()", ("main",)),
        ("if (import.meta.url === `file://${process.argv[1]}`) run()", ("main",)),
        ("const here = dirname(import.meta.url)", ()),
        ("const root = require.main.filename", ()),
        ("// require.main === module", ()),
    ],
)
def test_what_can_be_started_is_marked(text: str, marks: tuple[str, ...], language: str) -> None:
    assert facts_of(text, language).marks == marks


@pytest.mark.parametrize("language", EVERY)
def test_what_cannot_be_parsed_is_counted_and_the_rest_read(language: str) -> None:
    facts = facts_of('import "./a"\nconst = 1\nimport "./b"\n', language)
    assert facts.errors > 0
    assert [one.target for one in facts.imports] == ["./a", "./b"]


PIECES = [
    *("import", "export", "default", "type", "from", "class", "function", "const", "=>", "="),
    *("extends", "implements", "interface", "enum", "@", "require", "(", ")", "{", "}", "<", ">"),
    *("`", "${", '"./a"', "'", "/*", "*/", "//", "///<reference path=", "*", ",", ";", "\n", "x"),
    *("if", "&&", "?", ":", "async", "static", "get", "#", "[", "]", "é", "\0", "\ud800", "as"),
]


@given(st.lists(st.sampled_from(PIECES)).map(" ".join), st.sampled_from(EVERY))
def test_whatever_stands_in_a_file_something_is_told_of_it(text: str, language: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    facts = facts_of(text, language)
    assert decode_facts(encode_facts(facts)) == facts
    lines = range(1, facts.lines + 1)
    assert all(one.target and one.line in lines for one in facts.imports)
    assert all(one.name and one.line in lines for one in facts.definitions)
    assert all(one.line <= one.end_line <= facts.lines for one in facts.definitions)
