"""Use cases: from a file or stamp to what made it, from a commit or run to what they made."""

import os
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from onextree.errors import InvalidQuery, ProjectNotFound, StampNotFound
from onextree.service.base import UseCases
from onextree.service.stamping.lineage import StampLineage, named_stamps, trace
from onextree.store import file_history, moments, origins, projects, search
from onextree.store.database import RawConnection
from onextree.store.file_history import Event
from onextree.store.moments import Moment
from onextree.store.origins import Origin
from onextree.store.stamps import stamps_of_hash
from onextree.tree.names import decode_name
from onextree.tree.query.model import MAX_LIMIT, Item, Query, QueryType

__all__ = ["FileLineage", "Happening", "Lineages", "Made"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a version, or has still to.

    Attributes:
        at: In UTC; None where that was not stored.
    """

    what: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FileLineage:
    """A file, the version that made it what it is, and where that comes from.

    Attributes:
        item: None where the newest version has no such file; `event` says what became of it then.
        event: The last one of its history.
        happenings: Of that version.
        stamps: Of its present content, the newest first.
    """

    project_id: str
    path: str
    item: Item | None
    event: Event
    happenings: Sequence[Happening]
    stamps: Sequence[StampLineage]

    def as_dict(self, *, project_ids: Collection[str] | None = None) -> dict[str, Any]:
        """For JSON.

        Args:
            project_ids: Those that a reader may read, where these are not all: stamps that the
                same content got in another one are left out.
        """
        return {
            "project_id": self.project_id,
            "path": self.path,
            "file": self.item.as_dict() if self.item else None,
            "version": _public(self.event.origin),
            "event": self.event.event.value,
            "old_path": self.event.old_path,
            "happenings": [asdict(each) for each in self.happenings],
            "stamps": [each.as_dict() for each in self.stamps if each.is_seen_by(project_ids)],
        }


@dataclass(frozen=True, slots=True)
class Made:
    """A version that a commit or run made."""

    project_id: str
    origin: Origin

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"project_id": self.project_id, **_public(self.origin)}


class Lineages(UseCases):
    """What comes from what."""

    def lineage(self, project_id: str, path: str) -> FileLineage:
        """From a file to its version, commit and Dagster run, and what happened to that version.

        And to the stamps of what it holds now.

        Raises:
            InvalidQuery: No stored version has such a file.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        text = Query.parse(path, QueryType.PATH).text

        def read(connection: RawConnection) -> FileLineage:
            newest = moments.locate(connection, project_id)
            last = file_history.read_history(connection, project_id, text).last_changed
            if last is None:
                raise InvalidQuery(
                    f"No stored version of {project_id!r} has a file {text!r}; "
                    "`onextree query` finds files.",
                    project_id=project_id,
                )
            item = search.find_item(connection, self._classes, newest, text)
            stamps = (
                stamps_of_hash(connection, item.digest, namespace=None)
                if item is not None and item.digest is not None
                else []
            )
            return FileLineage(
                project_id,
                text,
                item,
                last,
                _happenings(last.origin),
                trace(connection, stamps),
            )

        found = self._read(read)
        self._accesses.note(project_id)
        return found

    def stamp_lineage(self, named: str) -> Sequence[StampLineage]:
        """From a stamp to its project, version, commit, Dagster run and event, the newest first.

        Args:
            named: Its id; or a content hash, or the BLAKE3 of a file, which can have several.

        Raises:
            InvalidRequest: It is none of these.
            StampNotFound: There is none.
        """
        found = self._read(lambda connection: trace(connection, named_stamps(connection, named)))
        if not found:
            raise StampNotFound(
                f"No stamp is known as {named}; `onextree stamp` makes one.", stamp=named
            )
        return found

    def made_by(
        self, *, run_id: str | None = None, commit: str | None = None, project_id: str | None = None
    ) -> Sequence[Made]:
        """The stored versions that a Dagster run made, or that were scanned at a commit.

        Args:
            commit: Seven digits are enough.
            project_id: Of this project alone.

        Raises:
            InvalidQuery: It is neither of them, or no commit.
            ProjectNotFound: No such project.
        """
        if (run_id is None) == (commit is None):
            raise InvalidQuery("Name a run or a commit, one of them.")
        Moment(commit=commit).check()

        def read(connection: RawConnection) -> Sequence[Made]:
            if project_id is not None:
                projects.find_project(connection, project_id, with_removed=True)
            found = origins.select_made(
                connection, run_id=run_id, commit=commit, project_id=project_id, most=MAX_LIMIT
            )
            versions: dict[tuple[int, str], list[int]] = {}
            for made in found:
                versions.setdefault((made.project_key, made.project_id), []).append(made.version)
            return [
                Made(name, origin)
                for (key, name), numbers in versions.items()
                for _, origin in sorted(origins.select_origins(connection, key, numbers).items())
            ]

        return self._read(read)

    def project_around(self, path: Path) -> tuple[str, str]:
        """The registered project that a path on this machine lies in, and its path there.

        The last part of the path is not followed, where it is a link.

        Raises:
            ProjectNotFound: It is in no registered project.
        """
        place = path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
        found = self._read(projects.list_projects)
        around = [
            project
            for project in found
            if not project.is_remote and place.is_relative_to(project.root)
        ]
        if not around:
            raise ProjectNotFound(
                f"{place} is in no registered project; name one, see `onextree projects list`."
            )
        project = max(around, key=lambda each: len(os.fsencode(each.root)))
        return project.project_id, decode_name(os.fsencode(place.relative_to(project.root)))


def _public(origin: Origin) -> dict[str, Any]:
    return {**asdict(origin), "snapshot_id": str(origin.snapshot_id)}


def _happenings(origin: Origin) -> list[Happening]:
    """What happened to a version, in order."""
    stored = f"stored, {origin.trigger_type}"
    return [
        Happening(stored, origin.created_at),
        Happening("Dagster has to be told" if origin.is_pending else "told to Dagster", None),
        Happening("enriched" if origin.is_enriched else "to be enriched", None),
    ]
