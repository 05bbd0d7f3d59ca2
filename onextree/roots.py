"""Which directories may be projects."""

import os
from collections.abc import Iterable
from pathlib import Path

from onextree.errors import ProjectRootNotAllowed, ProjectRootNotFound

__all__ = ["resolve_root"]


def resolve_root(root: str | Path, allowed: Iterable[Path]) -> Path:
    """The absolute path of a project's root, symlinks resolved.

    Args:
        root: Relative to the working directory, or absolute; ``~`` is the user's home.
        allowed: Resolved directories; the root must be one of them or lie below one.

    Raises:
        ProjectRootNotFound: It does not exist or is no directory.
        ProjectRootNotAllowed: It lies elsewhere.
    """
    try:
        resolved = Path(root).expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ProjectRootNotFound(
            f"{root} does not exist or cannot be reached ({reason}); give a directory that does.",
            project_root=str(root),
        ) from None
    if not resolved.is_dir():
        raise ProjectRootNotFound(
            f"{root} is not a directory; give the directory of a project.", project_root=str(root)
        )
    directories = tuple(allowed)
    if not any(resolved.is_relative_to(directory) for directory in directories):
        raise ProjectRootNotAllowed(
            f"{resolved} lies outside of the allowed directories "
            f"({os.pathsep.join(map(str, directories))}); add one to ONEXTREE_ALLOWED_ROOTS.",
            project_root=str(resolved),
        )
    return resolved
