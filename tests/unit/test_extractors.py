"""Every file that is analysed has facts, whatever it holds; every family of languages is whole."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.extraction.contents import MAX_BYTES, decode_source, line_count
from onextree.intelligence.extraction.extractors import extract
from onextree.intelligence.extraction.languages import FAMILIES, language_of
from onextree.intelligence.facts import FileFacts, decode_facts, encode_facts
from onextree.intelligence.resolution.model import Project
from onextree.intelligence.resolution.resolvers import config_names, is_config, make_resolvers


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
        ("py", None, "Python"),
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
        (b"a\0b", "a\0b"),
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
