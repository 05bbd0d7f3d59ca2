"""The specification's debouncer: many requests become one update, in one of many processes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from onextree.service.updates import Updates

__all__ = ["OnexTreeUpdateDebouncer", "UpdateCallback"]

UpdateCallback = Callable[[str, list[str]], Awaitable[object]]
"""Is given a project and the files that were named since its last update."""

_MARGIN = 0.05  # seconds, so that what is due is so on the database's clock, too


class OnexTreeUpdateDebouncer:
    """Debounces updates of projects durably: what is queued survives this process.

    Requests are rows in PostgreSQL, see `Updates.request_update`. When a project has been quiet for
    `ONEXTREE_DEBOUNCE_SECONDS`, or the first request has waited for `ONEXTREE_DEBOUNCE_LONGEST`,
    one of those that asked makes the update. If that process dies, the request comes up again, for
    the sensor `git_commits` or the next one that asks.

    Args:
        service: Where requests are kept.
    """

    def __init__(self, service: Updates) -> None:
        self._service = service

    async def queue_update(
        self, project_id: str, modified_files: Sequence[str], update_callback: UpdateCallback
    ) -> None:
        """Queue an update, and make it unless somebody asked later or makes it already.

        Args:
            modified_files: Paths of files; none means all.
            update_callback: Makes the update, `OnexTreeService.update` say, which fulfils the
                request; one that is not fulfilled comes up again.

        Raises:
            ProjectNotFound: No such project is registered.
            InvalidRequest: A path leads out of the root.
        """
        service = self._service
        await asyncio.to_thread(service.request_update, project_id, modified_files)
        await asyncio.sleep(service.debounce_seconds + _MARGIN)
        for request in await asyncio.to_thread(service.claim_updates, 1, [project_id]):
            await update_callback(project_id, list(request.paths))
