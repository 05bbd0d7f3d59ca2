"""Which file of a project uses which, as intervals of versions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from onextree.store.database import RawConnection, statement

__all__ = [
    "Links",
    "Relationship",
    "RelationshipChanges",
    "importers",
    "imports",
    "open_links",
    "read_relationships",
    "record_relationships",
]

Links = Mapping[tuple[str, str], tuple[int, str]]
"""(source, target) to (line, kind)."""


class Relationship(NamedTuple):
    """A file uses another: line counted from 1, kind as `onextree.intelligence.facts.Import`."""

    source: str
    target: str
    line: int
    kind: str


@dataclass(frozen=True, slots=True)
class RelationshipChanges:
    """What turns the stored relationships into others."""

    added: Collection[Relationship]
    moved: Collection[Relationship]
    gone: Collection[tuple[str, str]]

    @classmethod
    def between(cls, before: Links, after: Links) -> "RelationshipChanges":
        """What differs; one that is said in another line or way is moved."""
        return cls(
            [Relationship(*pair, *said) for pair, said in after.items() if pair not in before],
            [
                Relationship(*pair, *said)
                for pair, said in after.items()
                if before.get(pair, said) != said
            ],
            [pair for pair in before if pair not in after],
        )


def open_links(
    connection: RawConnection, project_key: int
) -> dict[tuple[str, str], tuple[int, str]]:
    """The relationships of the last analysis."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("open_relationships"), {"project_key": project_key})
        return {(source, target): (line, kind) for source, target, line, kind in cursor}


def record_relationships(
    connection: RawConnection, project_key: int, version: int, changes: RelationshipChanges
) -> None:
    """Have the stored relationships be those of a version, the newest that is analysed.

    The caller holds the project's lock.
    """
    if changes.gone:
        sources, targets = zip(*changes.gone, strict=True)
        connection.execute(
            statement("close_relationships"),
            {
                "project_key": project_key,
                "version": version,
                "sources": list(sources),
                "targets": list(targets),
            },
        )
    if changes.moved:
        _tell_anew(connection, "move_relationships", project_key, version, changes.moved)
    if changes.added:
        _add(connection, project_key, version, changes.added)


def _add(
    connection: RawConnection, project_key: int, version: int, added: Collection[Relationship]
) -> None:
    """Begin relationships; those that this version had ended when it was analysed before go on."""
    parameters = {"project_key": project_key, "version": version}
    ended = set(connection.execute(statement("ended_relationships"), parameters))
    again = [each for each in added if each[:2] in ended] if ended else []
    if again:
        _tell_anew(connection, "resume_relationships", project_key, version, again)
    with connection.cursor() as cursor, cursor.copy(statement("copy_relationships")) as copy:
        copy.set_types(["int4", "int4", "int4", "text", "text", "text"])
        for source, target, line, kind in added:
            if (source, target) not in ended:
                copy.write_row((project_key, version, line, kind, source, target))


def _tell_anew(
    connection: RawConnection,
    name: str,
    project_key: int,
    version: int,
    told: Collection[Relationship],
) -> None:
    """Have stored relationships be told as they are now."""
    sources, targets, lines, kinds = zip(*told, strict=True)
    connection.execute(
        statement(name),
        {
            "project_key": project_key,
            "version": version,
            "sources": list(sources),
            "targets": list(targets),
            "lines": list(lines),
            "kinds": list(kinds),
        },
    )


def read_relationships(
    connection: RawConnection, project_key: int, version: int
) -> list[Relationship]:
    """All relationships of a version: those of the last analysis up to it."""
    return _select(connection, "relationships_at", project_key, version)


def imports(
    connection: RawConnection,
    project_key: int,
    version: int,
    paths: Collection[str],
    *,
    most: int | None = None,
) -> list[Relationship]:
    """What these files use, sorted."""
    return _select(connection, "select_imports", project_key, version, paths=paths, most=most)


def importers(
    connection: RawConnection,
    project_key: int,
    version: int,
    paths: Collection[str],
    *,
    most: int | None = None,
) -> list[Relationship]:
    """Who uses these files, sorted."""
    return _select(connection, "select_importers", project_key, version, paths=paths, most=most)


def _select(
    connection: RawConnection,
    name: str,
    project_key: int,
    version: int,
    **more: Any,
) -> list[Relationship]:
    parameters = {"project_key": project_key, "version": version, **more}
    if "paths" in more:
        parameters["paths"] = list(more["paths"])
    return [Relationship(*row) for row in connection.execute(statement(name), parameters)]
