"""Frames of projects: what there is, what failed, how it grew, what it is written in."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from onextree.analytics.base import Frames, of_project
from onextree.analytics.frames import frame_of, make_frame
from onextree.analytics.schemas import SCHEMAS

__all__ = ["ProjectFrames"]


class ProjectFrames(Frames):
    """Questions about projects as a whole."""

    def projects(self) -> pd.DataFrame:
        """Every registered project with its newest version, the largest first.

        Columns:
            project_id: The project.
            version: Its newest version; missing before the first, as all that is known of one.
            total_files: Files of that version.
            total_size_bytes: Bytes of that version.
            unverified_for: How long ago its tree was last seen to be that version's, by the clock
                of this machine.
            verified_at: When that was; missing where it never was.
            changed_at: When that version was stored.
            tree_hash: Hash of that version.
            commit_id: Commit that was checked out then; missing without git.
            branch: Branch that was checked out then.
            is_enriched: Whether that version is enriched.
            error_code: Of the run that has failed since; missing where none has.
        """
        now = datetime.now(UTC)
        portfolio = sorted(
            self._service.portfolio(),
            key=lambda project: (
                project.total_size_bytes is None,
                -(project.total_size_bytes or 0),
            ),
        )
        return make_frame(
            SCHEMAS["projects"],
            (
                (
                    project.project_id,
                    project.version,
                    project.total_files,
                    project.total_size_bytes,
                    _age(project.verified_at, now),
                    project.verified_at,
                    project.changed_at,
                    project.tree_hash,
                    project.commit_id,
                    project.branch,
                    project.is_enriched,
                    project.error_code,
                )
                for project in portfolio
            ),
        )

    def failures(self) -> pd.DataFrame:
        """Registered projects whose last run failed, and that were not verified since.

        Columns:
            project_id: The project.
            error_code: See `onextree.errors.OnexTreeErrorCode`.
            error_message: A sentence that says what to do.
            version: The newest version there is; missing where there is none.
            verified_at: When the tree was last seen to be that version's.
        """
        portfolio = self._service.portfolio()
        return frame_of(
            SCHEMAS["failures"],
            [project for project in portfolio if project.error_code is not None],
        )

    def versions(self, project_id: str) -> pd.DataFrame:
        """The stored versions of a project, the oldest first: how it grew.

        Columns:
            version: Its number.
            created_at: When it was stored.
            total_files: Files of it.
            total_size_bytes: Bytes of these.
            grown_by: Bytes more than the stored version before; missing for the first.
            added, modified, removed: Numbers of paths, against the version before.
            tree_hash: Its hash.
            commit_id: Commit that was checked out; missing without git.
            branch: Branch that was checked out.
            is_dirty: Whether the work tree had uncommitted changes; missing without git.
            trigger_type: manual, scheduled, event or import.
            is_enriched: Whether it is enriched.
            is_pinned: Whether it is kept for ever.
            expires_at: When retention lets it go; missing where it does not.

        Raises:
            ProjectNotFound: No such project.
        """
        versions = self._service.list_versions(project_id)[::-1]
        return make_frame(
            SCHEMAS["versions"],
            (
                (
                    version.version,
                    version.created_at,
                    version.total_files,
                    version.total_size_bytes,
                    version.total_size_bytes - before.total_size_bytes if before else None,
                    version.added,
                    version.modified,
                    version.removed,
                    version.tree_hash,
                    version.commit_id,
                    version.branch,
                    version.is_dirty,
                    version.trigger_type,
                    version.is_enriched,
                    version.is_pinned,
                    version.expires_at,
                )
                for before, version in zip([None, *versions], versions, strict=False)
            ),
        )

    def languages(self, project_id: str | None = None) -> pd.DataFrame:
        """What the newest versions are written in, sources and tests, the most bytes first.

        Args:
            project_id: This project; all registered ones by default.

        Columns:
            language: As linguist names it.
            projects: How many have files of it.
            files: Number of these.
            size_bytes: Bytes of these.

        Raises:
            ProjectNotFound: No such project is registered.
        """
        return self._select("languages", of_project(project_id))

    def untested_projects(self) -> pd.DataFrame:
        """Registered projects that have source, and no tests.

        Columns:
            project_id: The project.
            source_files: Files that are source.
        """
        return self._select("untested_projects", of_project(None))

    def runs(self, project_id: str | None = None) -> pd.DataFrame:
        """What Dagster runs stored: a row a version.

        Args:
            project_id: In this project, registered or with its history kept; in all by default.

        Columns:
            run_id: The run.
            project_id: The project.
            version: The version that it stored.
            created_at: When that was.
            commit_id: Commit that was checked out; missing without git.
            changed_files: Paths that it added, modified or removed; 0 for a first version.

        Raises:
            ProjectNotFound: No such project.
        """
        return self._select("runs", of_project(project_id, with_removed=True))


def _age(then: datetime | None, now: datetime) -> timedelta | None:
    """Of a database whose clock is ahead, none."""
    return max(timedelta(), now - then) if then else None
