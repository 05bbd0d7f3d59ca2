"""What Python files say by their syntax, held against CPython's own parser."""

import ast
import keyword
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import onextree
from onextree.intelligence.extraction.extractors import extract
from onextree.intelligence.facts import (
    Definition,
    FileFacts,
    Import,
    Note,
    decode_facts,
    encode_facts,
)

ENGINE = Path(onextree.__file__).parent
SOURCES = [*sorted(ENGINE.rglob("*.py")), Path(ast.__file__), Path(__file__)]
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case, ast.IfExp)


def facts_of(text: str) -> FileFacts:
    return extract("Python", text.encode())


def definitions_of(text: str) -> dict[str, Definition]:
    return {each.name: each for each in facts_of(text).definitions}


def takes_the_rest(node: ast.AST) -> bool:
    """Whether it is ``case _``."""
    return isinstance(node, ast.match_case) and ast.unparse(node.pattern) == "_" and not node.guard


class Oracle(ast.NodeVisitor):
    """The same facts by CPython's parser."""

    def __init__(self) -> None:
        self.imports: list[tuple[str, int, tuple[str, ...]]] = []
        self.definitions: list[Definition] = []
        self._around: list[tuple[ast.AST, str]] = []
        self._branches: list[int] = [0]

    def visit_Import(self, node: ast.Import) -> None:
        self.imports.extend((alias.name, node.lineno, ()) for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module != "__future__":
            target = "." * node.level + (node.module or "")
            names = tuple(alias.name for alias in node.names)
            self.imports.append((target, node.lineno, names))

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, SCOPES):
            self._scope(node)
            return
        self._branches[-1] += isinstance(node, BRANCHES) and not takes_the_rest(node)
        if isinstance(node, ast.BoolOp):
            self._branches[-1] += len(node.values) - 1
        if isinstance(node, ast.comprehension):
            self._branches[-1] += len(node.ifs)
        if isinstance(node, ast.match_case):
            self._branches[-1] += node.guard is not None
        super().generic_visit(node)

    def _scope(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        outer, prefix = self._around[-1] if self._around else (None, "")
        name = f"{prefix}{node.name}"
        place = len(self.definitions)
        self._around.append((node, f"{name}."))
        self._branches.append(0)
        for field, value in ast.iter_fields(node):
            if field != "decorator_list":
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        self.visit(child)
        self._around.pop()
        in_class = isinstance(outer, ast.ClassDef)
        kind = "class" if isinstance(node, ast.ClassDef) else "method" if in_class else "function"
        definition = Definition(
            name,
            kind,
            node.lineno,
            node.end_lineno or 0,
            self._branches.pop(),
            tuple(plain_names(node.bases if isinstance(node, ast.ClassDef) else [])),
            tuple(plain_names(node.decorator_list)),
        )
        self.definitions.insert(place, definition)


def plain_names(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        while isinstance(node, ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        yield ast.unparse(node)


def without_comments_at_the_end(definition: Definition, lines: list[str]) -> Definition:
    end = definition.end_line
    while lines[end - 1].strip().startswith("#") or not lines[end - 1].strip():
        end -= 1
    return definition._replace(end_line=end)


def test_imports_and_definitions_are_those_of_cpythons_parser() -> None:
    for path in SOURCES:
        text = path.read_text()
        oracle = Oracle()
        oracle.visit(ast.parse(text))
        found = facts_of(text)
        lines = text.split("\n")
        imports = [one for one in found.imports if one.kind != "dynamic"]
        definitions = [without_comments_at_the_end(each, lines) for each in found.definitions]
        assert [(one.target, one.line, one.names) for one in imports] == oracle.imports, path
        assert definitions == oracle.definitions, path
        assert found.errors == 0, path
        assert decode_facts(encode_facts(found)) == found, path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b as c, d", [Import("a.b", 1), Import("d", 1)]),
        ("import \\\n    a . b", [Import("a.b", 1)]),
        ("if x: import a; import b", [Import("a", 1), Import("b", 1)]),
        ("from .x import (y as z,  # why\n    w)", [Import(".x", 1, names=("y", "w"))]),
        ("from . import x", [Import(".", 1, names=("x",))]),
        ("from ... import x", [Import("...", 1, names=("x",))]),
        ("from .. x . y import z", [Import("..x.y", 1, names=("z",))]),
        ("from a import *", [Import("a", 1, names=("*",))]),
        ("def f():\n    try: import a\n    except E: pass", [Import("a", 2)]),
        ("from __future__ import annotations", []),
        ("'import a'\n# import b", []),
    ],
)
def test_statements_import_what_they_name(text: str, expected: list[Import]) -> None:
    assert list(facts_of(text).imports) == expected


@pytest.mark.parametrize("guard", ["TYPE_CHECKING", "typing.TYPE_CHECKING", "t.TYPE_CHECKING"])
def test_what_only_type_checkers_import_is_marked(guard: str) -> None:
    text = f"if {guard}:\n    import a\n    from b import c\nelse:\n    import d\nimport e\n"
    assert [(one.target, one.kind) for one in facts_of(text).imports] == [
        ("a", "type"),
        ("b", "type"),
        ("d", "import"),
        ("e", "import"),
    ]


@pytest.mark.parametrize(
    ("call", "target"),
    [
        ("importlib.import_module('a.b')", "a.b"),
        ('import_module("a")', "a"),
        ("__import__('a.b')", "a.b"),
        ("import_module('.x', package=__package__)", ".x"),
        ("import_module('.x', package='a.b')", "a.b.x"),
        ("import_module('..x', 'a.b')", "a.x"),
        ("import_module('....x', 'a.b')", "....x"),
        ("import_module(f'a.{b}')", None),
        ("import_module(name)", None),
        ("import_module('a' + b)", None),
        ("import_module()", None),
        ("loader.import_module('a')", None),
        ("import_modules('a')", None),
    ],
)
def test_calls_import_literals(call: str, target: str | None) -> None:
    found = facts_of(f"import z\n\nx = {call}\nimport y\n").imports
    assert [one.target for one in found] == [*("z", *([target] if target else [])), "y"]
    assert all((one.kind == "dynamic") == (one.line == 3) for one in found)


def test_definitions_are_named_with_what_is_around_them() -> None:
    text = """
class A:
    class B(A, metaclass=M, *more):
        @property
        async def c(self):
            def d(): ...
            class E: ...

    if x:
        def f(self): ...
"""
    assert [(each.name, each.kind) for each in facts_of(text).definitions] == [
        ("A", "class"),
        ("A.B", "class"),
        ("A.B.c", "method"),
        ("A.B.c.d", "function"),
        ("A.B.c.E", "class"),
        ("A.f", "method"),
    ]
    assert definitions_of(text)["A.B"].bases == ("A",)


def test_lines_of_a_definition_are_without_its_decorators() -> None:
    found = definitions_of("@a\n@b.c(\n    1\n)\ndef f():\n    pass\n\n\n")["f"]
    assert (found.line, found.end_line) == (5, 6)
    assert found.decorators == ("a", "b.c")


def test_arguments_of_bases_and_decorators_are_left_out() -> None:
    text = "@dg.asset(deps=[x])\n@app.get('/')\nclass A(Base[T], a.B, namedtuple('C', 'x')): ..."
    assert definitions_of(text)["A"].bases == ("Base", "a.B", "namedtuple")
    assert definitions_of(text)["A"].decorators == ("dg.asset", "app.get")


@pytest.mark.parametrize(
    ("body", "branches"),
    [
        ("pass", 0),
        ("if a: pass\nelif b: pass\nelse: pass", 2),
        ("for a in b: pass\nelse: pass", 1),
        ("while a and b or c: pass", 3),
        ("try: pass\nexcept A: pass\nexcept B: pass\nfinally: pass", 2),
        ("try: pass\nexcept* A: pass", 1),
        ("match a:\n    case 1: pass\n    case 2 if b: pass", 3),
        ("x = a if b else c", 1),
        ("x = [a for a in b if c if d]", 2),
        ("x = lambda: a or b", 1),
        ("def inner():\n    if a: pass", 0),
        ("@d(a or b)\ndef inner(): pass", 1),
    ],
)
def test_branches_are_those_of_the_own_body(body: str, branches: int) -> None:
    text = "def f():\n    " + body.replace("\n", "\n    ")
    assert definitions_of(text)["f"].branches == branches


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("if __name__ == '__main__':\n    main()", ("main",)),
        ('if "__main__" == __name__: main()', ("main",)),
        ("if (__name__=='__main__') and x: main()", ("main",)),
        ("def f():\n    if __name__ == '__main__': main()", ()),
        ("if __name__ != '__main__': x()", ()),
        ("print('__main__')", ()),
        ("import_module(f'app.{name}')", ("loads",)),
        ("importlib.import_module(name, 'app')", ("loads",)),
        ("import_module('app.cart')", ()),
        ("self.import_module(name)", ()),
    ],
)
def test_what_can_be_started_is_marked(text: str, marks: tuple[str, ...]) -> None:
    assert facts_of(text).marks == marks


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("x: dict[str, Any] = {}", ["dict[str, Any]"]),
        ("def f(a: list[Dict[str,Any]]): ...", ["Dict[str,Any]"]),
        ("def f() -> t.Dict[str, t.Any]: ...", ["t.Dict[str, t.Any]"]),
        ("x: dict[\n    str,\n    Any,\n]", ["dict[ str, Any, ]"]),
        ("x: dict[str, Any] | None", ["dict[str, Any]"]),
        ("x: Mapping[str, Any]\ny: dict[str, int]\nz: dict[int, Any]", []),
        ("X = dict[str, Any]", []),
        ("x: defaultdict[str, Any]", []),
    ],
)
def test_annotations_of_dictionaries_of_anything_are_noted(text: str, texts: list[str]) -> None:
    assert [(note.kind, note.text) for note in facts_of(text).notes] == [
        ("dict-str-any", each) for each in texts
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from pydantic import BaseModel, validator", [(1, "validator")]),
        ("from pydantic import BaseSettings", [(1, "BaseSettings")]),
        ("from pydantic.v1 import BaseModel", [(1, "pydantic.v1")]),
        ("import pydantic\n\n@pydantic.root_validator\ndef f(): ...", [(4, "root_validator")]),
        ("from pydantic import BaseModel as B\n@validator('x')\ndef f(): ...", [(3, "validator")]),
        ("class A(B):\n    class Config:\n        x = 1", [(2, "Config")]),
        ("x = A.parse_obj(y)\n", [(1, "parse_obj")]),
        ("from pydantic import field_validator, BaseModel", []),
        ("from attrs import validator\n@validator\ndef f(): ...", []),
        ("class A:\n    class Config: ...\nclass Config: ...", []),
        ("def f(A):\n    class Config: ...", []),
        ("parse_obj(y)\nx.dict()\nx.json()", []),
    ],
)
def test_what_pydantic_has_replaced_is_noted(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(facts_of(text).notes) == [Note("pydantic-v1", line, of) for line, of in expected]


def test_python_2_is_read() -> None:
    text = "import a\nprint 'x'\nexec 'y'\ntry:\n    pass\nexcept A, e:\n    raise B, 'c'\n"
    assert [one.target for one in facts_of(text).imports] == ["a"]


def test_places_that_cannot_be_parsed_are_counted_and_the_rest_is_read() -> None:
    found = facts_of("import a\nx = = 1\n\ndef f():\n    import b\n\ny = 1 +* 2\n")
    assert found.errors >= 1
    assert [one.target for one in found.imports] == ["a", "b"]
    assert [each.name for each in found.definitions] == ["f"]


@pytest.mark.parametrize(("text", "lines"), [("", 0), ("a", 1), ("a\n", 1), ("\n\na", 3)])
def test_lines_are_counted(text: str, lines: int) -> None:
    assert facts_of(text).lines == lines


WORDS = [*keyword.kwlist, *keyword.softkwlist, *".*()[],:=@'\"#\\\n\t é", "\n    ", "f'{"]
WORDS += ["__name__", "'__main__'", "TYPE_CHECKING", "__import__", "parse_obj", "dict[str, Any]"]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text())
def test_no_text_is_too_strange(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    found = facts_of(text)
    assert decode_facts(encode_facts(found)) == found
    assert all(1 <= one.line <= found.lines for one in found.imports)
    assert all(1 <= each.line <= each.end_line for each in found.definitions)
