"""What is stored about paths of a newest version: where they are, what they are and belong to."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onextree.store.database import RawConnection, statement
from onextree.store.file_classes import FileClasses
from onextree.store.moments import Located
from onextree.store.projects import Project
from onextree.store.search import to_items
from onextree.store.tree_states import TreeState
from onextree.tree.names import SURE_PREFIX, directory_key
from onextree.tree.query.model import Item

__all__ = ["Knowledge", "read_facts"]

Facts = dict[str, Any]

_SHOWN = 50  # of each kind
_BEYOND = "\U0010ffff" * 256  # a name has at most 255 of these


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the store knows of a path in a project's newest version.

    Attributes:
        facts: See `read_facts`; empty before the first version.
    """

    state: TreeState
    facts: Facts

    @property
    def project(self) -> Project:
        """As it was when this was read."""
        return self.state.project

    @property
    def located(self) -> Located | None:
        """The version; None before the first."""
        return self.state.located

    @property
    def seen_at(self) -> datetime | None:
        """When the version was last seen to be true; None before the first."""
        return self.state.seen_at

    @property
    def age(self) -> float:
        """Seconds since it was seen to be true, when this was read."""
        return self.state.age


def read_facts(
    connection: RawConnection, classes: FileClasses, state: TreeState, paths: Collection[str]
) -> dict[str, Facts]:
    """What is stored of files and directories, in the transaction that has read the state.

    However many paths there are, it takes the same few statements in one round trip. What is told
    is ``{path, exists_in_tree, version, snapshot_id, tree_hash, is_enriched, sources, patterns:
    [str], relationships: [{type, from, to, basis, line}], findings: [{rule, severity, line,
    message, first_seen_version}]}``, at most 50 of each kind. Where the path is in the tree, to
    these come ``directory, name, extension, kind, size_bytes, blake3, language, category,
    changed_in_version, directory_purpose``; None for what is unknown. Before the first version it
    is empty.

    Args:
        paths: As `onextree.tree.names` escapes them, relative to the root.
    """
    wanted = list(dict.fromkeys(paths))
    located = state.located
    if located is None or not wanted:
        return {path: {} for path in wanted}
    around = list(dict.fromkeys(each for path in wanted for each in _upwards(path)))
    key = {"project_key": located.project_key, "version": located.version}
    shown = {**key, "paths": wanted, "most": _SHOWN}
    enriched = {"snapshot_id": located.snapshot_id, "directories": around}
    with connection.pipeline():  # one round trip
        places = connection.execute(statement("known_places"), {**key, **_places(wanted)})
        said = connection.execute(statement("select_knowledge"), enriched)
        if state.analysis_id is not None:
            links = connection.execute(statement("known_relationships"), shown)
            found = connection.execute(statement("known_findings"), shown)
        items = _items(connection, classes, wanted, places.fetchall())
        row = said.fetchone()
        relationships, findings = _nothing(), _nothing()
        if state.analysis_id is not None:
            relationships = _relationships(links.fetchall())
            findings = _findings(found.fetchall())
    assert row is not None  # in the transaction that has located it
    patterns, purposes = row[0], dict(zip(around, row[1], strict=True))
    facts: dict[str, Facts] = {}
    for path, item in zip(wanted, items, strict=True):
        facts[path] = {
            "path": path,
            "exists_in_tree": item is not None,
            "version": located.version,
            "snapshot_id": str(located.snapshot_id),
            "tree_hash": state.tree_hash,
            "is_enriched": state.is_enriched,
            "sources": state.sources,
            "patterns": patterns,
            "relationships": relationships[path],
            "findings": findings[path],
        }
        if item is not None:
            facts[path].update(item.as_dict(), directory_purpose=_nearest(path, purposes))
    return facts


def _places(paths: Sequence[str]) -> dict[str, list[str]]:
    """The parameters of the statement ``known_places``."""
    parts = [path.rpartition("/") for path in paths]
    ranges = [_below(path) for path in paths]
    return {
        "paths": list(paths),
        "dirs": [directory_key(directory) for directory, _, _ in parts],
        "names": [name for _, _, name in parts],
        "keys": [directory_key(path) for path in paths],
        "leasts": [least for least, _ in ranges],
        "beyonds": [beyond for _, beyond in ranges],
    }


def _below(path: str) -> tuple[str, str]:
    """The least key of directories below a directory, and one beyond them all."""
    encoded = path.encode()
    if len(encoded) < SURE_PREFIX:
        return f"{path}/", f"{path}0"
    start = encoded[:SURE_PREFIX].decode("utf-8", "ignore")
    return start, start + _BEYOND


def _items(
    connection: RawConnection,
    classes: FileClasses,
    paths: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> list[Item | None]:
    """What each path is; None where nothing is there."""
    found: list[Item | None] = [None] * len(paths)
    files = [row for row in rows if row[2] is not None]
    items = to_items(connection, classes, [row[1:-1] for row in files])
    for (number, *_), item in zip(files, items, strict=True):
        found[number - 1] = item
    for number, *_, is_directory in rows:
        if is_directory:
            above, _, name = paths[number - 1].rpartition("/")
            found[number - 1] = Item(above, name, "d", 0, None, None, None)
    return found


def _nothing() -> defaultdict[str, list[dict[str, Any]]]:
    return defaultdict(list)


def _relationships(rows: Sequence[tuple[Any, ...]]) -> defaultdict[str, list[dict[str, Any]]]:
    told = _nothing()
    for path, source, target, line in rows:
        told[path].append(
            {"type": "imports", "from": source, "to": target, "basis": "enrichment", "line": line}
        )
    return told


def _findings(rows: Sequence[tuple[Any, ...]]) -> defaultdict[str, list[dict[str, Any]]]:
    told = _nothing()
    for path, rule, severity, line, message, since in rows:
        told[path].append(
            {
                "rule": rule,
                "severity": severity,
                "line": line,
                "message": message,
                "first_seen_version": since,
            }
        )
    return told


def _nearest(path: str, purposes: Mapping[str, str | None]) -> str | None:
    """The purpose of the nearest directory around a path, or of itself, that has one."""
    return next((purposes[each] for each in _upwards(path) if purposes[each] is not None), None)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
