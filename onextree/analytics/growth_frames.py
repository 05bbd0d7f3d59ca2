"""Frames of what differs between versions, and what grew; each covers a period."""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from onextree.analytics.base import At, Frames, to_moment
from onextree.analytics.frames import frame_of, make_frame
from onextree.analytics.schemas import SCHEMAS
from onextree.tree.diff.model import Change
from onextree.tree.query.model import DEFAULT_LIMIT, KINDS

__all__ = ["GrowthFrames"]


class GrowthFrames(Frames):
    """Questions about one version beside another."""

    def diff(
        self, project_id: str, before: At | None = None, after: At | None = None
    ) -> pd.DataFrame:
        """What turns one version into another, sorted by path.

        ``attrs`` also has ``from_version`` and ``to_version``.

        Args:
            before: A version's number, a time or a commit; the version before `after` by default.
            after: The same; the newest version by default.

        Columns:
            path: In the later version; of a removed file in the earlier one.
            change: added, modified, removed or renamed.
            old_path: Of a renamed file.
            similarity: Of a renamed file, from 0 to 1; see `onextree.tree.diff.model.Change`.
            kind_before, kind_after: As in `files`; missing where the file is not there.
            size_bytes_before, size_bytes_after: Bytes; missing where it is not there.
            grown_by: Bytes that it is larger in the later version.
            blake3_before, blake3_after: Of the content, in hexadecimal; missing where it is not
                there, or there is nothing to hash.
            stamp: stamp where only that changed, sidecar of a file that is one; missing elsewhere,
                and where it is not known.

        Raises:
            InvalidQuery: What is named cannot be a version.
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        difference = self._service.diff(
            project_id, None if before is None else to_moment(before), to_moment(after)
        )
        return make_frame(
            SCHEMAS["diff"],
            _rows(difference.changes),
            period=difference.period,
            from_version=difference.from_version,
            to_version=difference.to_version,
        )

    def language_drift(self, project_id: str, *, days: int | None = None) -> pd.DataFrame:
        """What each stored version was written in, version by version, the largest first.

        Args:
            days: Versions of the last so many days; all stored ones by default.

        Columns:
            version: The version; one that was never classified is left out.
            created_at: When it was stored.
            language: As linguist names it.
            files: Files of it.
            size_bytes: Bytes of these.

        Raises:
            InvalidQuery: Days are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        told = self._service.language_drift(project_id, days=days)
        return frame_of(SCHEMAS["language_drift"], told.rows, period=told.period)

    def growth(
        self, project_id: str, *, days: int | None = None, limit: int = DEFAULT_LIMIT
    ) -> pd.DataFrame:
        """Files that are larger in the newest version, those that grew most first.

        Args:
            days: Since the first version of the last so many days; the oldest stored by default.

        Columns:
            As in `diff`.

        Raises:
            InvalidQuery: Days or limit are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        told = self._service.growth(project_id, days=days, limit=limit)
        return make_frame(SCHEMAS["growth"], _rows(told.files), period=told.period)

    def directory_growth(
        self, project_id: str, *, days: int | None = None, limit: int = DEFAULT_LIMIT
    ) -> pd.DataFrame:
        """Directories that are larger in the newest version, those that grew most first.

        Args:
            days: Since the first version of the last so many days; the oldest stored by default.

        Columns:
            directory: With all that is below it; the root is empty.
            added, modified, removed: Files of which that is true.
            renamed: Files that were renamed in it, into it or out of it.
            grown_by: Bytes that it is larger now.

        Raises:
            InvalidQuery: Days or limit are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        told = self._service.growth(project_id, days=days, limit=limit)
        return make_frame(
            SCHEMAS["directory_growth"],
            (
                (each.directory, each.added, each.modified, each.removed, each.renamed, each.grown)
                for each in told.directories
            ),
            period=told.period,
        )


def _rows(changes: Iterable[Change]) -> Iterator[tuple[Any, ...]]:
    """Rows of the schema of `diff`."""
    for change in changes:
        before, after = change.before, change.after
        yield (
            change.path,
            change.change.value,
            change.old_path,
            change.similarity,
            KINDS[before.kind] if before else None,
            KINDS[after.kind] if after else None,
            before.size if before else None,
            after.size if after else None,
            change.grown,
            before.digest.hex() if before and before.digest else None,
            after.digest.hex() if after and after.digest else None,
            change.stamp.value if change.stamp else None,
        )
