"""What is stored about one path of a version: where it is, what it is, what it belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from onextree.errors import TreeNotFound
from onextree.store import findings, moments, relationships, search
from onextree.store.database import RawConnection, statement
from onextree.store.file_classes import FileClasses
from onextree.store.moments import Located
from onextree.store.projects import Project, find_project
from onextree.tree.query.model import Item, Query, QueryType

__all__ = ["Knowledge", "read_knowledge"]

_SEARCH = 2.0  # seconds
_SHOWN = 50  # of each kind


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the store knows of a path in a project's newest version.

    Attributes:
        project: As it was when this was read.
        located: The version; None before the first.
        facts: See `read_knowledge`; empty before the first version.
        seen_at: When the version was last seen to be true; None before the first.
    """

    project: Project
    located: Located | None
    facts: dict[str, Any]
    seen_at: datetime | None

    @property
    def age(self) -> float:
        """Seconds since it was seen to be true, when this was read."""
        if self.seen_at is None:
            return 0.0
        return max(0.0, (self.project.read_at - self.seen_at).total_seconds())


def read_knowledge(
    connection: RawConnection, classes: FileClasses, project_id: str, path: str
) -> Knowledge:
    """Of a file or directory in the newest version of a registered project.

    Its facts are ``{path, exists_in_tree, version, snapshot_id, tree_hash, is_enriched, sources,
    patterns: [str], relationships: [{type, from, to, basis, line}], findings: [{rule, severity,
    line, message, first_seen_version}]}``, at most 50 of each kind. Where the path is in the tree,
    to these come ``directory, name, extension, kind, size_bytes, blake3, language, category,
    changed_in_version, directory_purpose``; None for what is unknown.

    Args:
        path: As `onextree.tree.names` escapes it, relative to the root.

    Raises:
        ProjectNotFound: No such project is registered.
    """
    project = find_project(connection, project_id)
    try:
        located = moments.locate(connection, project_id)
    except TreeNotFound:
        return Knowledge(project, None, {}, None)
    item = search.find_item(connection, classes, located, path)
    if item is None:
        item = _directory(connection, classes, located, path)
    known = _enriched(connection, located, path)
    purpose = known.pop("directory_purpose")
    facts = {
        "path": path,
        "exists_in_tree": item is not None,
        "version": located.version,
        "snapshot_id": str(located.snapshot_id),
        **known,
    }
    if item is not None:
        facts.update(item.as_dict(), directory_purpose=purpose)
    return Knowledge(project, located, facts, project.verified_at or located.created_at)


def _directory(
    connection: RawConnection, classes: FileClasses, located: Located, path: str
) -> Item | None:
    """The directory of that path, if anything lies below it."""
    query = Query(path, QueryType.DIRECTORY, limit=1)
    if not search.search(connection, classes, located, query, timeout=_SEARCH).items:
        return None
    above, _, name = path.rpartition("/")
    return Item(above, name, "d", 0, None, None, None)


def _enriched(connection: RawConnection, located: Located, path: str) -> dict[str, Any]:
    parameters = {
        "snapshot_id": located.snapshot_id,
        "path": path,
        "directories": list(_upwards(path)),
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(statement("select_knowledge"), parameters).fetchone()
    assert row is not None  # in the transaction that has located it
    return {
        "tree_hash": row["tree_hash"],
        "is_enriched": row["is_enriched"],
        "sources": row["enrichment_sources"],
        "patterns": row["patterns"],
        "directory_purpose": row["directory_purpose"],
        "relationships": list(_relationships(connection, located, path)),
        "findings": _findings(connection, located, path),
    }


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _relationships(
    connection: RawConnection, located: Located, path: str
) -> Iterator[dict[str, Any]]:
    key, version = located.project_key, located.version
    used = relationships.imports(connection, key, version, [path], most=_SHOWN)
    users = relationships.importers(connection, key, version, [path], most=_SHOWN)
    for each in (*used, *users):
        yield {
            "type": "imports",
            "from": each.source,
            "to": each.target,
            "basis": "enrichment",
            "line": each.line,
        }


def _findings(connection: RawConnection, located: Located, path: str) -> list[dict[str, Any]]:
    found = findings.findings_of_file(
        connection, located.project_key, located.version, path, most=_SHOWN
    )
    return [
        {
            "rule": each.rule,
            "severity": each.severity,
            "line": each.line,
            "message": each.message,
            "first_seen_version": each.first_seen_version,
        }
        for each in found
    ]
