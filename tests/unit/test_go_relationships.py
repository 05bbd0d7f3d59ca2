"""What Go files say, and which packages their imports are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.facts import Definition, Import
from tests.literal_projects import Literal

GO = Literal("go", {"go": "Go"})

SHOP = """\
// Package main sells.
package main

import (
    "fmt"
    _ "example.com/shop/driver"
    . "example.com/shop/price"
    raw `example.com/shop/raw`
)
import "C"

type (
    Order struct { Base; *price.Tag; List[int]; id int }
    Store interface { io.Reader; Find(id int) Order }
    Number interface { ~int | string }
    Handler func(Order)
)

func (o *Order) Total(rate int) int {
    for range o.lines {
        if rate > 1 { return 2 }
    }
    switch rate { case 1: return 1; default: return 0 }
}

func (l List[T]) Len() int { return 0 }

func main() {
    go func() { if true {} }()
    select { case <-done: }
}
"""


def test_go_files_say_what_they_import_and_define() -> None:
    facts = GO.facts(SHOP, "go")
    assert facts.imports == (
        Import("fmt", 5),
        Import("example.com/shop/driver", 6),
        Import("example.com/shop/price", 7, names=("*",)),
        Import("example.com/shop/raw", 8),
        Import("C", 10),
    )
    assert facts.definitions == (
        Definition("Order", "struct", 13, 13, bases=("Base", "price.Tag", "List")),
        Definition("Store", "interface", 14, 14, bases=("io.Reader",)),
        Definition("Number", "interface", 15, 15),
        Definition("Handler", "class", 16, 16),
        Definition("Order.Total", "method", 19, 24, branches=3),
        Definition("List.Len", "method", 26, 26),
        Definition("main", "function", 28, 31, branches=2),
    )
    assert (facts.lines, facts.package, facts.errors) == (31, "main", 0)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("package main\nfunc main() {}\n", ("main",)),
        ("package tool\nfunc main() {}\n", ()),
        ("package main\nfunc (t T) main() {}\n", ()),
    ],
)
def test_a_program_starts_at_the_main_function_of_the_main_package(
    text: str, marks: tuple[str, ...]
) -> None:
    assert GO.facts(text, "go").marks == marks


def test_places_that_cannot_be_parsed_are_counted() -> None:
    assert GO.facts("package a\nfunc f( {\n}\n@@@\n", "go").errors > 0


def test_an_import_is_every_file_of_the_package_but_tests_and_programs() -> None:
    texts = {
        "go.mod": "module example.com/shop // the shop\n",
        "main.go": 'package main\nimport "example.com/shop/price"\n',
        "price/price.go": 'package price\nimport "fmt"\n',
        "price/list.go": "package price\n",
        "price/generate.go": "package main\nfunc main() {}\n",
        "price/price_test.go": 'package price_test\nimport "example.com/shop/price"\n',
        "price/_draft.go": "package price\n",
        "price/deep/deep.go": "package deep\n",
    }
    assert GO.edges(texts) == {
        ("main.go", "price/list.go", 2),
        ("main.go", "price/price.go", 2),
        ("price/price_test.go", "price/list.go", 2),
        ("price/price_test.go", "price/price.go", 2),
    }
    assert GO.external(texts) == {"std"}


def test_a_path_belongs_to_the_module_with_the_longest_prefix() -> None:
    imports = "\n".join(
        f'import "example.com/{path}"'
        for path in ("shop/a", "shop/tools/a", "shop/gone", "shop/sdk/x", "shopping/a")
    )
    texts = {
        "go.mod": "module example.com/shop\nrequire (\n  example.com/shop/sdk v1.0.0\n)\n",
        "a.go": f"package shop\n{imports}\n",
        "a/a.go": "package a\n",
        "build/go.mod": 'module "example.com/shop/tools"\n',
        "build/a/a.go": "package a\n",
        "vendor/example.com/shop/go.mod": "module example.com/shopping\n",
        "vendor/example.com/shop/a/a.go": "package a\n",
    }
    assert GO.edges(texts) == {("a.go", "a/a.go", 2), ("a.go", "build/a/a.go", 3)}
    assert GO.unresolved(texts) == {("a.go", "example.com/shop/gone")}
    assert GO.external(texts) == {"example.com/shop/sdk", "example.com/shopping"}


def test_replaced_modules_are_the_directories_that_replace_them() -> None:
    imports = 'import "github.com/other/lib/v2/sub"\nimport "github.com/other/gone/x"\n'
    texts = {
        "app/go.mod": "module app\nreplace github.com/other/lib/v2 v2.1.0 => ../forks/lib\n"
        "replace (\n  github.com/other/gone => ../../elsewhere\n)\n",
        "app/main.go": f'package main\nimport "app/inner"\n{imports}',
        "app/inner/inner.go": "package inner\n",
        "forks/lib/sub/sub.go": "package sub\n",
        "go.work": "use (\n ./app\n)\nreplace github.com/worked/on => ./forks/on\n",
        "app/other.go": 'package main\nimport "github.com/worked/on"\n',
        "forks/on/on.go": "package on\n",
    }
    assert GO.edges(texts) == {
        ("app/main.go", "app/inner/inner.go", 2),
        ("app/main.go", "forks/lib/sub/sub.go", 3),
        ("app/other.go", "forks/on/on.go", 2),
    }
    assert GO.external(texts) == {"github.com/other/gone"}


@pytest.mark.parametrize(
    ("path", "external"),
    [
        ("net/http", "std"),
        ("C", "C"),
        ("github.com/spf13/cobra/doc", "github.com/spf13/cobra"),
        ("golang.org/x/tools/go/ast", "golang.org/x/tools"),
        ("gopkg.in/yaml.v3", "gopkg.in/yaml.v3"),
        ("k8s.io/api/core/v1", "k8s.io/api"),
    ],
)
def test_packages_of_others_are_counted_by_module(path: str, external: str) -> None:
    texts = {"a.go": f'package a\nimport "{path}"\n'}
    assert GO.external(texts) == {external}


def test_old_relative_imports_lead_from_the_directory() -> None:
    texts = {"a/a.go": 'package a\nimport "../b"\nimport "../../b"\n', "b/b.go": "package b\n"}
    assert GO.edges(texts) == {("a/a.go", "b/b.go", 2)}
    assert GO.unresolved(texts) == {("a/a.go", "../../b")}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SHOP)), st.integers(0, len(SHOP)), st.text(max_size=5))
def test_whatever_is_cut_out_of_a_file_the_rest_is_read(start: int, end: int, put: str) -> None:
    cut = SHOP[:start] + put + SHOP[end:]
    assert GO.facts(cut, "go").lines >= 0
    GO.resolved({"go.mod": cut, "go.work": cut, "a/a.go": cut, "price/price.go": SHOP})
