"""Which projects a caller may stamp for, and whose stamps it sees."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from onextree.api.access import Caller
from onextree.errors import Forbidden, StampNotFound
from onextree.service import OnexTreeService
from onextree.service.stamping.requests import Stamping
from onextree.store.stamps import StoredStamp

__all__ = ["Permissions", "visible", "visible_projects"]


class Permissions:
    """What a caller may stamp; a stamp of no project is for every key that writes.

    Raises:
        Forbidden: The key only reads.
    """

    def __init__(self, service: OnexTreeService, caller: Caller) -> None:
        caller.require_write()
        self._service = service
        self._caller = caller
        self._by_root: dict[str, str] | None = None

    async def of(self, asked: Stamping) -> Stamping:
        """What is asked for, with its project where the path alone tells that.

        Raises:
            Forbidden: The content is of a project that the key is not for. An absolute path has to
                lie in one of its own: else it would tell which others there are.
        """
        if self._caller.projects is None:
            return asked
        project_id = asked.project_id or asked.metadata.get("project_id")
        if project_id:
            # Said for all to see, so that nobody understands it otherwise.
            self._caller.require(str(project_id), write=True)
            return replace(asked, project_id=str(project_id))
        if asked.file_path is None or not asked.file_path.startswith("/"):
            return asked
        if self._by_root is None:
            self._by_root = await asyncio.to_thread(self._roots)
        return self._placed(asked, PurePosixPath("/" + asked.file_path.lstrip("/")), self._by_root)

    def _roots(self) -> dict[str, str]:
        projects = self._service.list_projects()
        return {each.project_root: each.project_id for each in projects if not each.is_remote}

    def _placed(self, asked: Stamping, path: PurePosixPath, by_root: Mapping[str, str]) -> Stamping:
        around = () if ".." in path.parts else path.parents
        root = next((each for each in around if str(each) in by_root), None)
        if root is None:
            raise Forbidden("This API key is not for this project; use one that is.")
        project_id = by_root[str(root)]
        self._caller.require(project_id, write=True)
        return replace(asked, project_id=project_id, file_path=str(path.relative_to(root)))


def visible_projects(caller: Caller) -> Sequence[str] | None:
    """The projects whose stamps a caller sees; None for all stamps, those of no project too."""
    return None if caller.projects is None else sorted(caller.projects)


def visible(caller: Caller, find: Callable[[], Sequence[StoredStamp]]) -> Sequence[StoredStamp]:
    """Those stamps that are found and that a caller sees.

    Raises:
        StampNotFound: There are none; nothing tells the caller whether others see some.
    """
    try:
        found = find()
    except StampNotFound:
        found = ()
    seen = [each for each in found if caller.projects is None or each.project_id in caller.projects]
    if not seen:
        raise StampNotFound("No content with that hash was stamped; stamp it with POST /stamp.")
    return seen
