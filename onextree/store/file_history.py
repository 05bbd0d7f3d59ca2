"""The history of one file, under whichever paths it had."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from onextree.store.database import RawConnection, statement
from onextree.store.differences import compare_versions
from onextree.store.moments import Moment, locate
from onextree.store.origins import Origin, select_origins
from onextree.store.periods import Period, find_period
from onextree.store.rows import kind_letter
from onextree.tree.diff.model import Change, ChangeKind, FileState
from onextree.tree.names import directory_key

__all__ = ["Event", "FileEvent", "FileHistory", "read_history"]


class FileEvent(StrEnum):
    """What became of a file in a version."""

    PRESENT = "present"
    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Event:
    """What became of a file in a version.

    Attributes:
        event: ``present`` where the oldest stored version has it already.
        path: Then, and from then on.
        old_path: Of a renamed file.
        state: None for a removed file.
    """

    event: FileEvent
    path: str
    state: FileState | None
    origin: Origin
    old_path: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        origin = self.origin
        return {
            "version": origin.version,
            "event": self.event.value,
            "path": self.path,
            "old_path": self.old_path,
            **(self.state.as_dict() if self.state else {}),
            "created_at": origin.created_at,
            "commit_id": origin.commit_id,
            "branch": origin.branch,
            "trigger_type": origin.trigger_type,
            "run_id": origin.run_id,
        }


@dataclass(frozen=True, slots=True)
class FileHistory:
    """What became of a file, the newest event first.

    Attributes:
        period: Of all stored versions of the project.
    """

    project_id: str
    path: str
    events: Sequence[Event]
    period: Period

    @property
    def first_seen(self) -> Event | None:
        """The oldest event that is known; ``present`` where the file may be older."""
        return self.events[-1] if self.events else None

    @property
    def last_changed(self) -> Event | None:
        """The newest event."""
        return self.events[0] if self.events else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "project_id": self.project_id,
            "path": self.path,
            "first_seen": self.first_seen.as_dict() if self.first_seen else None,
            "last_changed": self.last_changed.as_dict() if self.last_changed else None,
            "events": [event.as_dict() for event in self.events],
            "period": self.period.as_dict(),
        }


class _Content(NamedTuple):
    """A content that a path had.

    Attributes:
        first: The first stored version that has it.
        gone: The first stored one behind that has not; None where the newest still has it.
    """

    state: FileState
    first: int
    gone: int | None


class _Told(NamedTuple):
    version: int
    event: FileEvent
    path: str
    state: FileState | None
    old_path: str | None = None


def read_history(connection: RawConnection, project_id: str, path: str) -> FileHistory:
    """What became of a file in the stored versions of its project; no event where it never was.

    A file that comes up in a version under the path of this one is followed to the path that it was
    renamed from; what had this path before is another file.

    Raises:
        ProjectNotFound, TreeNotFound: No such project, or it has no version.
    """
    project_key = locate(connection, project_id).project_key
    period = find_period(connection, project_key)
    assert period.from_version is not None
    told: list[_Told] = []
    renames = _Renames(connection, project_id, project_key)
    following: str | None = path
    bound = None
    while following is not None:
        contents = _contents(connection, project_key, following, bound)
        events = _events(following, contents, period.from_version, bound)
        following = None
        for event in events:
            event = renames.explain(event)
            told.append(event)
            if event.event is FileEvent.RENAMED and event.state is not None:
                following, bound = event.old_path, event.version
                break
    origins = select_origins(connection, project_key, [each.version for each in told])
    return FileHistory(
        project_id,
        path,
        [
            Event(each.event, each.path, each.state, origins[each.version], each.old_path)
            for each in told
        ],
        period,
    )


def _contents(
    connection: RawConnection, project_key: int, path: str, bound: int | None
) -> list[_Content]:
    """The contents that a path had in versions before one, the oldest first."""
    directory, _, name = path.rpartition("/")
    rows = connection.execute(
        statement("entry_history"),
        {"project_key": project_key, "dir": directory_key(directory), "name": name},
    ).fetchall()
    found = [
        _Content(FileState(kind_letter(kind), *state), first, gone)
        for kind, *state, first, gone in rows
    ]
    return [each for each in found if bound is None or each.first < bound]


def _events(path: str, contents: Sequence[_Content], oldest: int, bound: int | None) -> list[_Told]:
    """What became of a path, the newest first; a row that has another class alone is no event."""
    events: list[_Told] = []
    before: _Content | None = None
    for content in contents:
        if before is not None and before.gone == content.first:
            if before.state != content.state:
                events.append(_Told(content.first, FileEvent.MODIFIED, path, content.state))
        else:
            if before is not None and before.gone is not None:
                events.append(_Told(before.gone, FileEvent.REMOVED, path, None))
            event = FileEvent.PRESENT if content.first == oldest else FileEvent.ADDED
            events.append(_Told(content.first, event, path, content.state))
        before = content
    if before is not None and before.gone is not None and (bound is None or before.gone < bound):
        events.append(_Told(before.gone, FileEvent.REMOVED, path, None))
    return events[::-1]


class _Renames:
    """Whether what came up or went in a version was renamed there."""

    def __init__(self, connection: RawConnection, project_id: str, project_key: int) -> None:
        self._connection = connection
        self._project_id = project_id
        self._project_key = project_key

    def explain(self, event: _Told) -> _Told:
        """The event, as a rename where it is one."""
        if event.event not in (FileEvent.ADDED, FileEvent.REMOVED):
            return event
        for change in self._renamed_in(event.version):
            if event.event is FileEvent.ADDED and change.path == event.path:
                return event._replace(event=FileEvent.RENAMED, old_path=change.old_path)
            if event.event is FileEvent.REMOVED and change.old_path == event.path:
                return event._replace(
                    event=FileEvent.RENAMED, path=change.path, old_path=event.path
                )
        return event

    def _renamed_in(self, version: int) -> list[Change]:
        origin = select_origins(self._connection, self._project_key, [version])[version]
        if origin.version_before is None:
            return []
        before, after = (
            locate(self._connection, self._project_id, Moment(version=each))
            for each in (origin.version_before, version)
        )
        found = compare_versions(self._connection, self._project_id, before, after)
        return [change for change in found.changes if change.change is ChangeKind.RENAMED]
