"""The tree hash against `docs/tree-hash.md`, through an implementation that shares no code."""

import hashlib
import re
from pathlib import Path
from typing import cast

from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from onextree.tree.model import Entry, Kind
from onextree.tree.tree_hash import MerkleTree, hash_tree

DOCUMENT = Path(__file__).parents[2] / "docs" / "tree-hash.md"


def reference(files: dict[str, tuple[str, bytes | None]]) -> str:
    """Paths to (kind letter, 32 bytes or None), by the words of the document."""

    def digest_of(directory: dict[bytes, object]) -> bytes:
        data = b"onextree-tree-1\0"
        for name in sorted(directory):
            found = directory[name]
            if isinstance(found, dict):
                data += b"d " + name + b"\0" + digest_of(found)
            else:
                kind, digest = cast("tuple[str, bytes | None]", found)
                data += kind.encode() + b" " + name + b"\0" + (digest or bytes(32))
        return hashlib.sha256(data).digest()

    root: dict[bytes, object] = {}
    for path, found in files.items():
        *directories, name = path.encode().split(b"/")
        here = root
        for part in directories:
            here = here.setdefault(part, {})  # type: ignore[assignment]
        here[name] = found
    return digest_of(root).hex()


def entry(path: str, kind: Kind, content: bytes | None) -> Entry:
    directory, _, name = path.encode().rpartition(b"/")
    digest = None if content is None else blake3(content).digest()
    return Entry(directory, name, kind, len(content or b""), digest)


EXAMPLES = {
    "empty": [],
    "one file": [entry("README.md", Kind.FILE, b"# Hello\n")],
    "all kinds": [
        entry("README.md", Kind.FILE, b"# Hello\n"),
        entry("bin/run", Kind.EXECUTABLE, b"#!/bin/sh\n"),
        entry("latest", Kind.SYMLINK, b"bin/run"),
        entry("secret", Kind.FILE, None),
        entry("third/party", Kind.SUBMODULE, b"4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        entry("scratch", Kind.REPOSITORY, None),
    ],
}


def test_the_documented_vectors() -> None:
    documented = dict(
        re.findall(r"^\| ([a-z ]+) \| `([0-9a-f]{64})` \|", DOCUMENT.read_text(), re.M)
    )
    assert documented == {name: hash_tree(entries).hex for name, entries in EXAMPLES.items()}


names = st.sampled_from(["a", "b", "a-b", "a.b", "B", "é", "z"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
leaves = st.tuples(st.sampled_from("fxlmr"), st.binary(min_size=32, max_size=32))


@given(st.dictionaries(paths, leaves, max_size=12))
def test_any_tree_hashes_as_the_document_says(drawn: dict[str, tuple[str, bytes]]) -> None:
    files = {
        path: found
        for path, found in drawn.items()
        if not any(other.startswith(path + "/") for other in drawn)
    }
    entries = []
    for path, (kind, digest) in files.items():
        directory, _, name = path.encode().rpartition(b"/")
        entries.append(Entry(directory, name, Kind(kind), 0, digest))
    tree_hash = hash_tree(entries)
    assert tree_hash.hex == reference(dict(files))
    parents = {
        "/".join(path.split("/")[:depth])
        for path in files
        for depth in range(1, path.count("/") + 1)
    }
    assert tree_hash.total_directories == len(parents)


def test_a_file_that_cannot_be_read_is_no_empty_file() -> None:
    one = hash_tree([entry("a", Kind.FILE, None)])
    other = hash_tree([entry("a", Kind.FILE, b"")])
    assert one.hex == reference({"a": ("u", None)})
    assert one.hex != other.hex


PATHS = st.sampled_from(
    [b"a", b"b", b"a/b", b"a/b/c", b"a.b/c", b"\xff/\xfe", b"d/e/f", b"/".join([b"x"] * 1500)]
)
CHANGES = st.lists(
    st.tuples(PATHS, st.sampled_from([*Kind, None]), st.none() | st.just(bytes(32)), st.booleans()),
    max_size=12,
)


@given(CHANGES)
def test_a_hash_that_is_kept_up_equals_one_made_anew(
    changes: list[tuple[bytes, Kind | None, bytes | None, bool]],
) -> None:
    tree = MerkleTree()
    there: dict[tuple[bytes, bytes], Entry] = {}
    for path, kind, digest, is_asked in changes:
        directory, _, name = path.rpartition(b"/")
        if kind is not None:
            tree.put(directory, name, kind, digest)
            there[directory, name] = Entry(directory, name, kind, 0, digest)
        elif there.pop((directory, name), None):
            tree.remove(directory, name)
        if is_asked:
            assert tree.tree_hash() == hash_tree(there.values()).hex
    whole = hash_tree(there.values())
    assert (tree.tree_hash(), tree.total_directories) == (whole.hex, whole.total_directories)
