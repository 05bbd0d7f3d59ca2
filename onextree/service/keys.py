"""Use cases: keys for the HTTP API."""

from collections.abc import Collection, Mapping
from datetime import datetime

from onextree.service.base import UseCases
from onextree.store import api_keys, projects
from onextree.store.api_keys import MadeKey, StoredKey
from onextree.store.database import RawConnection

__all__ = ["ApiKeys"]


class ApiKeys(UseCases):
    """Who may use the API, and for what."""

    def add_key(
        self, name: str, project_ids: Collection[str] | None = None, *, may_write: bool = False
    ) -> tuple[MadeKey, StoredKey]:
        """Make a key. This is the only time that anybody sees it.

        Args:
            name: Whom it is for.
            project_ids: The projects that it is for, renamed or not; None for all, also later ones.
            may_write: Whether it is for more than reading.

        Raises:
            InvalidRequest: The name cannot be one, or is another key's.
            ProjectNotFound: There is no such project; no key is made.
        """
        api_keys.check_key_name(name)
        made = api_keys.make_key()

        def add(connection: RawConnection) -> StoredKey:
            project_keys = None
            if project_ids is not None:
                found = [projects.find_project(connection, each) for each in project_ids]
                project_keys = [project.project_key for project in found]
            return api_keys.add_api_key(
                connection, made, name, may_write=may_write, project_keys=project_keys
            )

        return made, self._transact(add)

    def list_keys(self, *, with_revoked: bool = False) -> list[StoredKey]:
        """All keys in the order of their names.

        Args:
            with_revoked: Also those that are refused.
        """
        return self._read(
            lambda connection: api_keys.list_api_keys(connection, with_revoked=with_revoked)
        )

    def usable_keys(self) -> list[StoredKey]:
        """The keys that are not revoked, asked for once: whoever asks comes again by himself.

        Raises:
            DatabaseUnavailable: The database cannot be reached.
        """
        return self._read(api_keys.list_api_keys, once=True)

    def revoke_key(self, name: str) -> StoredKey:
        """Have a key refused, by every process within about two seconds, and for ever.

        Raises:
            InvalidRequest: There is none of that name.
        """
        return self._transact(lambda connection: api_keys.revoke_api_key(connection, name))

    def note_key_uses(self, uses: Mapping[str, datetime]) -> None:
        """Remember when keys were used last, by their ids; not again where it fails.

        Raises:
            DatabaseUnavailable: The database cannot be reached.
        """
        with self._database.transaction() as connection:
            api_keys.note_key_uses(connection, uses)
