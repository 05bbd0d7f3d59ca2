"""What is code, where its imports lead, and what is remembered of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from onextree.intelligence.analysis import memory as memories
from onextree.intelligence.analysis.analysis import Analysis, analyse
from onextree.intelligence.analysis.changes import all_rows, changes_since
from onextree.intelligence.analysis.files import LARGEST_CONFIG, select
from onextree.intelligence.analysis.known import Known, KnownFile, Linked, Reading
from onextree.intelligence.analysis.memory import AnalysisMemory
from onextree.intelligence.analysis.paths import OTHERS, changed_families, digest_paths
from onextree.intelligence.facts import Definition, FileFacts, Import, encode_facts
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.model import Entry, Kind
from onextree.tree.reading.contents import NoContents
from tests.code_histories import KeptFacts

PYTHON = FileClass("Python", Category.SOURCE, "extension")


def entry(path: str | bytes, file_class: FileClass | None = PYTHON, **other: Any) -> Entry:
    raw = path.encode() if isinstance(path, str) else path
    directory, _, name = raw.rpartition(b"/")
    made = Entry(directory, name, Kind.FILE, 10, raw.ljust(32, b"\0")[-32:], file_class)
    return made._replace(**other)


def code(*entries: Entry) -> dict[str, str]:
    """Paths and languages of what is taken for code."""
    in_order = sorted(entries, key=lambda entry: entry[:2])
    return {found.path: found.language for found in select(in_order).code}


def said(path: str, facts: FileFacts, language: str = "Python") -> tuple[Entry, Any]:
    file_class = FileClass(language, Category.SOURCE, "extension")
    made = entry(path, file_class)
    return made, {(made.digest, language): encode_facts(facts)}


def analysed(files: Sequence[tuple[Entry, Any]], before: Known | None = None) -> Analysis:
    """An analysis of files of which is known what they say."""
    store = KeptFacts()
    for _, facts in files:
        store.add(facts)
    entries = sorted((made for made, _ in files), key=lambda entry: entry[:2])
    return analyse(entries, contents=NoContents(), store=store, before=before)


def links(analysis: Analysis) -> Mapping[tuple[str, str], tuple[int, str]]:
    return all_rows(analysis)[0]


def test_only_files_that_can_be_read_and_are_the_projects_own_are_code() -> None:
    generated = FileClass("Python", Category.GENERATED, "generated")
    vendored = FileClass("Python", Category.VENDORED, "directory")
    test = FileClass("Python", Category.TEST, "directory")
    found = code(
        entry("a.py"),
        entry("run", kind=Kind.EXECUTABLE),
        entry("tests/b.py", test),
        entry("made.py", generated),
        entry("vendor/c.py", vendored),
        entry("link.py", None, kind=Kind.SYMLINK),
        entry("closed.py", digest=None),
        entry("sub.py", None, kind=Kind.SUBMODULE),
        entry("data.ts", FileClass("XML", Category.DATA, "extension")),
        entry("README.md", FileClass("Markdown", Category.DOCUMENTATION, "extension")),
    )
    assert found == {"a.py": "Python", "run": "Python", "tests/b.py": "Python"}


def test_a_name_tells_the_language_where_nothing_else_does() -> None:
    found = code(*(entry(name, None) for name in ("a.py", "B.PHP", "c", "go", "x.c", "y.h", ".py")))
    assert found == {"a.py": "Python", "B.PHP": "PHP", "x.c": "C", "y.h": "C", ".py": "Python"}


def test_a_path_that_no_index_could_hold_is_no_code() -> None:
    long = "/".join(["d" * 99] * 10)
    wide = "/".join(["ü" * 99] * 5)
    assert list(code(entry(f"{long}.py"), entry(f"{long}x.py"))) == []
    assert list(code(entry(f"{long[:-3]}.py"))) == [f"{long[:-3]}.py"]
    assert list(code(entry(f"{wide}.py"))) == [f"{wide}.py"]
    assert list(code(entry(f"{wide}üü.py"), entry(f"{wide}/üü.py"))) == []


def test_configuration_is_read_where_it_is_small_and_the_projects_own() -> None:
    toml = FileClass("TOML", Category.CONFIGURATION, "filename")
    entries = [
        entry("a/pyproject.toml", toml),
        entry("b/pyproject.toml", toml._replace(category=Category.VENDORED)),
        entry("c/pyproject.toml", toml, size=LARGEST_CONFIG + 1),
        entry("d/pyproject.toml", None, kind=Kind.SYMLINK),
        entry("e/other.toml", toml),
    ]
    selected = select(entries)
    assert [found.path for found in selected.configs] == ["a/pyproject.toml"]
    assert len(selected.paths) == 5


def test_names_that_are_no_text_have_their_stored_text() -> None:
    (found,) = select([entry(b"\xff/\xfe.py")]).code
    assert found.path == "\U0010ffff/\U0010fffe.py"
    assert (found.directory, found.name) == (b"\xff", b"\xfe.py")


@pytest.mark.parametrize(
    ("before", "after", "families"),
    [
        (["a.py"], ["a.py"], set()),
        (["a.py"], ["a.py", "b.pyi"], {"python"}),
        (["a.py"], ["b.py"], {"python"}),
        (["a.py", "README"], ["a.py", "LICENSE"], {OTHERS}),
        (["x/setup.cfg"], ["setup.cfg"], {"python"}),
        (["a.b/c"], ["a.b/d"], {OTHERS}),
        (["a.kt", "b.java"], ["a.kt", "b.ts"], {"jvm", "javascript"}),
        (["ab", "c"], ["a", "bc"], {OTHERS}),
    ],
)
def test_it_is_told_for_which_languages_other_files_are_there(
    before: list[str], after: list[str], families: set[str]
) -> None:
    assert changed_families(digest_paths(before), digest_paths(after)) == families


def test_a_relationship_is_told_once_and_as_more_than_types_if_it_is() -> None:
    imports = (
        Import("./b", 3, "type"),
        Import("./b", 5),
        Import("./b", 7, "dynamic"),
        Import("./c", 8, "type"),
        Import("./a", 9),
        Import("react", 10),
        Import("./gone", 11),
    )
    analysis = analysed(
        [
            said("a.ts", FileFacts(20, imports), "TypeScript"),
            said("b.ts", FileFacts(1), "TypeScript"),
            said("c.ts", FileFacts(1), "TypeScript"),
        ]
    )
    assert links(analysis) == {("a.ts", "b.ts"): (3, "import"), ("a.ts", "c.ts"): (8, "type")}
    assert analysis.statistics() == {
        "code_files": 3,
        "code_lines": 22,
        "relationships_mapped": 2,
        "unresolved_imports": 1,
        "external_packages": {"react": 1},
        "external_packages_total": 1,
        "unread_files": 0,
        "unparsed_files": {},
    }


def test_lines_that_move_are_all_that_changes() -> None:
    other = said("b.ts", FileFacts(1), "TypeScript")
    first = analysed([said("a.ts", FileFacts(5, (Import("./b", 2),)), "TypeScript"), other])
    made, _ = said("a.ts", FileFacts(), "TypeScript")
    moved = made._replace(digest=b"2" * 32)
    facts = {(b"2" * 32, "TypeScript"): encode_facts(FileFacts(6, (Import("./b", 3),)))}
    second = analysed([(moved, facts), other], first.known)
    (line,) = changes_since(first.known, second)[0].moved
    assert line == ("a.ts", "b.ts", 3, "import")
    assert changes_since(first.known, second)[0].added == []


def test_a_target_with_a_path_that_no_index_could_hold_is_left_out() -> None:
    long = "/".join(["d" * 99] * 11)
    data = entry(f"{long}/data.json", FileClass("JSON", Category.DATA, "extension"))
    imports = (Import(f"./{long}/data.json", 1),)
    analysis = analysed(
        [said("a.ts", FileFacts(1, imports), "TypeScript"), (data, {})],
    )
    assert links(analysis) == {}
    assert analysis.base.unresolved == []


def test_a_large_file_is_not_read() -> None:
    class NotRead(NoContents):
        def read(self, wanted: Any) -> Iterator[Any]:
            assert not wanted
            return iter(())

    large = entry("a.py", size=1 << 40)
    for thorough in (False, True):
        analysis = analyse([large], contents=NotRead(), store=KeptFacts(), is_thorough=thorough)
        assert analysis.statistics()["unparsed_files"] == {"too_large": 1}


def known(*paths: str, rules: str = "1") -> Known:
    files = {
        path: KnownFile.of(
            path,
            Reading("Python", "source", b"\1" * 32, 1, 1, (), (), (), "", None, (), ()),
            Linked(),
        )
        for path in paths
    }
    return Known(uuid4(), rules, files, {"go.mod": (b"", b"\xff")}, digest_paths(paths))


def touched(before: Known, *paths: str) -> Known:
    """The same project, of which some files are said anew."""
    files = dict(before.files)
    for path in paths:
        reading = before.files[path].reading._replace(digest=b"\2" * 32)
        files[path] = KnownFile.of(path, reading, Linked())
    return replace(before, analysis_id=uuid4(), files=files)


def same(one: Known | None, other: Known) -> bool:
    return one is not None and replace(one, base=None, resolvers={}) == replace(
        other, base=None, resolvers={}
    )


def test_what_is_remembered_is_the_last_analysis(tmp_path: Path) -> None:
    memory = AnalysisMemory(tmp_path)
    first, second = known("a.py"), known("a.py", "b.py")
    memory.keep("one", first)
    memory.keep("two", known("x.py"))
    assert memory.recall("one", first.analysis_id, "1") is first
    assert memory.recall("one", first.analysis_id, "2") is None
    assert memory.recall("two", first.analysis_id, "1") is None
    assert memory.recall("three", first.analysis_id, "1") is None
    memory.keep("one", second)
    for each in (memory, AnalysisMemory(tmp_path)):
        assert each.recall("one", first.analysis_id, "1") is None
        assert same(each.recall("one", second.analysis_id, "1"), second)
    memory.forget("one")
    for each in (memory, AnalysisMemory(tmp_path)):
        assert each.recall("one", second.analysis_id, "1") is None


def test_what_has_changed_since_is_kept_beside_the_whole(tmp_path: Path) -> None:
    names = [f"m{number}.py" for number in range(100)]
    memory = AnalysisMemory(tmp_path)
    last = known(*names)
    memory.keep("one", last)
    (whole,) = tmp_path.glob("*.known")
    size = whole.stat().st_size
    for number in range(3):
        last = touched(last, names[number])
        left = {path: file for path, file in last.files.items() if path != names[50 + number]}
        last = replace(last, files=left)
        memory.keep("one", last)
        memory = AnalysisMemory(tmp_path)
        recalled = memory.recall("one", last.analysis_id, "1")
        assert same(recalled, last)
        last = recalled or last
    assert whole.stat().st_size == size
    last = touched(last, *names[60:])
    memory.keep("one", last)
    assert whole.stat().st_size != size
    assert same(AnalysisMemory(tmp_path).recall("one", last.analysis_id, "1"), last)


@pytest.mark.parametrize("spoilt", ["*.known", "*.since"])
@pytest.mark.parametrize("content", [b"", b"\0" * 100, None])
def test_what_is_spoilt_is_not_remembered(
    tmp_path: Path, spoilt: str, content: bytes | None
) -> None:
    memory = AnalysisMemory(tmp_path)
    first = known(*(f"m{number}.py" for number in range(100)))
    memory.keep("one", first)
    second = touched(first, "m0.py")
    memory.keep("one", second)
    for file in tmp_path.glob(spoilt):
        file.unlink()
        if content is not None:
            file.write_bytes(content)
    again = AnalysisMemory(tmp_path)
    assert again.recall("one", second.analysis_id, "1") is None
    assert same(again.recall("one", first.analysis_id, "1"), first) == (spoilt == "*.since")
    again.keep("one", second)
    assert same(AnalysisMemory(tmp_path).recall("one", second.analysis_id, "1"), second)


def test_two_processes_do_not_mix_what_they_remember(tmp_path: Path) -> None:
    names = [f"m{number}.py" for number in range(100)]
    one, other = AnalysisMemory(tmp_path), AnalysisMemory(tmp_path)
    first = known(*names)
    one.keep("p", first)
    assert other.recall("p", first.analysis_id, "1") is not None
    theirs = touched(first, *names[:50])
    other.keep("p", theirs)  # a new whole
    mine = touched(first, "m99.py")
    one.keep("p", mine)  # what has changed since the old one
    for memory in (one, other, AnalysisMemory(tmp_path)):
        for each in (mine, theirs):
            found = memory.recall("p", each.analysis_id, "1")
            assert found is None or same(found, each)


def test_nothing_is_lost_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = AnalysisMemory(tmp_path / "file" / "below", files=3)
    small, large = known("a.py"), known("a.py", "b.py", "c.py")
    memory.keep("one", small)
    assert memory.recall("one", small.analysis_id, "1") is small
    memory.keep("one", large)
    assert memory.recall("one", large.analysis_id, "1") is None
    memory.forget("one")


def test_another_release_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = known("a.py")
    AnalysisMemory(tmp_path).keep("one", first)
    monkeypatch.setattr(memories, "_FORMAT", "0")
    assert AnalysisMemory(tmp_path).recall("one", first.analysis_id, "1") is None


def test_rules_of_onex_count_in_all_files_as_soon_as_one_is_a_node() -> None:
    model = FileFacts(9, definitions=(Definition("Cart", "class", 1, 9),))
    helper = said("shop/model_cart.py", model)
    definitions = (Definition("NodeShopEffect", "class", 1, 3),)
    node = said("shop/nodes/x/node_shop_effect.py", FileFacts(3, definitions=definitions))
    first = analysed([helper])
    second = analysed([helper, node], first.known)
    assert (first.known.is_onex, second.known.is_onex) == (False, True)
    before, after = all_rows(first)[1], all_rows(second)[1]
    changes = changes_since(first.known, second)[1]
    assert {row.key for row in changes.added} == after.keys() - before.keys()
    assert set(changes.gone) == before.keys() - after.keys()
    assert "onex_missing_class" in {
        row.rule for row in changes.added if row.path == "shop/model_cart.py"
    }
