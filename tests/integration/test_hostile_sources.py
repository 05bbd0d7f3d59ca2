"""Whatever a file of any language holds, it is answered, and so is the file behind it."""

import random
from collections.abc import Iterator

import pytest

from onextree.intelligence.extraction.extractors import extract
from onextree.intelligence.extraction.languages import FAMILIES
from onextree.intelligence.extraction.pool import ExtractionPool, Source
from onextree.intelligence.facts import decode_facts

IMPORTS = {
    "C": "#include <a{}.h>\n",
    "C#": "using A{};\n",
    "C++": "#include <a{}.h>\n",
    "Go": 'import "a{}"\n',
    "Java": "import a{}.B;\n",
    "JavaScript": "import a from './a{}';\n",
    "Kotlin": "import a{}.B\n",
    "PHP": "<?php use A{};\n",
    "Python": "import a{}\n",
    "Ruby": "require 'a{}'\n",
    "Rust": "use a{}::b;\n",
    "TSX": "import a from './a{}';\n",
    "TypeScript": "import a from './a{}';\n",
}
BLOCKS = {
    "C": "void a(){",
    "C#": "class A{",
    "C++": "namespace a{",
    "Go": "func a(){",
    "Java": "class A{",
    "JavaScript": "function a(){",
    "Kotlin": "class A{",
    "PHP": "<?php function a(){",
    "Python": "if a: ",
    "Ruby": "class A;",
    "Rust": "mod a{",
    "TSX": "function a(){",
    "TypeScript": "namespace a{",
}
NOISE = random.Random(10)


def hostile(language: str) -> dict[str, bytes]:
    php = b"<?php " if language == "PHP" else b""
    many = (IMPORTS[language].format(number) for number in range(3_000))
    return {
        "deep parentheses": php + b"(" * 30_000 + b")" * 30_000,
        "open parentheses": php + b"(" * 100_000,
        "deep brackets": php + b"[" * 30_000 + b"]" * 30_000,
        "deep blocks": BLOCKS[language].encode() * 1_000,
        "deep braces": php + b"{" * 30_000 + b"}" * 30_000,
        "indented": php + b"\n".join(b" " * depth + b"if a:" for depth in range(500)),
        "one word of a mebibyte": php + b"a" * ((1 << 20) - 6),
        "one line": php + b"f(a);" * 5_000,
        "zeros": php + b"\0" * 100_000,
        "noise": php + NOISE.randbytes(20_000),
        "cut off characters": php + "é".encode()[:1] * 20_000,
        "an open string": php + b'a = "' + b"a\n" * 1_500,
        "an open template": php + b"`${" * 2_000,
        "an open comment": php + b"/*" + b"a\n" * 1_500,
        "quotes": php + b'"""' * 3_000,
        "surrogates": php + rb'import("\ud800"); require "\ud800"; import "\ud800"',
        "an import without end": IMPORTS[language].encode().split(b"{}")[0] * 500,
        "imports": "".join(many).encode(),
    }


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractionPool]:
    made = ExtractionPool(2, deadline=2)
    yield made
    made.close()


@pytest.mark.parametrize("language", sorted(FAMILIES))
def test_every_file_of_a_hostile_batch_is_answered(pool: ExtractionPool, language: str) -> None:
    good = IMPORTS[language].format("").encode()
    files: list[Source] = []
    for name, content in hostile(language).items():
        files += ((name.encode(), language, content), (f"after {name}".encode(), language, good))
    answers = {key: decode_facts(facts) for key, facts in pool.extract(files)}
    expected = extract(language, good)
    assert answers.keys() == {key for key, _, _ in files}
    assert len(expected.imports) == 1
    for name in hostile(language):
        assert answers[f"after {name}".encode()] == expected
