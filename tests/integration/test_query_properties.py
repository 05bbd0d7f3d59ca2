"""Any question about any version: in memory, in SQL and by looking at every file, one answer."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onextree.store import lifecycle, moments, projects, search
from onextree.store.database import Database, RawConnection
from onextree.store.file_classes import FileClasses
from onextree.store.moments import Located, Moment
from onextree.tree.model import Entry
from onextree.tree.names import decode_name, directory_key
from onextree.tree.query.index import TreeIndex
from onextree.tree.query.model import Page, Query, QueryType
from onextree.tree.structure import file_extension
from tests import globbing
from tests.integration.test_store_machine import ENTRIES, placed
from tests.stores import record

FOUND = tuple[str, str]  # path and kind


def extended(entry: Entry, ending: bytes, directory: bytes | None) -> Entry:
    place = entry.directory if directory is None else directory
    return entry._replace(name=entry.name[:200] + ending, directory=place)


ENDINGS = st.sampled_from([b"", b"", b".py", b".PY", b".\xc3\x84", b".tar.gz"])
BESIDE = st.sampled_from([None, None, b"a0", b"a!/b", b"a/b/c"])  # sorted around what is below a
TREES = st.lists(
    st.lists(st.builds(extended, ENTRIES, ENDINGS, BESIDE), max_size=7), min_size=1, max_size=4
)


@st.composite
def questions(draw: st.DrawFn, paths: Sequence[str]) -> Query:
    """A question that may have to do with some of these paths."""
    path = draw(st.sampled_from([*paths, "a/b", "none"]))
    directory, _, name = path.rpartition("/")
    kind = draw(st.sampled_from([each for each in QueryType if each is not QueryType.AUTO]))
    match kind:
        case QueryType.PATH:
            text = path
        case QueryType.DIRECTORY:
            parts = directory.split("/")
            text = "/".join(parts[: draw(st.integers(0, len(parts)))])
        case QueryType.NAME:
            text = name
        case QueryType.EXTENSION:
            text = draw(st.sampled_from([file_extension(name) or "py", "py", "PY", "Ä", "gz"]))
        case QueryType.TEXT:
            start = draw(st.integers(0, len(path) - 1))
            text = path[start : draw(st.integers(start + 1, len(path)))][:900]
        case QueryType.REGEX:
            text = draw(regexes(path))
        case _:
            text = draw(globs(path))
    return Query.parse(text, kind, limit=draw(st.integers(1, 4)))


@st.composite
def globs(draw: st.DrawFn, path: str) -> str:
    parts = []
    for name in path.split("/")[:3]:
        escaped = "".join(f"\\{char}" if char in r"*?[]{},\\!^-" else char for char in name[:100])
        some = [escaped] * 3 + ["**", "*", f"{escaped[:1]}*" if name[0].isalnum() else "*"]
        some += ["?" * len(name), "[a-c]", "[!a]*", "*.py", "*.{py,PY}", "{a,b}", "*[.]*"]
        parts.append(draw(st.sampled_from(some)))
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), "**")
    return "/".join(parts)


@st.composite
def regexes(draw: st.DrawFn, path: str) -> str:
    start = draw(st.integers(0, len(path) - 1))
    text = re.escape(path[start : start + 3])
    return draw(st.sampled_from([text, f"^{text}", f".{text}", f"{text}.*[a-c]", f"(?:b|{text})"]))


def brute_force(entries: Sequence[Entry], query: Query) -> list[FOUND]:
    """By looking at every entry, and the description of the query."""
    paths = {decode_name(entry.path): entry.kind.value for entry in entries}
    text = query.text
    if query.type is QueryType.DIRECTORY:
        start = f"{text}/" if text else ""
        children = {
            path[len(start) :].partition("/")[0] for path in paths if path.startswith(start)
        }
        return [(start + name, paths.get(start + name, "d")) for name in sorted(children)]
    tests: dict[QueryType, Callable[[str], bool]] = {
        QueryType.PATH: lambda path: path == text,
        QueryType.NAME: lambda path: path.split("/")[-1] == text,
        QueryType.EXTENSION: lambda path: (
            file_extension(path.split("/")[-1]) == (file_extension(f"x.{text}") or "")
        ),
        QueryType.TEXT: lambda path: text in path,
        QueryType.GLOB: lambda path: globbing.matches(text, path),
        QueryType.REGEX: lambda path: re.search(text, path) is not None,
    }
    found = [(path, kind) for path, kind in paths.items() if tests[query.type](path)]
    return sorted(found, key=lambda each: _place(each[0]))


def _place(path: str) -> tuple[str, str]:
    directory, _, name = path.rpartition("/")
    return directory_key(directory), name


def pages(query: Query, answer: Callable[[Query], Page]) -> Iterator[FOUND]:
    """All items, page by page."""
    cursor = None
    while True:
        page = answer(Query.parse(query.text, query.type, limit=query.limit, cursor=cursor))
        assert len(page.items) <= query.limit
        yield from ((item.path, item.kind) for item in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def check(connection: RawConnection, trees: dict[int, list[Entry]], data: st.DataObject) -> None:
    """At every version that is left."""
    classes = FileClasses()
    before: TreeIndex | None = None
    earlier: Located | None = None
    for version, entries in trees.items():
        located = moments.locate(connection, "some", Moment(version=version))
        index = TreeIndex.of(version, search.read_items(connection, classes, located))
        paths = [decode_name(entry.path) for entry in entries]
        assert len(index) == len(entries)
        for path, entry in zip(paths, entries, strict=True):
            item = index.find(path)
            assert item is not None
            assert item == search.find_item(connection, classes, located, path)
            facts = (entry.kind.value, entry.size, entry.digest, entry.file_class)
            assert (item.kind, item.size, item.digest, item.file_class) == facts
        indexes = [index]
        if before is not None and earlier is not None and located.is_newest:
            updated = search.update_index(connection, classes, located, earlier.snapshot_id, before)
            assert updated is not None
            assert list(updated) == list(index)
            indexes.append(updated)
        for _ in range(6):
            query = data.draw(questions(paths), label="query")
            expected = brute_force(entries, query)
            ask = partial(search.search, connection, classes, located, timeout=10)
            assert list(pages(query, ask)) == expected
            for each in indexes:
                assert list(pages(query, each.query)) == expected
        before, earlier = index, located


def run(database: Database, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(edits=TREES, data=st.data())
    def any_history(edits: list[list[Entry]], data: st.DataObject) -> None:
        trees: dict[int, list[Entry]] = {}
        with database.transaction() as connection:
            connection.execute("DELETE FROM onextree.projects")
            projects.register_project(connection, "some", Path("/nowhere"))
        entries: list[Entry] = []
        for edit in edits:
            kept = [entry for entry in entries if data.draw(st.booleans(), label="keep")]
            entries = placed([*kept, *edit])
            with database.transaction() as connection:
                recorded = record(connection, "some", entries)
            trees.setdefault(recorded.version, entries)
        gone = [each for each in list(trees)[:-1] if data.draw(st.booleans(), label="delete")]
        with database.transaction() as connection:
            key = projects.find_project(connection, "some").project_key
            projects.lock_project(connection, key, 5)
            lifecycle.delete_versions(connection, "some", key, gone)
        for version in gone:
            del trees[version]
        with database.reading() as connection:
            check(connection, trees, data)

    any_history()


@pytest.mark.timeout(300)
def test_every_question_has_one_answer(database: Database) -> None:
    run(database, 60)


@pytest.mark.soak
def test_every_question_has_one_answer_at_length(database: Database) -> None:
    run(database, 3_000)
