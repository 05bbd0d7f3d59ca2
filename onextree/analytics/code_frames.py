"""Frames of code: which file uses which, and what is wrong."""

import json
from operator import index
from typing import SupportsIndex

import pandas as pd

from onextree.analytics.base import At, Frames, Parameters, of_project, to_moment
from onextree.analytics.frames import make_frame
from onextree.analytics.schemas import SCHEMAS
from onextree.store import analyses, moments
from onextree.store.database import RawConnection

__all__ = ["CodeFrames"]


class CodeFrames(Frames):
    """Questions about the code of a version, as the last analysis up to it has it.

    ``attrs`` have the ``version``, and as ``analysed_version`` the one that was analysed; None
    where none was yet.
    """

    def relationships(self, project_id: str, version: At | None = None) -> pd.DataFrame:
        """Which file of a version uses which, sorted by path.

        Args:
            version: Its number, a time or a commit; the newest one by default.

        Columns:
            source: Path of a file.
            target: Path of the file that it uses.
            kind: How: import, type, reexport and others.
            line: The first one that says so, counted from 1.
            first_seen_version: Since when.

        Raises:
            InvalidQuery: What is named cannot be a version.
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        moment, told = to_moment(version), dict[str, int | None]()

        def find(connection: RawConnection) -> Parameters:
            located = moments.locate(connection, project_id, moment)
            told["version"] = located.version
            told["analysed_version"] = analyses.analysed_up_to(
                connection, located.project_key, located.version
            )
            return {"project_id": project_id, "version": located.version}

        frame = self._select("relationships", find)
        frame.attrs.update(told)
        return frame

    def findings(
        self, project_id: str, version: At | None = None, *, since: SupportsIndex | None = None
    ) -> pd.DataFrame:
        """What is wrong with a version, the worst first; or what came and went since another.

        Args:
            version: Its number, a time or a commit; the newest one by default.
            since: The number of an earlier version: only findings that came or went after it.

        Columns:
            rule: Its id, as in `docs/findings.md`.
            severity: critical, high, medium or low.
            path: The file; empty where it is about the project as a whole.
            line: Counted from 1; missing where it is about no line.
            subject: What in the file, a class's name say.
            message: A sentence.
            evidence: What it was told by, as JSON.
            first_seen_version: Since when.
            resolved_in_version: From when on it is not there any more; missing while it is.
            is_resolved: Whether it is gone in this version; never without `since`.

        Raises:
            InvalidQuery: What is named cannot be a version, or is none that is earlier.
            ProjectNotFound, TreeNotFound: No such project or version.
        """
        found = self._service.findings(
            project_id,
            since=None if since is None else index(since),
            moment=to_moment(version),
        )
        states = ((found.introduced, False), (found.resolved, True))
        return make_frame(
            SCHEMAS["findings"],
            (
                (
                    each.rule,
                    each.severity,
                    each.path,
                    each.line,
                    each.subject,
                    each.message,
                    json.dumps(each.evidence, ensure_ascii=False),
                    each.first_seen_version,
                    each.resolved_in_version,
                    is_resolved,
                )
                for findings, is_resolved in states
                for each in findings
            ),
            version=found.version,
            analysed_version=found.analysed_version,
        )

    def quality_drift(self, project_id: str, *, days: int | None = None) -> pd.DataFrame:
        """How many findings each stored version has, version by version, the worst first.

        Args:
            days: Versions of the last so many days; all stored ones by default.

        Columns:
            version: The version; one without findings, or from before the first analysis, is left
                out.
            created_at: When it was stored.
            severity: critical, high, medium or low.
            findings: How many.

        Raises:
            InvalidQuery: Days are out of range.
            ProjectNotFound, TreeNotFound: No such project, or it has no version.
        """
        period = self._service.period(project_id, days=days)
        return self._select(
            "quality_drift",
            of_project(
                project_id,
                with_removed=True,
                from_version=period.from_version,
                to_version=period.to_version,
            ),
            period=period,
        )
