"""Repairing what a check found, in the transaction of the check."""

from onextree.store.database import RawConnection, statement
from onextree.store.integrity.check import ProjectCheck, check_orphans, check_project
from onextree.store.integrity.findings import Findings
from onextree.store.projects import Project, find_project

__all__ = ["repair_orphans", "repair_project"]


def repair_project(connection: RawConnection, project: Project) -> tuple[int, ProjectCheck]:
    """Check, repair what can be and check again; the caller holds the project's lock.

    Returns:
        How many findings are gone, and what is left.
    """
    before = check_project(connection, project)
    if not before.findings.fixes:
        return 0, before
    _apply(connection, before.findings)
    connection.execute(statement("distrust_directories"), {"project_key": project.project_key})
    again = find_project(connection, project.project_id, with_removed=True)
    left = check_project(connection, again)
    return len(before.findings) - len(left.findings), left


def repair_orphans(connection: RawConnection) -> tuple[int, Findings]:
    """Delete the rows whose project is not there.

    Returns:
        How many findings are gone, and what is left.
    """
    before = check_orphans(connection)
    _apply(connection, before)
    left = check_orphans(connection)
    return len(before) - len(left), left


def _apply(connection: RawConnection, findings: Findings) -> None:
    connection.execute(statement("allow_repair"))
    for fix in findings.fixes:
        connection.execute(statement(fix.statement), fix.parameters)
