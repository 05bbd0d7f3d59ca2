"""Project ids: what they may be, and which one a root gets when nobody names one."""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import unquote

from onextree.errors import InvalidProjectId

__all__ = ["RESERVED", "check_project_id", "derive_project_id", "derive_remote_id"]

MAX_LENGTH = 200
RESERVED = frozenset(
    {
        "cache",
        "enrich",
        "generate",
        "health",
        "incremental-update",
        "metrics",
        "navigate",
        "query",
        "stats",
    }
)
"""Words that stand where an id stands in a route below ``/tree``."""

_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_UNUSABLE = re.compile(r"[^A-Za-z0-9_-]+")


def check_project_id(project_id: str) -> str:
    """Give back a project id that follows the rule.

    Raises:
        InvalidProjectId: Not letters, digits, ``_``, ``-`` and single dots between them; longer
            than 200 characters; or a reserved word.
    """
    shown = project_id if len(project_id) <= 60 else project_id[:60] + "…"
    if len(project_id) > MAX_LENGTH or not _ID.fullmatch(project_id):
        raise InvalidProjectId(
            f"{shown!r} is no project id: use letters, digits, '_', '-' and single dots between "
            f"them, at most {MAX_LENGTH} characters.",
            project_id=shown,
        )
    if project_id.lower() in RESERVED:
        raise InvalidProjectId(
            f"{shown!r} is a word of the API's routes; choose another project id with "
            "--project-id.",
            project_id=shown,
        )
    return project_id


def derive_project_id(root: Path, *, distinct: bool = False) -> str:
    """An id made of the root's name.

    Args:
        root: Absolute path.
        distinct: Add a digest of the whole path, for a name that is taken.
    """
    return _derive(root.name, os.fsencode(root), distinct=distinct)


def derive_remote_id(url: str, branch: str | None = None, *, distinct: bool = False) -> str:
    """An id made of a remote repository's name.

    Args:
        url: Canonical.
        branch: The one that is followed, if that is said.
        distinct: Add a digest of URL and branch, for a name that is taken.
    """
    name = unquote(re.split("[/:]", url)[-1]).removesuffix(".git")
    place = url if branch is None else f"{url}#{branch}"
    return _derive(name, place.encode(), distinct=distinct)


def _derive(name: str, place: bytes, *, distinct: bool) -> str:
    parts = (_UNUSABLE.sub("-", part).strip("-") for part in name.split("."))
    name = ".".join(part for part in parts if part)[: MAX_LENGTH - 9].strip(".")
    if distinct or not name or name.lower() in RESERVED:
        digest = hashlib.sha256(place).hexdigest()[:8]
        name = f"{name or 'project'}-{digest}"
    return name
