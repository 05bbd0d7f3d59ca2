"""Versions by number, time or commit."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from onextree.errors import InvalidQuery, TreeNotFound
from onextree.store.database import RawConnection, statement
from onextree.store.projects import find_project

__all__ = ["NEWEST", "Located", "Moment", "continued", "locate"]

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_WHOLE_COMMIT = 40
_COMMIT_DIGITS = 7
_LARGEST_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Moment:
    """Which version is meant; the newest one where nothing is said.

    Attributes:
        time: The newest version that was stored up to then, with a time zone.
        commit: The newest version that was scanned at that commit; seven digits are enough.
    """

    version: int | None = None
    time: datetime | None = None
    commit: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Moment":
        """A version's number, a time with a time zone, or a commit, as people write them.

        Up to six digits are a version, more are a commit.

        Raises:
            InvalidQuery: It is none of them.
        """
        if text.isascii() and text.isdigit() and len(text) < _COMMIT_DIGITS:
            moment = cls(version=int(text))
        elif _COMMIT.fullmatch(text):
            moment = cls(commit=text)
        else:
            try:
                moment = cls(time=datetime.fromisoformat(text))
            except ValueError:
                raise InvalidQuery(
                    f"{text!r} is no version (12), no time (2026-01-31T12:00Z) and no commit of 7 "
                    "to 64 hexadecimal digits in lower case."
                ) from None
        moment.check()
        return moment

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InvalidQuery: It says so.
        """
        if sum(part is not None for part in (self.version, self.time, self.commit)) > 1:
            raise InvalidQuery("Name a version, a time or a commit, one of them.")
        if self.version is not None and not 1 <= self.version <= _LARGEST_VERSION:
            raise InvalidQuery(f"Versions count from 1; there is none {self.version}.")
        if self.time is not None and self.time.tzinfo is None:
            raise InvalidQuery("A time needs a time zone, as in 2026-01-31T12:00Z.")
        if self.commit is not None and not _COMMIT.fullmatch(self.commit):
            raise InvalidQuery("A commit is named by 7 to 64 hexadecimal digits in lower case.")

    def __str__(self) -> str:
        if self.version is not None:
            return f"version {self.version}"
        if self.time is not None:
            return f"version up to {self.time.isoformat()}"
        return f"version of commit {self.commit}" if self.commit else "version yet"


NEWEST = Moment()


def continued(moment: Moment, version: int) -> Moment:
    """The version of an answer's pages behind the first.

    Raises:
        InvalidQuery: Another one was named.
    """
    if moment.version not in (None, version):
        raise InvalidQuery(
            f"The cursor is of version {version}; leave the version out, or ask anew."
        )
    return Moment(version=version)


class Located(NamedTuple):
    """A stored version, where its entries are found."""

    project_key: int
    snapshot_id: UUID
    version: int
    is_newest: bool
    created_at: datetime


def locate(connection: RawConnection, project_id: str, moment: Moment = NEWEST) -> Located:
    """The version that is meant, of a project that is registered or has its history kept.

    Raises:
        InvalidQuery: Nothing can be meant by it, or several commits are.
        ProjectNotFound, TreeNotFound: No such project or version.
    """
    moment.check()
    parameters = {
        "project_id": project_id,
        "version": moment.version,
        "time": moment.time,
        "commit": moment.commit,
    }
    found = connection.execute(statement("resolve_version"), parameters).fetchone()
    if found is None:
        find_project(connection, project_id, with_removed=True)
        raise TreeNotFound(
            f"Project {project_id!r} has no {moment}; see `onextree versions list`.",
            project_id=project_id,
        )
    if moment.commit is not None and len(moment.commit) < _WHOLE_COMMIT:
        counted = connection.execute(statement("count_commits"), parameters).fetchone()
        if counted is not None and counted[0] > 1:
            raise InvalidQuery(
                f"{counted[0]} commits begin with {moment.commit}; give more digits."
            )
    return Located(*found)
