"""Use cases: Archon for those who ask it by themselves."""

import os
from collections.abc import Mapping, Sequence

from onextree.errors import InvalidRequest, ProjectNotFound
from onextree.intelligence.archon import ArchonIntelligenceClient
from onextree.service.asking import Asking
from onextree.service.relating import Relating
from onextree.store import projects
from onextree.tree.changes.named import relative_path

__all__ = ["ArchonAccess"]


class ArchonAccess(Asking, Relating):
    """A client that knows what is stored here."""

    def archon_client(self) -> ArchonIntelligenceClient:
        """A client of the Archon of the settings, with the breaker that all processes share.

        What it tells of a file's relationships is stored here: by the last analysis of the project
        with that root, nothing for a file that has none. Where no project has it, the client raises
        `ProjectNotFound`.

        Raises:
            ConfigurationError: The settings cannot be used.
        """
        settings = self._settings
        return ArchonIntelligenceClient(
            settings.archon_url,
            token=settings.archon_token,
            http_url=settings.archon_http_url,
            timeout=settings.archon_timeout,
            breaker=self._archon_breaker,
            relationships=self._relationships_at,
        )

    def _relationships_at(self, root: str, file: str) -> Mapping[str, Sequence[str]]:
        place = self._registered_root(root)
        project = self._read(lambda connection: projects.find_project_by_root(connection, place))
        if project is None or project.removed_at is not None:
            raise ProjectNotFound(
                f"No project has the root {root!r}; `onextree generate` it first."
            )
        try:
            path = relative_path(file, os.fsencode(place))
            return self.related(project.project_id, path).as_dict()
        except InvalidRequest:  # no such file
            return {}
