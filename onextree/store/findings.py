"""What is wrong with a project, as intervals of versions."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from onextree.store.database import RawConnection, statement

__all__ = [
    "FindingChanges",
    "FindingRow",
    "StoredFinding",
    "findings_of_file",
    "open_findings",
    "record_findings",
    "select_findings",
]


class FindingRow(NamedTuple):
    """A finding as it is stored; see `onextree.intelligence.findings.Finding`.

    Attributes:
        key: 16 bytes.
        line: 0 for none.
    """

    key: bytes
    rule: str
    rule_version: int
    severity: str
    path: str
    line: int
    subject: str
    message: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding, and in which versions it was.

    Attributes:
        line: None for none.
        first_seen_version: From when it is there.
        resolved_in_version: None while it is.
    """

    rule: str
    rule_version: int
    severity: str
    path: str
    line: int | None
    subject: str
    message: str
    evidence: dict[str, Any]
    first_seen_version: int
    resolved_in_version: int | None

    @property
    def name(self) -> tuple[str, str, str]:
        """Rule, path and subject: what tells it from all others of its version."""
        return self.rule, self.path, self.subject

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FindingChanges:
    """What turns the stored findings into others; keys of those that are gone."""

    added: Collection[FindingRow]
    moved: Collection[FindingRow]
    gone: Collection[bytes]

    @classmethod
    def between(
        cls, before: Mapping[bytes, FindingRow], after: Mapping[bytes, FindingRow]
    ) -> "FindingChanges":
        """What differs; one that is told with other figures or words is moved."""
        return cls(
            [row for key, row in after.items() if key not in before],
            [row for key, row in after.items() if before.get(key, row) != row],
            [key for key in before if key not in after],
        )


def open_findings(connection: RawConnection, project_key: int) -> dict[bytes, FindingRow]:
    """The findings of the last analysis, by their keys."""
    rows = connection.execute(statement("open_findings"), {"project_key": project_key})
    return {row[0]: FindingRow(*row) for row in rows}


def record_findings(
    connection: RawConnection, project_key: int, version: int, changes: FindingChanges
) -> None:
    """Have the stored findings be those of a version, the newest that is analysed.

    The caller holds the project's lock.
    """
    if changes.gone:
        connection.execute(
            statement("close_findings"),
            {"project_key": project_key, "version": version, "keys": list(changes.gone)},
        )
    if changes.moved:
        _tell_anew(connection, "move_findings", project_key, version, changes.moved)
    if changes.added:
        _add(connection, project_key, version, changes.added)


def _add(
    connection: RawConnection, project_key: int, version: int, added: Collection[FindingRow]
) -> None:
    """Begin findings; those that this version had ended when it was analysed before go on."""
    parameters = {"project_key": project_key, "version": version}
    ended = {key for (key,) in connection.execute(statement("ended_findings"), parameters)}
    again = [row for row in added if row.key in ended]
    if again:
        _tell_anew(connection, "resume_findings", project_key, version, again)
    with connection.cursor() as cursor, cursor.copy(statement("copy_findings")) as copy:
        for row in added:
            if row.key not in ended:
                copy.write_row((project_key, version, *row[:-1], Jsonb(row.evidence)))


def _tell_anew(
    connection: RawConnection,
    name: str,
    project_key: int,
    version: int,
    told: Collection[FindingRow],
) -> None:
    """Have stored findings be told as they are now."""
    connection.execute(
        statement(name),
        {
            "project_key": project_key,
            "version": version,
            "keys": [row.key for row in told],
            "rule_versions": [row.rule_version for row in told],
            "severities": [row.severity for row in told],
            "lines": [row.line for row in told],
            "messages": [row.message for row in told],
            "evidences": [Jsonb(row.evidence) for row in told],
        },
    )


def select_findings(
    connection: RawConnection, project_key: int, version: int, *, since: int | None = None
) -> list[StoredFinding]:
    """The findings of a version, the worst first.

    Args:
        since: Only what came or went after this version, up to the other one.
    """
    with connection.cursor(row_factory=class_row(StoredFinding)) as cursor:
        cursor.execute(
            statement("select_findings"),
            {"project_key": project_key, "version": version, "since": since},
        )
        return cursor.fetchall()


def findings_of_file(
    connection: RawConnection, project_key: int, version: int, path: str, *, most: int
) -> list[StoredFinding]:
    """The findings of a file in a version, the worst first."""
    with connection.cursor(row_factory=class_row(StoredFinding)) as cursor:
        cursor.execute(
            statement("findings_of_file"),
            {"project_key": project_key, "version": version, "path": path, "most": most},
        )
        return cursor.fetchall()
