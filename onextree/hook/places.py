"""Which directory git takes a repository's hooks from, and whether it is the repository's own."""

import os
from pathlib import Path

from onextree.errors import ConfigurationError, InvalidRequest, ProjectRootNotFound
from onextree.git import door
from onextree.git.work_tree import WorkTree, find_work_tree

__all__ = ["hooks_directory", "require_work_tree"]

_USERS_CONFIG = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


def require_work_tree(path: Path, *, timeout: float) -> WorkTree:
    """The work tree that a directory lies in.

    Args:
        timeout: Seconds that one git process may take.

    Raises:
        ProjectRootNotFound: There is no such directory.
        InvalidRequest: It lies in no work tree.
    """
    try:
        resolved = path.expanduser().resolve(strict=True)
        work_tree = find_work_tree(resolved, timeout=timeout) if resolved.is_dir() else None
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ProjectRootNotFound(
            f"{path} cannot be reached ({reason}); give a directory of a git work tree."
        ) from None
    if work_tree is None or not (work_tree.git_dir / "HEAD").exists():
        raise InvalidRequest(f"{path} lies in no git work tree; give a directory of one.")
    return work_tree


def hooks_directory(work_tree: WorkTree) -> Path:
    """Where git looks for hooks in this work tree, symlinks above it resolved; it may be missing.

    Raises:
        ConfigurationError: It is a symlink, or other repositories may share it.
        TreeGenerationFailed, DeadlineExceeded: git cannot read its configuration.
    """
    common = work_tree.common_dir()
    configured = _configured(work_tree)
    directory = common / "hooks" if configured is None else work_tree.top / configured
    if configured is not None and configured.startswith("-"):
        raise ConfigurationError(
            f"core.hooksPath is {configured}, which shells take for an option, so no hook works; "
            f"set it to ./{configured}."
        )
    if directory.is_symlink():
        raise ConfigurationError(
            f"{directory}, where git looks for hooks, is a symlink and may be shared; make it a "
            "directory, or set core.hooksPath to where it leads."
        )
    resolved = directory.resolve()
    own = (common, work_tree.git_dir, work_tree.top)
    if not any(resolved.is_relative_to(place.resolve()) for place in own):
        raise ConfigurationError(
            f"core.hooksPath sends git to {directory} for hooks, outside of this repository, and "
            "other repositories may share it. Give this one its own: `git config core.hooksPath "
            f"{common / 'hooks'}`, where hooks of that directory no longer run."
        )
    return resolved


def _configured(work_tree: WorkTree) -> str | None:
    """The value of core.hooksPath that wins: of the repository, the user or the system."""
    _, output = door.run(
        ("config", "--show-scope", "-z", "--type=path", "--get-all", "core.hooksPath"),
        git_dir=work_tree.git_dir,
        work_tree=work_tree.top,
        cwd=work_tree.top,
        timeout=work_tree.timeout,
        environment={name: os.environ[name] for name in _USERS_CONFIG if name in os.environ},
    )
    fields = output.split(b"\0")
    values = [
        value
        for scope, value in zip(fields[::2], fields[1::2], strict=False)
        if scope != b"command"  # the door's own
    ]
    # As git does it: an empty one means the root directory.
    return os.fsdecode(values[-1] or b"/") if values else None
