"""Projects of many languages that change by small steps, as entries with contents at hand."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from blake3 import blake3
from hypothesis import strategies as st

from onextree.intelligence.analysis.reading import Content
from onextree.tree.classification.attributes import Attributes
from onextree.tree.classification.classifier import Classifier
from onextree.tree.model import Entry, Kind
from onextree.tree.reading.contents import W

__all__ = ["LANGUAGES", "STEPS", "Files", "History", "KeptFacts", "Step", "entries_of"]

Files = dict[str, bytes | str]
"""Contents by path; the target, as text, of a symlink."""

Step = tuple[str, str, str, int]
"""What to do, path, other path, a number that tells what of several."""

_ONEX = "class NodeShopEffect:\n    async def execute_effect(self):\n        pass\n"

LANGUAGES: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "python": (
        (
            *(
                "a.py",
                "pkg/__init__.py",
                "pkg/a.py",
                "pkg/b.py",
                "src/pkg/__init__.py",
                "src/pkg/a.py",
            ),
            *("tests/test_a.py", "vendor/pkg/__init__.py", "vendor/lib.py", "lib/a/__init__.py"),
        ),
        (
            "",
            "import a\nimport pkg.a\nimport requests\n",
            "from pkg import a, b\nfrom .b import x\n",
            "# longer\nfrom pkg import a, b\nfrom .b import x\n",
            "import lib\nfrom lib import a\nimport pkg.missing\n",
            "from . import a\nfrom .. import pkg\n\nif __name__ == '__main__':\n    a()\n",
            _ONEX,
            "def f(:\n",
        ),
    ),
    "javascript": (
        (
            *(
                "web/index.ts",
                "web/a.ts",
                "web/a.js",
                "web/a/index.js",
                "web/b.tsx",
                "web/data.json",
            ),
            *("packages/one/index.js", "node_modules/x/index.js"),
        ),
        (
            "import './a';\nimport x from '@app/b';\nimport type { T } from './b';\n",
            "import { T } from './b';\nimport type { U } from './b';\nimport './data.json';\n",
            "export * from './a/index.js';\nimport one from 'one';\nimport x from 'x';\n",
            "const a = require('../web/a');\nimport('./missing');\n",
            "export const a = 1;\n",
        ),
    ),
    "go": (
        ("main.go", "shop/a.go", "shop/b.go", "shop/a_test.go", "cmd/main.go", "vendor/x/x.go"),
        (
            'package main\n\nimport "example.org/shop/shop"\n\nfunc main() {}\n',
            'package shop\n\nimport (\n\t"fmt"\n\t"example.org/shop/cmd"\n)\n\nfunc A() {}\n',
            'package shop\n\nimport "example.org/other/shop"\n',
            "package x\n",
        ),
    ),
    "jvm": (
        ("j/org/x/A.java", "j/org/x/B.java", "j/org/y/A.java", "j/org/y/C.kt", "j/Main.java"),
        (
            "package org.x;\nimport org.y.A;\nclass A { B b; }\n",
            "package org.x;\nimport org.y.*;\nclass B { A a; C c; }\n",
            "package org.y;\nimport org.x.B;\nclass A { C c; B b; }\n",
            "package org.y\nimport org.x.A\nclass C { val a = A() }\nfun helper() = 1\n",
            "package org.x;\nclass Moved {}\n",
        ),
    ),
    "csharp": (
        ("c/A.cs", "c/B.cs", "c/sub/A.cs", "c/GlobalUsings.cs"),
        (
            "namespace Shop;\nusing Shop.Mail;\nclass A { B b; C c; }\n",
            "namespace Shop.Mail;\nclass B { A a; }\n",
            "namespace Shop.Mail;\nclass C { }\nclass A { }\n",
            "global using Shop.Mail;\n",
        ),
    ),
    "php": (
        ("p/src/A.php", "p/src/B.php", "p/index.php", "p/part.html"),
        (
            "<?php\nnamespace Shop;\nuse Shop\\B;\nclass A { function f() { new B(); } }\n",
            "<?php\nnamespace Shop;\nuse Other\\A;\nclass B {}\n",
            "<?php\ninclude 'src/A.php';\nrequire __DIR__ . '/part.html';\n",
            "<?php\nnamespace Other;\nclass A {}\n",
        ),
    ),
    "ruby": (
        (
            *("r/lib/a.rb", "r/lib/a/b.rb", "r/app/models/user.rb", "r/config/application.rb"),
            *("r/Rakefile", "r/data"),
        ),
        (
            "require 'a/b'\nrequire_relative 'a/b'\nrequire_relative '../data'\nUser.new\n",
            "class User\n  def f\n    A::B.new\n  end\nend\n",
            "module A\n  class B\n  end\nend\n",
            "load 'r/Rakefile'\nrequire 'json'\n",
        ),
    ),
    "rust": (
        ("rs/src/lib.rs", "rs/src/a.rs", "rs/src/a/mod.rs", "rs/src/a/b.rs", "rs/odd.txt"),
        (
            "mod a;\nuse crate::a::b;\nuse serde::Serialize;\n",
            "pub mod b;\nuse super::a;\nuse shop::a::b::C;\n",
            '#[path = "../odd.txt"]\nmod odd;\n',
            "pub struct C;\n",
        ),
    ),
    "c": (
        ("n/main.c", "n/a.h", "n/include/a.h", "n/include/b/c.h", "n/table.inc", "n/lib/d.h"),
        (
            '#include "a.h"\n#include <b/c.h>\n#include "d.h"\n#include <stdio.h>\n',
            '#include "table.inc"\n#include "missing.h"\nint f(void);\n',
            "int a;\n",
        ),
    ),
    "odd": (
        ("README.md", "docs/x.txt", "bin/tool", "web/logo.svg", ".hidden"),
        ("# Shop\n", "#!/usr/bin/env python3\nimport a\n", "#!/usr/bin/env ruby\nrequire 'a/b'\n"),
    ),
    "configuration": (
        (
            *("tsconfig.json", "web/tsconfig.json", "package.json", "packages/one/package.json"),
            *("pyproject.toml", "setup.py", "go.mod", "shop/go.mod", "rs/Cargo.toml", "r/Gemfile"),
            *("p/composer.json", "c/shop.csproj", "n/CMakeLists.txt"),
        ),
        (
            '{"compilerOptions": {"baseUrl": ".", "paths": {"@app/*": ["web/*", "*"]}}}\n',
            '{"name": "one", "workspaces": ["packages/*"], "main": "index.js"}\n',
            '[project]\nname = "x"\n[tool.setuptools]\npackage-dir = {"" = "lib"}\n',
            "module example.org/shop\n\nrequire example.org/other v1.0.0\n",
            "module example.org/other\n\nreplace example.org/shop => ./\n",
            '[package]\nname = "shop"\nedition = "2021"\n',
            '{"autoload": {"psr-4": {"Shop\\\\": "src/"}}}\n',
            "gem 'zeitwerk'\n",
            '<Project><ItemGroup><Using Include="Shop.Mail" /></ItemGroup></Project>\n',
            "project(n)\ninclude_directories(lib)\n",
            "",
        ),
    ),
    "attributes": (
        (".gitattributes",),
        (
            "*.java linguist-vendored\n",
            "pkg/*.py linguist-generated\nshop/b.go linguist-generated\n",
            "*.inc linguist-language=C\nn/a.h linguist-language=C++\n",
            "*.txt linguist-language=Rust\nweb/a.js linguist-language=Python\n",
            "c/*.cs linguist-documentation\n",
        ),
    ),
}
"""Paths and contents by what they are; any of these contents may be at any of these paths."""

_PATHS = tuple(path for paths, _ in LANGUAGES.values() for path in paths)
_HOMES = {path: contents for paths, contents in LANGUAGES.values() for path in paths}

STEPS: Final = st.tuples(
    st.sampled_from(("write", "write", "write", "remove", "rename", "link")),
    st.sampled_from(_PATHS),
    st.sampled_from(_PATHS),
    st.integers(0, 11),
)


@dataclass(frozen=True)
class History:
    """A project that changes step by step; it begins with a file or two of each language."""

    files: Files = field(default_factory=dict)

    def begin(self, number: int) -> None:
        """Write every so many of the files that there may be."""
        for place, path in enumerate(_PATHS):
            if place % number == 0:
                self.do(("write", path, path, place))

    def do(self, step: Step) -> None:
        """Change one thing; a step that does not fit changes nothing."""
        what, path, other, number = step
        if what == "write":
            contents = _HOMES[path]
            self.files[path] = contents[number % len(contents)].encode()
        elif what == "remove":
            self.files.pop(path, None)
        elif what == "link":
            self.files[path] = f"/{other}"
        elif path in self.files:
            self.files[other] = self.files.pop(path)

    def entries(self) -> list[Entry]:
        """The tree as a scan would find it."""
        return entries_of(self.files)

    def read(self, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        """As `onextree.tree.reading.contents.Contents` has it."""
        for file in wanted:
            path = file.directory + b"/" + file.name if file.directory else file.name
            content = self.files.get(path.decode())
            if isinstance(content, bytes) and blake3(content).digest() == file.digest:
                yield file, content


@dataclass(frozen=True)
class KeptFacts:
    """What contents say, in memory."""

    facts: dict[Content, bytes] = field(default_factory=dict)

    def find(self, wanted: Collection[Content]) -> Mapping[Content, bytes]:
        """See `onextree.intelligence.analysis.reading.FactsStore`."""
        return {content: self.facts[content] for content in wanted if content in self.facts}

    def add(self, facts: Mapping[Content, bytes]) -> None:
        """See there."""
        self.facts.update(facts)


def entries_of(files: Files) -> list[Entry]:
    """The entries of some files, classified."""
    attributes = {
        path.rpartition("/")[0].encode(): content
        for path, content in files.items()
        if path.rpartition("/")[2] == ".gitattributes" and isinstance(content, bytes)
    }
    classifier = Classifier(Attributes.from_files(attributes) if attributes else None)
    entries = []
    for path, content in files.items():
        directory, _, name = path.rpartition("/")
        place = (directory.encode(), name.encode())
        is_link = isinstance(content, str)
        kind = Kind.SYMLINK if is_link else Kind.FILE
        data = content.encode() if isinstance(content, str) else content
        head = None if is_link else data
        file_class = classifier.classify(*place, kind, head, len(data))
        entries.append(Entry(*place, kind, len(data), blake3(data).digest(), file_class))
    return sorted(entries, key=lambda entry: entry[:2])
