"""Directories whose rows stay packed: found in, replaced and hashed as if they were unpacked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.tree.changes.decision import NeedsScan, ScanReason
from onextree.tree.changes.packed import PackedRows
from onextree.tree.changes.touched import TouchedDirectories
from onextree.tree.model import Entry, Kind
from onextree.tree.tree_hash import directory_row, entry_row, hash_tree, parent_directories

# Names and digests in which rows of others seem to begin.
NAMES = st.sampled_from([b"a", b"f a", b"x", b" ", b"a b", b"\xff\xfe", b"d a", "é".encode()])
DIGESTS = st.sampled_from(
    [bytes(32), b"f a\0".ljust(32, b"."), b"d x\0f a\0m x\0".rjust(32, b" "), b"r a\0" * 8]
)
KINDS = st.sampled_from([Kind.FILE, Kind.EXECUTABLE, Kind.SYMLINK, Kind.SUBMODULE])
DIRECTORIES = st.sampled_from([b"", b"p", b"p/q", b"p/q/r", b"a b/f a"])


def tree_of(drawn: dict[tuple[bytes, bytes], tuple[Kind, bytes]]) -> list[Entry]:
    """Entries, but for those that stand where a directory is."""
    directories = parent_directories(directory for directory, _ in drawn)
    return [
        Entry(directory, name, kind, 1, digest)
        for (directory, name), (kind, digest) in drawn.items()
        if (directory + b"/" + name if directory else name) not in directories
    ]


TREES = st.dictionaries(
    st.tuples(DIRECTORIES, NAMES), st.tuples(KINDS, DIGESTS), min_size=1, max_size=12
).map(tree_of)


def stored(entries: list[Entry]) -> dict[bytes, PackedRows]:
    digests = hash_tree(entries).digests
    rows: dict[bytes, list[tuple[bytes, bytes]]] = {directory: [] for directory in digests}
    for entry in entries:
        rows[entry.directory].append(entry_row(entry.name, entry.kind, entry.digest))
    for directory, digest in digests.items():
        parent, _, name = directory.rpartition(b"/")
        if directory:
            rows[parent].append(directory_row(name, digest))
    return {directory: PackedRows.of(below) for directory, below in rows.items()}


@given(TREES, NAMES)
def test_a_name_is_found_as_what_it_is(entries: list[Entry], name: bytes) -> None:
    for directory, rows in stored(entries).items():
        kinds = {entry.name: entry.kind for entry in entries if entry.directory == directory}
        for kind in Kind:
            assert rows.has(kind.value.encode(), name) == (kinds.get(name) is kind)
        assert [found for found, _ in rows] == sorted(found for found, _ in rows)


@given(TREES, TREES)
@settings(max_examples=300)
def test_a_patched_tree_has_the_hash_of_one_made_anew(old: list[Entry], other: list[Entry]) -> None:
    before = {entry[:2]: entry for entry in old}
    there = parent_directories(entry.directory for entry in old)
    known = {entry.path for entry in old}
    after = {
        entry[:2]: entry for entry in other if entry.directory in there and entry.path not in there
    }
    gone = [entry for place, entry in before.items() if place in after and after[place] != entry]
    new = [entry for place, entry in after.items() if before.get(place) != entry]
    if len(old) > 1:
        gone.append(old[-1]) if old[-1] not in gone and old[-1][:2] not in after else None
    rows = stored(old)
    touched = TouchedDirectories({path: before[split(path)] for path in known}, rows)
    result = [entry for entry in old if entry not in gone and entry[:2] not in after]
    result += [*new, *(after[place] for place in after if before.get(place) == after[place])]
    whole = hash_tree(result)
    if whole.digests.keys() != hash_tree(old).digests.keys():
        with pytest.raises(NeedsScan) as needed:
            touched.patched(hash_tree(old).hex, gone, new)
        assert needed.value.reason is ScanReason.DIRECTORIES
        return
    patch = touched.patched(hash_tree(old).hex, gone, new)
    if gone or new:
        assert patch.digests.items() <= whole.digests.items()
        assert patch.digests[b""] == whole.digests[b""]
    assert {each: rows.packed for each, rows in patch.rows.items()} == {
        each: rows.packed for each, rows in stored(result).items()
    }


def split(path: bytes) -> tuple[bytes, bytes]:
    directory, _, name = path.rpartition(b"/")
    return directory, name


def test_rows_that_do_not_give_the_hash_are_noticed() -> None:
    entries = [Entry(b"p", name, Kind.FILE, 1, bytes(32)) for name in (b"a", b"b")]
    entries.append(Entry(b"", b"z", Kind.FILE, 1, bytes(32)))
    other = [*entries[:2], entries[2]._replace(digest=b"y" * 32)]
    changed = entries[0]._replace(digest=b"x" * 32)
    tree_hash = hash_tree(entries).hex
    for damaged in (
        {**stored(entries), b"p": stored([changed])[b"p"]},
        {**stored(entries), b"": stored([changed])[b""]},
        {**stored(entries), b"": stored(other)[b""]},
    ):
        touched = TouchedDirectories({}, damaged)
        with pytest.raises(NeedsScan) as needed:
            touched.patched(tree_hash, [entries[0]], [changed])
        assert needed.value.reason is ScanReason.UNFIT
