"""Frames of files and directories of a version."""

from collections.abc import Mapping

import pandas as pd

from onextree.analytics.base import At, Frames, of_project, to_moment
from onextree.analytics.frames import make_frame
from onextree.analytics.schemas import SCHEMAS
from onextree.store import moments
from onextree.store.database import RawConnection
from onextree.tree.query.model import DEFAULT_LIMIT, check_limit

__all__ = ["FileFrames"]


class FileFrames(Frames):
    """Questions about what a version has."""

    def files(self, project_id: str, version: At | None = None) -> pd.DataFrame:
        """Every file of a version, sorted by path.

        Args:
            version: Its number, a time or a commit; the newest one by default.

        Columns:
            path: Relative to the root.
            directory: Of the path; the root's own is empty.
            name: Last part of the path.
            extension: In lower case, without its dot; missing where there is none.
            kind: file, executable, symlink, submodule or repository.
            size_bytes: Bytes; of a symlink, of its target.
            blake3: Of the content, in hexadecimal; missing where there is nothing to hash.
            language: As linguist names it; missing for binary and unknown files.
            category: See `onextree.tree.classification.model.Category`; missing where a file was
                never classified.
            changed_in_version: The version that added or modified it last.

        Raises:
            InvalidQuery: What is named cannot be a version.
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        moment = to_moment(version)

        def find(connection: RawConnection) -> Mapping[str, object]:
            located = moments.locate(connection, project_id, moment)
            return {"project_id": project_id, "version": located.version}

        return self._select("files", find)

    def largest_directories(self, project_id: str, *, limit: int = DEFAULT_LIMIT) -> pd.DataFrame:
        """Directories of the newest version, those that take the most room first.

        Columns:
            directory: Path relative to the root; the root itself is left out.
            files: Files in the directory itself.
            size_bytes: Bytes of these.
            files_below: Files in it and in all directories below.
            size_bytes_below: Bytes of these.
            purpose: What it is for, its own or that of the nearest one above; missing where
                unknown.

        Raises:
            InvalidQuery: The limit is out of range.
            ProjectNotFound: No such project is registered.
        """
        check_limit(limit)
        return self._select("largest_directories", of_project(project_id, most=limit))

    def duplicates(
        self, project_id: str | None = None, *, least_size: int = 1, limit: int = DEFAULT_LIMIT
    ) -> pd.DataFrame:
        """Files whose content the newest versions have more than once: a row a file.

        Args:
            project_id: Within this project; across all registered ones by default.
            least_size: Bytes that a file has at least.
            limit: Contents at most, the most wasteful first.

        Columns:
            blake3: Of the content, in hexadecimal.
            copies: How many files have it; the first hundred of them are rows.
            size_bytes: Bytes of each.
            wasted_bytes: Bytes of all copies but one.
            project_id: Where this file is.
            path: Relative to the root.

        Raises:
            InvalidQuery: Size or limit are out of range.
            ProjectNotFound: No such project is registered.
        """
        contents = self._service.duplicates(project_id, least_size=least_size, limit=limit)
        return make_frame(
            SCHEMAS["duplicates"],
            (
                (
                    content.blake3,
                    content.copies,
                    content.size_bytes,
                    content.wasted_bytes,
                    project,
                    path,
                )
                for content in contents
                for project, path in zip(content.projects, content.paths, strict=True)
            ),
        )
