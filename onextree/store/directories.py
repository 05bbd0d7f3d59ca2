"""Digests of a newest version's directories: with them a next version needs no look at the others.

The root's digest is the tree hash, which stands in the version itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from onextree.store.database import RawConnection, statement
from onextree.store.file_classes import FileClasses
from onextree.store.rows import kind_letter
from onextree.tree.changes.named import NamedFiles
from onextree.tree.changes.packed import PackedRows
from onextree.tree.changes.touched import TouchedDirectories
from onextree.tree.model import Entry, Kind
from onextree.tree.names import decode_name, directory_key, encode_name
from onextree.tree.tree_hash import parent_directories

__all__ = ["DigestChanges", "changed_digests", "read_touched", "replace_digests"]

_ESCAPE = chr(0x10FF00).encode()[:2]  # begins whatever `decode_name` escapes
_DIGEST = 32  # bytes
_COLUMNS = ("int4", "text", "text", "bytea")


@dataclass(frozen=True, slots=True)
class DigestChanges:
    """What a version changes in the stored digests.

    Attributes:
        put: New digests by directory; the root's is left out where it is stored.
        gone: Directories that are not there any more.
    """

    put: Mapping[bytes, bytes] = field(default_factory=dict)
    gone: Iterable[bytes] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """Of the statement ``record_version``."""
        put = [(*_place(directory), digest) for directory, digest in self.put.items() if directory]
        gone = [_place(directory) for directory in self.gone]
        return {
            "hashed_parents": [parent for parent, _, _ in put],
            "hashed_names": [name for _, name, _ in put],
            "hashed_digests": [digest for _, _, digest in put],
            "unhashed_parents": [parent for parent, _ in gone],
            "unhashed_names": [name for _, name in gone],
        }


def changed_digests(digests: Mapping[bytes, bytes], paths: Iterable[str]) -> DigestChanges:
    """What changes where paths did.

    Args:
        digests: Of all directories of the new version.
        paths: Added, modified and removed ones, as stored text.
    """
    directories = {path.rpartition("/")[0] for path in paths}
    touched = parent_directories(map(encode_name, directories))
    return DigestChanges(
        {directory: digests[directory] for directory in touched & digests.keys()},
        touched - digests.keys(),
    )


def replace_digests(
    connection: RawConnection, project_key: int, digests: Mapping[bytes, bytes]
) -> None:
    """Store the digests of all directories, whatever there was."""
    connection.execute(statement("delete_directories"), {"project_key": project_key})
    with connection.cursor() as cursor, cursor.copy(statement("copy_directories")) as copy:
        copy.set_types(_COLUMNS)
        for directory, digest in digests.items():
            if directory:
                copy.write_row((project_key, *_place(directory), digest))


def read_touched(
    connection: RawConnection,
    classes: FileClasses,
    project_key: int,
    named: NamedFiles,
    warm: Mapping[bytes, PackedRows],
) -> TouchedDirectories:
    """What the newest version has of named files, and of the directories that lead to them.

    Args:
        warm: What is known of its directories.
    """
    keys = {directory: directory_key(decode_name(directory)) for directory in named.touched}
    cold = {key: directory for directory, key in keys.items() if directory not in warm}
    found = [(path, *path.rpartition(b"/")[::2]) for path in named]
    with connection.pipeline(), connection.cursor(binary=True) as entries:  # one round trip
        entries.execute(
            statement("named_entries"),
            {
                "project_key": project_key,
                "dirs": [keys[directory] for _, directory, _ in found],
                "names": [decode_name(name) for _, _, name in found],
            },
        )
        packed = connection.cursor(binary=True)
        packed.execute(
            statement("touched_directories"), {"project_key": project_key, "dirs": list(cold)}
        )
        rows, touched = entries.fetchall(), packed.fetchall()
    classes.classes(connection, {row[4] for row in rows})
    known = {}
    for place, kind, size, digest, number in rows:
        path, directory, name = found[place - 1]
        entry = Entry(directory, name, Kind(kind_letter(kind)), size, digest)
        known[path] = entry._replace(file_class=classes.named(number))
    read = {cold[key]: _unescaped(packed) for key, packed in touched}
    return TouchedDirectories(
        known,
        {
            directory: warm[directory] if directory in warm else read[directory]
            for directory in keys
        },
    )


def _unescaped(packed: bytes | None) -> PackedRows:
    """Rows with names as the file system has them, in their order."""
    rows = PackedRows(packed or b"")
    if not packed or _ESCAPE not in packed:
        return rows
    raw = ((encode_name(name.decode()), row[:1], row[-_DIGEST:]) for name, row in rows)
    return PackedRows.of((name, kind + b" " + name + b"\0" + digest) for name, kind, digest in raw)


def _place(directory: bytes) -> tuple[str, str]:
    """Key of the directory above, and the name."""
    parent, _, name = directory.rpartition(b"/")
    return directory_key(decode_name(parent)), decode_name(name)
