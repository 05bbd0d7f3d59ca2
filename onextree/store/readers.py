"""Roles that may read everything stored, and change nothing."""

import psycopg
from psycopg import sql

from onextree.errors import InvalidRequest
from onextree.store.database import RawConnection

__all__ = ["grant_reader"]

_VIEWS = (
    *("onextree_snapshots", "onextree_projects", "onextree_files", "onextree_directories"),
    *("onextree_languages", "onextree_changes", "onextree_relationships", "onextree_findings"),
    *("onextree_stamps", "onextree_stamp_manifest"),
)


def grant_reader(connection: RawConnection, role: str) -> None:
    """Let a role read the views, and what they stand on; not who may use the API.

    Raises:
        InvalidRequest: There is no such role.
    """
    reader = sql.Identifier(role)
    views = sql.SQL(", ").join(sql.Identifier("public", view) for view in _VIEWS)
    try:
        for statement in (
            sql.SQL("GRANT USAGE ON SCHEMA onextree TO {}").format(reader),
            sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA onextree TO {}").format(reader),
            sql.SQL("REVOKE SELECT ON onextree.api_keys FROM {}").format(reader),
            sql.SQL("GRANT SELECT ON {} TO {}").format(views, reader),
        ):
            connection.execute(statement)
    except psycopg.errors.UndefinedObject as error:
        raise InvalidRequest(
            f"There is no role {role!r}; an administrator makes it with CREATE ROLE.", role=role
        ) from error
