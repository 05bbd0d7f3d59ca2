"""Every file that is analysed has facts, whatever it holds; every family of languages is whole."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.analysis.files import select
from onextree.intelligence.extraction.contents import MAX_BYTES, decode_source, line_count
from onextree.intelligence.extraction.extractors import extract
from onextree.intelligence.extraction.languages import FAMILIES, language_of
from onextree.intelligence.extraction.syntax import LONGEST_NAME
from onextree.intelligence.facts import FileFacts, decode_facts, encode_facts
from onextree.intelligence.resolution.model import Project
from onextree.intelligence.resolution.resolvers import config_names, is_config, make_resolvers
from tests.code_histories import Files, entries_of


@pytest.mark.parametrize("family", sorted(set(FAMILIES.values())))
def test_a_family_reads_and_resolves_its_languages(family: str) -> None:
    languages = {language for language, its in FAMILIES.items() if its == family}
    extraction = import_module(f"onextree.intelligence.extraction.{family}")
    resolution = import_module(f"onextree.intelligence.resolution.{family}")
    assert set(extraction.GRAMMARS) == languages
    assert set(resolution.LANGUAGES) == languages


@pytest.mark.parametrize("language", sorted(FAMILIES))
def test_an_empty_file_of_any_language_says_nothing(language: str) -> None:
    assert extract(language, b"") == FileFacts()


@pytest.mark.parametrize(
    ("path", "language", "expected"),
    [
        ("a/b.py", "Python", "Python"),
        ("bin/tool", "Python", "Python"),
        ("a/b.h", "C++", "C++"),
        ("a/b.h", None, "C"),
        ("a/b.h", "Objective-C", None),
        ("a/de.ts", "XML", None),
        ("a/b.TSX", None, "TSX"),
        ("a/b.d.ts", None, "TypeScript"),
        ("a/b.cs", None, "C#"),
        ("build.gradle.kts", None, "Kotlin"),
        ("README.md", "Markdown", None),
        ("py", None, None),
        ("a.py/b", None, None),
        ("", None, None),
    ],
)
def test_linguist_tells_the_language_and_else_the_extension(
    path: str, language: str | None, expected: str | None
) -> None:
    assert language_of(path, language) == expected


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_a_text(content: bytes) -> None:
    decode_source(content).encode()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("é".encode(), "é"),
        (b"\xef\xbb\xbfimport a", "import a"),
        ("import é".encode("latin-1"), "import é"),
        ("import é".encode("utf-16"), "import é"),
        (b"a\0b", "a\ufffdb"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_it_has(content: bytes, text: str) -> None:
    assert decode_source(content) == text


@given(st.lists(st.text(alphabet="ab \r", max_size=5).filter(bool), max_size=5), st.booleans())
def test_lines_count_with_an_end_and_without(lines: list[str], closed: bool) -> None:
    content = "\n".join(lines) + ("\n" if closed and lines else "")
    assert line_count(content.encode()) == len(lines)


def test_a_file_beyond_the_limit_is_not_parsed() -> None:
    content = b"import a\n" * (MAX_BYTES // 9 + 1)
    assert extract("Python", content) == FileFacts(MAX_BYTES // 9 + 1, failure="too_large")


DECIDING = {
    "C": """
        int f(int a) {
            if (a && b || c) { } else { }
            for (;;) { } while (a) { }
            switch (a) { case 1: case 2: break; default: break; }
        }""",
    "C#": """class A { int f(int a) {
            if (a && b || c) { } else { }
            foreach (var x in y) { } while (a) { }
            switch (a) { case 1: break; case 2: break; default: break; }
        } }""",
    "Go": """package p
        func f(a int) {
            if a && b || c { } else { }
            for range x { }
            for a { }
            switch a { case 1: case 2: default: }
        }""",
    "Java": """class A { int f(int a) {
            if (a && b || c) { } else { }
            for (;;) { } while (a) { }
            switch (a) { case 1: case 2: break; default: break; }
        } }""",
    "JavaScript": """function f(a) {
            if (a && b || c) { } else { }
            for (;;) { } while (a) { }
            switch (a) { case 1: case 2: break; default: break; }
        }""",
    "Kotlin": """fun f(a: Int) {
            if (a && b || c) { } else { }
            for (x in y) { }
            while (a) { }
            when (a) { 1 -> x() ; 2 -> y() ; else -> z() }
        }""",
    "PHP": """<?php function f($a) {
            if ($a && $b || $c) { } else { }
            foreach ($x as $y) { } while ($a) { }
            switch ($a) { case 1: case 2: break; default: break; }
        }""",
    "Python": """
def f(a):
    if a and b or c: ...
    else: ...
    for x in y: ...
    while a: ...
    match a:
        case 1: ...
        case 2: ...
        case _: ...
""",
    "Ruby": """
        def f(a)
            if a && b || c then x else y end
            for x in y do z end
            while a do z end
            case a
            in 1 then x
            in 2 then y
            in _ then z
            end
        end""",
    "Rust": """fn f(a: i32) {
            if a && b || c { } else { }
            for x in y { }
            while a { }
            match a { 1 => x(), 2 => y(), _ => z() }
        }""",
}
DECIDING |= {
    "C++": DECIDING["C"],
    "TSX": DECIDING["JavaScript"],
    "TypeScript": DECIDING["JavaScript"],
}


@pytest.mark.parametrize("language", sorted(FAMILIES))
def test_code_decides_at_the_same_points_in_every_language(language: str) -> None:
    facts = extract(language, DECIDING[language].encode())
    (function,) = [one for one in facts.definitions if one.kind in ("function", "method")]
    assert (function.branches, facts.errors) == (7, 0)


@pytest.mark.parametrize(
    ("language", "statement", "branches"),
    [
        ("C", "x = a ? b : c;", 1),
        ("C++", "try { } catch (E e) { } for (auto x : y) { } x = a and b;", 3),
        ("C#", "try { } catch (E) when (a) { } x = a ?? b ? c : d;", 4),
        ("C#", "x = a switch { 1 => 2, int y when y > 1 => 3, _ => 4 };", 3),
        ("Go", "select { case <-a: default: }; switch x.(type) { case int: default: }", 2),
        ("Java", "try { } catch (E e) { } x = a ? b : c;", 2),
        ("Java", "x = switch (a) { case String s when s.b() -> 1; default -> 2; };", 2),
        ("JavaScript", "try { } catch (e) { } x = a ?? b ? c : d; for (x in y) { }", 4),
        ("Kotlin", "try { } catch (e: E) { }\nval x = a ?: b", 2),
        ("PHP", "try { } catch (E $e) { } $x = $a ?? $b ? $c : $d;", 3),
        ("PHP", "if ($a) { } elseif ($b and $c) { } $x = match ($a) { 1 => 2, default => 3 };", 4),
        ("Python", "x = a if b else [c for d in e if f]", 2),
        ("Python", "try: ...\n    except* E: ...", 1),
        ("Ruby", "x rescue y unless a and b", 3),
        ("Ruby", "begin\n x\nrescue E\n y\nend", 1),
        ("Ruby", "case a\nwhen 1 then x\nelse y\nend", 1),
        ("Rust", "loop { match a { b if c => d, _ if e => f, _ => g } }", 5),
    ],
)
def test_what_only_some_languages_have_decides_too(
    language: str, statement: str, branches: int
) -> None:
    begin, end = _FUNCTIONS[language]
    facts = extract(language, f"{begin}{statement}{end}".encode())
    (function,) = [one for one in facts.definitions if one.kind in ("function", "method")]
    assert (function.branches, facts.errors) == (branches, 0)


_FUNCTIONS = {
    "C": ("void f() { ", " }"),
    "C++": ("void f() { ", " }"),
    "C#": ("class A { void f() { ", " } }"),
    "Go": ("package p\nfunc f() { ", " }"),
    "Java": ("class A { void f() { ", " } }"),
    "JavaScript": ("function f() { ", " }"),
    "Kotlin": ("fun f() { ", " }"),
    "PHP": ("<?php function f() { ", " }"),
    "Python": ("def f():\n    ", "\n"),
    "Ruby": ("def f\n  ", "\nend"),
    "Rust": ("fn f() { ", " }"),
}


@pytest.mark.parametrize("language", sorted(FAMILIES))
def test_nested_names_do_not_grow_without_bound(language: str) -> None:
    begin, end = _NESTED[language]
    facts = extract(language, (begin * 400 + end * 400).encode())
    assert facts.definitions
    assert max(len(one.name) for one in facts.definitions) <= LONGEST_NAME
    assert len(encode_facts(facts)) < 200_000


_LONG = "a" * 40
_NESTED = {
    "C": (f"struct {_LONG} {{ ", " x; };"),
    "C#": (f"class {_LONG} {{ ", " }"),
    "C++": (f"class {_LONG} {{ ", " };"),
    "Go": (f"func {_LONG}() {{ ", " }"),
    "Java": (f"class {_LONG} {{ ", " }"),
    "JavaScript": (f"function {_LONG}() {{ ", " }"),
    "Kotlin": (f"class {_LONG} {{ ", " }"),
    "PHP": (f"<?php function {_LONG}() {{ ?> ", " <?php } ?>"),
    "Python": (f"class {_LONG}: ", "x"),
    "Ruby": (f"module {_LONG.upper()}\n", "\ndef x; end\nend"),
    "Rust": (f"fn {_LONG}() {{ ", " }"),
    "TSX": (f"function {_LONG}() {{ ", " }"),
    "TypeScript": (f"function {_LONG}() {{ ", " }"),
}


def test_minified_and_generated_files_are_not_read() -> None:
    minified = b'var a=require("b");function f(c){return a(c)}' * 300
    files: Files = {
        ".gitattributes": b"made/*.py linguist-generated\n",
        "api_pb2.py": b"# Generated by the protocol buffer compiler.  DO NOT EDIT!\nimport a\n",
        "app.min.js": minified,
        "made/a.py": b"import a\n",
        "static/bundle.js": minified,
        "vendor/a.py": b"import a\n",
        "written.py": b"import a\n",
    }
    assert [entry.path for entry in select(entries_of(files)).code] == ["written.py"]


@pytest.mark.parametrize("language", sorted(FAMILIES))
def test_a_file_of_one_line_says_what_one_of_many_does(language: str) -> None:
    before, statement = _STATEMENTS[language]
    found = [
        extract(language, (before + end.join([statement] * 500)).encode()) for end in (" ", "\n")
    ]
    assert [facts.lines for facts in found] == [1, 500]
    lines = [
        [one.line for one in facts.imports] + [one.line for one in facts.definitions]
        for facts in found
    ]
    assert lines == [[1] * 500, list(range(1, 501))]
    one, many = (
        facts._replace(
            lines=1,
            imports=tuple(each._replace(line=1) for each in facts.imports),
            definitions=tuple(each._replace(line=1, end_line=1) for each in facts.definitions),
        )
        for facts in found
    )
    assert one == many


_SCRIPT = ("", "function f(a) { g(a && 1); }")
_STATEMENTS = {
    "C": ("", "int f(int a) { return g(a && 1); }"),
    "C#": ("", "class A { }"),
    "C++": ("", "int f(int a) { return g(a && 1); }"),
    "Go": ("", "func f(a int) { g(a && 1) };"),
    "Java": ("", "class A { }"),
    "JavaScript": _SCRIPT,
    "Kotlin": ("", "fun f() = a && 1;"),
    "PHP": ("<?php ", "function f($a) { g($a && 1); }"),
    "Python": ("", "import a;"),
    "Ruby": ("", "def f(a); g(a && 1); end;"),
    "Rust": ("", "fn f(a: i32) { g(a && 1) }"),
    "TSX": _SCRIPT,
    "TypeScript": _SCRIPT,
}


@pytest.mark.parametrize(
    ("raised", "failure"),
    [
        (RecursionError(), "RecursionError"),
        (MemoryError(), "memory"),
        (BaseException(), "BaseException"),
    ],
)
def test_what_a_family_raises_is_the_failure_of_the_file(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, failure: str
) -> None:
    def fail(*given: object) -> FileFacts:
        raise raised

    monkeypatch.setattr("onextree.intelligence.extraction.python.extract", fail)
    assert extract("Python", b"import a\nimport b") == FileFacts(2, failure=failure)


def test_facts_come_back_from_their_text() -> None:
    facts = extract("Python", b"from a import b\n\n\nclass C(b):\n    def d(self): ...\n")
    assert [one.target for one in facts.imports] == ["a"]
    assert [one.name for one in facts.definitions] == ["C", "C.d"]
    assert decode_facts(encode_facts(facts)) == facts


def test_configuration_is_known_by_its_name_or_its_pattern() -> None:
    assert {"pyproject.toml", "go.mod", "*.csproj"} <= config_names()
    named = ("pyproject.toml", "shop.csproj", "tsconfig.base.json")
    assert all(map(is_config, named))
    assert not any(map(is_config, ("xgo.mod", "go.modx", "GO.MOD", "tsconfig.py", "")))


def test_only_resolvers_that_are_asked_for_are_made() -> None:
    project = Project(("a.py", "b.py"), {}, {})
    resolvers = make_resolvers(project, ("python",))
    facts = extract("Python", b"import b\n")
    assert resolvers.keys() == {"python"}
    assert resolvers["python"].resolve("a.py", facts.imports[0], facts).targets == ("b.py",)


def test_every_family_resolves_in_a_project_without_configuration() -> None:
    families = frozenset(FAMILIES.values())
    assert make_resolvers(Project((), {}, {}), families).keys() == families
