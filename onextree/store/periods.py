"""Which versions an answer about history covers."""

from dataclasses import dataclass
from datetime import datetime

from onextree.store.database import RawConnection, statement

__all__ = ["Period", "find_period"]


@dataclass(frozen=True, slots=True)
class Period:
    """The stored versions that an answer was made of; times in UTC.

    Attributes:
        from_version, to_version: The first and the last one; None where there is none.
        versions: How many are stored.
        is_oldest: Whether the first one is the oldest that is stored of the project.
    """

    from_version: int | None
    to_version: int | None
    from_time: datetime | None
    to_time: datetime | None
    versions: int
    is_oldest: bool

    @property
    def deleted(self) -> int:
        """How many versions between the first and the last one are not stored any more."""
        if self.from_version is None or self.to_version is None:
            return 0
        return self.to_version - self.from_version + 1 - self.versions

    @property
    def is_whole(self) -> bool:
        """Whether it reaches back to the project's first version, and none is missing."""
        return self.from_version == 1 and not self.deleted

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "from_version": self.from_version,
            "to_version": self.to_version,
            "from_time": self.from_time,
            "to_time": self.to_time,
            "versions": self.versions,
            "deleted": self.deleted,
            "is_oldest": self.is_oldest,
            "is_whole": self.is_whole,
        }


def find_period(
    connection: RawConnection,
    project_key: int,
    *,
    least: int | None = None,
    most: int | None = None,
    since: datetime | None = None,
) -> Period:
    """The stored versions of a project, all by default.

    Args:
        least, most: From and up to this version.
        since: Stored then or later.
    """
    row = connection.execute(
        statement("select_period"),
        {"project_key": project_key, "least": least, "most": most, "since": since},
        prepare=True,
    ).fetchone()
    assert row is not None
    return Period(*row)
