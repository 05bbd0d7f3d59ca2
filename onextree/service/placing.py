"""Use cases: which projects a place on this machine, or a URL, is about."""

import os
from collections.abc import Sequence
from pathlib import Path

from onextree.errors import ProjectNotFound
from onextree.git.remotes import RemoteUrl, looks_remote
from onextree.service.base import UseCases
from onextree.store import projects
from onextree.tree.changes.named import relative_path
from onextree.tree.names import decode_name, encode_name

__all__ = ["Placing"]


class Placing(UseCases):
    """From roots to projects."""

    def projects_below(self, root: str, paths: Sequence[str] = ()) -> dict[str, list[str]]:
        """The registered projects with this root, or with theirs below it, and their files.

        Args:
            root: A directory, the top of a git work tree say, or the URL of a remote repository.
            paths: Of files, relative to it or absolute, escaped as `onextree.tree.names` does;
                none means all.

        Returns:
            By project id, the outermost first, files relative to the project's own root. A project
            is left out that has none of the named files, or lies below the root and has no version
            yet: the first scan is asked for by people.

        Raises:
            ProjectNotFound: No project is there.
            InvalidRequest: A path leads out of the root.
        """
        registered = self._read(projects.list_projects)
        if looks_remote(root):
            url = str(RemoteUrl.parse(root, None))
            named = [each.project_id for each in registered if each.project_root == url]
            return {each: [] for each in named} or _none_there()
        top = Path(os.fsdecode(encode_name(root)))
        if not top.is_absolute():
            return _none_there()
        if self._client is None:  # else it is no path of this machine
            top = top.resolve()
        below = [
            (len(each.root.parts), each)
            for each in registered
            if not each.is_remote and each.root.is_relative_to(top)
        ]
        if not below:
            return _none_there()
        wanted = [relative_path(path, os.fsencode(top)) for path in paths]
        found: dict[str, list[str]] = {}
        for _, project in sorted(below, key=lambda each: (each[0], each[1].project_id)):
            inner = project.root.relative_to(top)
            if inner.parts and not project.last_version:
                continue
            prefix = f"{decode_name(os.fsencode(inner))}/" if inner.parts else ""
            mine = [path[len(prefix) :] for path in wanted if path.startswith(prefix)]
            if mine or not wanted:
                found[project.project_id] = mine
        return found


def _none_there() -> dict[str, list[str]]:
    raise ProjectNotFound(
        "No registered project has this root, or lies below it; register it with "
        "POST /tree/generate or `onextree projects add`."
    )
