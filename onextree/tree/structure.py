"""A tree as nested nodes, for people and machines: `tree_structure` in SQL, JSON and `.onextree`.

A node is ``{path, name, type, ...}`` as upstream's OnexTreeNode: ``path`` relative to the root,
which is ``""``; ``type`` is ``file`` or ``directory``; ``children`` sorted bytewise by name. A file
has ``size`` (bytes), ``extension`` (without its dot), ``language``, ``category`` and ``digest``
(BLAKE3); a directory ``inferred_purpose``; what is neither says so in ``kind``. What is unknown is
left out. `docs/tree-structure.schema.json` is the schema.
"""

from collections.abc import Iterable, Iterator, Mapping
from string import ascii_uppercase
from typing import Any

from onextree.errors import InvalidTreeFile
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.limits import Limits
from onextree.tree.model import Entry, Kind, Tree
from onextree.tree.names import decode_name, encode_name
from onextree.tree.tree_hash import hash_tree

__all__ = [
    "ascii_lower",
    "build_tree",
    "entries_of",
    "file_extension",
    "leaf_node",
    "tree_structure",
]

Node = dict[str, Any]

_KIND_WORDS = {Kind.SYMLINK: "symlink", Kind.SUBMODULE: "submodule", Kind.REPOSITORY: "repository"}
_KINDS = {word: kind for kind, word in _KIND_WORDS.items()}
_ENTERED = (Kind.SUBMODULE, Kind.REPOSITORY)
_DIGEST_HEX = 64
_IMPORTED = "imported"
_MOST_BYTES_OF_A_NAME = 255
_ASCII_LOWER = {ord(char): char.lower() for char in ascii_uppercase}


def file_extension(name: str) -> str | None:
    """In lower case and without its dot; None where there is none. `onextree.extension` in SQL."""
    stem, _, extension = name.rpartition(".")
    return ascii_lower(extension) if stem and extension else None


def ascii_lower(text: str) -> str:
    """ASCII letters in lower case and all others as they are, as PostgreSQL does it there."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def tree_structure(entries: Iterable[Entry], purposes: Mapping[str, str], root_name: str) -> Node:
    """The root's node with everything below it.

    Args:
        purposes: Of directories, by path.
        root_name: Name of the root directory.
    """
    root: Node = {"path": "", "name": root_name, "type": "directory", "children": []}
    directories: dict[str, Node] = {"": root}
    for entry in entries:
        parent = _directory(decode_name(entry.directory), directories, purposes)
        parent["children"].append(leaf_node(entry, parent["path"]))
    for node in directories.values():
        node["children"].sort(key=lambda child: encode_name(child["name"]))
    return root


def _directory(path: str, known: dict[str, Node], purposes: Mapping[str, str]) -> Node:
    missing = []
    while path not in known:
        missing.append(path)
        path = path.rpartition("/")[0]
    parent = known[path]
    for path in reversed(missing):
        node: Node = {"path": path, "name": path.rpartition("/")[2], "type": "directory"}
        if path in purposes:
            node["inferred_purpose"] = purposes[path]
        node["children"] = []
        parent["children"].append(node)
        parent = known[path] = node
    return parent


def leaf_node(entry: Entry, parent: str) -> Node:
    """The node of an entry in a directory."""
    name = decode_name(entry.name)
    node: Node = {
        "path": f"{parent}/{name}" if parent else name,
        "name": name,
        "type": "directory" if entry.kind in _ENTERED else "file",
    }
    if entry.kind in _KIND_WORDS:
        node["kind"] = _KIND_WORDS[entry.kind]
    elif entry.kind is Kind.EXECUTABLE:
        node["executable"] = True
    node["size"] = entry.size
    optional = {
        "extension": file_extension(name),
        "language": entry.file_class.language if entry.file_class else None,
        "category": entry.file_class.category.value if entry.file_class else None,
        "digest": entry.digest.hex() if entry.digest else None,
    }
    node.update((key, value) for key, value in optional.items() if value is not None)
    node["children"] = []
    return node


def entries_of(root: Any) -> Iterator[Entry]:
    """The entries of nested nodes; directories without any are lost.

    Also for the older dialect, whose nodes are ``{name, type, children}`` and nothing else.

    Raises:
        InvalidTreeFile: A node cannot be one, or two have one path.
    """
    waiting: list[tuple[bytes, Any]] = [(b"", child) for child in _children(root, "the root")]
    seen: set[bytes] = set()
    while waiting:
        directory, node = waiting.pop()
        name = _name(node, directory)
        path = directory + b"/" + name if directory else name
        if path in seen:
            raise InvalidTreeFile(f"{decode_name(path)!r} stands in the file twice.")
        seen.add(path)
        shown = decode_name(path)
        if node.get("path") not in (None, shown):
            raise InvalidTreeFile(f"{shown!r} says that its path is {node['path']!r}.")
        children = _children(node, repr(shown))
        if node.get("type") == "directory" and "kind" not in node:
            waiting.extend((path, child) for child in children)
        elif children:
            raise InvalidTreeFile(f"{shown!r} is no directory and cannot have children.")
        else:
            yield _entry(directory, name, node, shown)


def build_tree(entries: Iterable[Entry], limits: Limits) -> Tree:
    """A tree of entries in any order that were not scanned here.

    Raises:
        TreeTooLarge: They are more than the limits allow.
    """
    found = sorted(entries, key=lambda entry: entry[:2])
    limits.check_files(len(found))
    tree_hash = hash_tree(found)
    return Tree(
        entries=found,
        tree_hash=tree_hash.hex,
        total_directories=tree_hash.total_directories,
        total_size_bytes=sum(entry.size for entry in found),
        directory_digests=tree_hash.digests,
    )


def _children(node: Any, shown: str) -> list[Any]:
    children = node.get("children") if isinstance(node, dict) else None
    if children is None and isinstance(node, dict):
        return []
    if not isinstance(children, list):
        raise InvalidTreeFile(f"The children of {shown} are no list.")
    return children


def _name(node: Any, directory: bytes) -> bytes:
    where = decode_name(directory) or "the root"
    if not isinstance(node, dict) or node.get("type") not in ("file", "directory"):
        raise InvalidTreeFile(f"A node in {where} is neither file nor directory.")
    text = node.get("name")
    try:
        name = encode_name(text) if isinstance(text, str) else b""
    except UnicodeEncodeError:
        name = b""
    unfit = name in {b"", b".", b".."} or b"/" in name or b"\0" in name
    if unfit or len(name) > _MOST_BYTES_OF_A_NAME:
        raise InvalidTreeFile(f"A node in {where} has the name {text!r}, which no file can have.")
    return name


def _entry(directory: bytes, name: bytes, node: Node, shown: str) -> Entry:
    size, digest, kind = node.get("size", 0), node.get("digest"), _kind(node, shown)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**63:
        raise InvalidTreeFile(f"The size of {shown!r} is no number of bytes.")
    try:
        raw = None if digest is None else bytes.fromhex(digest)
    except (TypeError, ValueError):
        raw = b""
    if raw is not None and len(raw) * 2 != _DIGEST_HEX:
        raise InvalidTreeFile(f"The digest of {shown!r} is not 64 hexadecimal digits.")
    return Entry(directory, name, kind, size, raw, _file_class(node, shown))


def _kind(node: Node, shown: str) -> Kind:
    word = node.get("kind")
    if word is None:
        return Kind.EXECUTABLE if node.get("executable") is True else Kind.FILE
    if word not in _KINDS:
        raise InvalidTreeFile(f"{shown!r} is of the unknown kind {word!r}.")
    return _KINDS[word]


def _file_class(node: Node, shown: str) -> FileClass | None:
    language, category = node.get("language"), node.get("category")
    if category is None:
        return None
    if not isinstance(language, str | None) or category not in set(Category):
        raise InvalidTreeFile(f"{shown!r} has no language or category that is known.")
    return FileClass(language, Category(category), _IMPORTED)
