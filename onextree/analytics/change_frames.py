"""Frames of what changed, and how often; each covers a period."""

import pandas as pd

from onextree.analytics.base import Frames, of_project
from onextree.analytics.frames import make_frame
from onextree.analytics.schemas import SCHEMAS
from onextree.tree.query.model import DEFAULT_LIMIT

__all__ = ["ChangeFrames"]


class ChangeFrames(Frames):
    """Questions about what the stored versions changed."""

    def churn(
        self, project_id: str, *, days: int | None = None, limit: int = DEFAULT_LIMIT
    ) -> pd.DataFrame:
        """Files by how often the stored versions changed them, the most often first.

        Args:
            days: Versions of the last so many days; all stored ones by default.

        Columns:
            path: Relative to the root.
            changes: Versions that added, modified or removed it; a first version does not count.
            added, modified, removed: The same, apart.
            last_version: The last version that did.
            last_changed: When that was stored.

        Raises:
            InvalidQuery: Days or limit are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        return self._churn("churn", project_id, days, limit)

    def directory_churn(
        self, project_id: str, *, days: int | None = None, limit: int = DEFAULT_LIMIT
    ) -> pd.DataFrame:
        """Directories by how often the stored versions changed files in them, the busiest first.

        Args:
            days: Versions of the last so many days; all stored ones by default.

        Columns:
            directory: The one that a file lies in; the root is empty.
            changes: Files that versions added, modified or removed, each time it happened.
            added, modified, removed: The same, apart.
            last_version: The last version that did.
            last_changed: When that was stored.

        Raises:
            InvalidQuery: Days or limit are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        return self._churn("directory_churn", project_id, days, limit)

    def path_history(self, project_id: str, path: str) -> pd.DataFrame:
        """What became of a file, the oldest first, also under the paths that it had before.

        Columns:
            version: The version in which it happened.
            change: added, modified, removed or renamed; present where the oldest stored version
                has it already.
            changed_at: When that version was stored.
            path: Then, and from then on.
            old_path: Of a renamed file.
            kind: As in `files`; missing for a removed file.
            size_bytes: Bytes; missing for a removed file.
            blake3: Of the content, in hexadecimal; missing for a removed file.
            commit_id: Commit that was checked out; missing without git.
            branch: Branch that was checked out.
            trigger_type: manual, scheduled, event or import.
            run_id: The Dagster run that stored it; missing where something else did.

        Raises:
            InvalidQuery: No file can have that path.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        history = self._service.history(project_id, path)
        rows = []
        for event in reversed(history.events):
            told = {**event.as_dict(), "change": event.event.value}
            told["changed_at"] = event.origin.created_at
            rows.append([told.get(column) for column in SCHEMAS["path_history"]])
        return make_frame(SCHEMAS["path_history"], rows, period=history.period)

    def changes(self, project_id: str, *, days: int | None = None) -> pd.DataFrame:
        """Every path that the stored versions changed, in their order and sorted by path.

        Args:
            days: Versions of the last so many days; all stored ones by default.

        Columns:
            version: The version; a first one has no changes.
            change: added, modified or removed, against the version before.
            path: Relative to the root.
            changed_at: When the version was stored.
            commit_id: Commit that was checked out; missing without git.
            branch: Branch that was checked out.
            trigger_type: manual, scheduled, event or import.
            run_id: The Dagster run that stored it; missing where something else did.

        Raises:
            InvalidQuery: Days are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        period = self._service.period(project_id, days=days)
        return self._select(
            "changes",
            of_project(
                project_id,
                with_removed=True,
                from_version=period.from_version,
                to_version=period.to_version,
            ),
            period=period,
        )

    def _churn(self, name: str, project_id: str, days: int | None, limit: int) -> pd.DataFrame:
        told = self._service.churn(
            project_id, by_directory=name == "directory_churn", days=days, limit=limit
        )
        return make_frame(
            SCHEMAS[name],
            (
                (
                    each.place,
                    each.changes,
                    each.added,
                    each.modified,
                    each.removed,
                    each.last_version,
                    each.last_changed,
                )
                for each in told.rows
            ),
            period=told.period,
        )
