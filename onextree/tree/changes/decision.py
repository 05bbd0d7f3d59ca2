"""Whether an update looks at the files that are named, or at all: the specification's table.

| condition | what is done |
|---|---|
| as many files changed as `ONEXTREE_INCREMENTAL_FILES` says, or fewer | incremental update |
| more | scan of all files |
| directories appeared or went | scan of all files |
| `.gitignore` or `.gitattributes` modified | scan of all files |
| first version | scan of all files |

To these come the cases in which a version cannot be made of the one before: see `ScanReason`.
"""

from enum import StrEnum

__all__ = ["Mode", "NeedsScan", "ScanReason"]


class Mode(StrEnum):
    """How a project is updated."""

    INCREMENTAL = "incremental"
    FULL = "full"


class ScanReason(StrEnum):
    """Why all files are looked at."""

    FIRST_VERSION = "first version"
    MANY_FILES = "many files changed"
    DIRECTORIES = "directories changed"
    RULES = ".gitignore or .gitattributes changed"
    LOST_FILES = "most files are gone"
    SUBMODULE = "a submodule changed outside of a commit"
    PLAIN = "a file is new in a directory without git"
    COMMITS = "the commits cannot be compared"
    MOVING = "HEAD or the newest version kept moving"
    UNFIT = "the newest version is not what a scan of this root has stored"
    LIMITS = "more files or bytes than allowed"
    REQUESTED = "all files were asked for"
    RECONCILE = "not all files have been looked at since the last update"
    REMOTE = "a remote repository"
    ELSEWHERE = "a directory that an OnexTree service scans"


class NeedsScan(Exception):
    """An update has to look at all files."""

    def __init__(self, reason: ScanReason) -> None:
        super().__init__(reason.value)
        self.reason = reason
