"""What differs between two versions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from onextree.store.database import RawConnection, statement
from onextree.store.moments import Located
from onextree.store.periods import Period, find_period
from onextree.store.rows import kind_letter
from onextree.tree.diff.model import (
    Change,
    ChangeKind,
    DirectoryChanges,
    FileState,
    StampChange,
    sum_directories,
)
from onextree.tree.diff.renames import as_changes
from onextree.tree.names import directory_key

__all__ = ["Difference", "compare_versions"]

_MOST_PATHS = 1_000  # that are looked up one by one


@dataclass(frozen=True, slots=True)
class Difference:
    """What turns one version into another, in whichever order they were made.

    Attributes:
        changes: Sorted by path.
        period: Of the versions from one to the other.
    """

    project_id: str
    from_version: int
    to_version: int
    changes: Sequence[Change]
    period: Period

    def count(self, change: ChangeKind) -> int:
        """Number of changes of a kind."""
        return sum(each.change is change for each in self.changes)

    def count_stamps(self, stamp: StampChange) -> int:
        """Number of changes of stamps alone."""
        return sum(each.stamp is stamp for each in self.changes)

    def directories(self) -> Sequence[DirectoryChanges]:
        """Sums for each directory with changes in it or below."""
        return sum_directories(self.changes)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "project_id": self.project_id,
            "from_version": self.from_version,
            "to_version": self.to_version,
            **{kind.value: self.count(kind) for kind in ChangeKind},
            "stamps": {kind.value: self.count_stamps(kind) for kind in StampChange},
            "changes": [change.as_dict() for change in self.changes],
            "period": self.period.as_dict(),
        }


def compare_versions(
    connection: RawConnection, project_id: str, before: Located, after: Located
) -> Difference:
    """What turns one stored version of a project into another."""
    least, most = sorted((before.version, after.version))
    return Difference(
        project_id,
        before.version,
        after.version,
        as_changes(_differing(connection, before, after)) if least < most else [],
        find_period(connection, before.project_key, least=least, most=most),
    )


def _differing(
    connection: RawConnection, before: Located, after: Located
) -> Iterator[tuple[str, FileState | None, FileState | None]]:
    """Paths that are not the same in both, with what they are there.

    What the versions between say that they changed is looked up path by path, so that neighbours
    cost what changed. Where one of these versions was deleted, or they changed much, all intervals
    are compared.
    """
    least, most = sorted((before.version, after.version))
    told = connection.execute(
        statement("delta_paths"),
        {
            "project_key": before.project_key,
            "least": least,
            "most": most,
            "limit": _MOST_PATHS,
        },
        prepare=True,
    ).fetchone()
    versions = {
        "project_key": before.project_key,
        "before": before.version,
        "after": after.version,
    }
    if told is None or told[0] is None:
        rows = connection.execute(statement("differing_intervals"), versions)
    else:
        parts = [path.rpartition("/") for path in told[0]]
        paths = {
            "paths": told[0],
            "dirs": [directory_key(directory) for directory, _, _ in parts],
            "names": [name for _, _, name in parts],
        }
        rows = connection.execute(
            statement("differing_entries"), {**versions, **paths}, prepare=True
        )
    for path, *states in rows.fetchall():
        yield path, _state(*states[:3]), _state(*states[3:])


def _state(kind: str | bytes | None, size: int, digest: bytes | None) -> FileState | None:
    if kind is None:
        return None
    return FileState(kind_letter(kind), size, digest)
