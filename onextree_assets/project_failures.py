"""Projects that fail in a run, while the others go on."""

from dataclasses import dataclass, field

import dagster as dg

from onextree.errors import DatabaseUnavailable, OnexTreeError
from onextree_assets.tables import table

__all__ = ["ProjectFailures"]

_SHOWN = 100


@dataclass(slots=True)
class ProjectFailures:
    """What failed so far.

    Attributes:
        total: Number of projects of the run.
    """

    total: int
    _errors: dict[str, OnexTreeError] = field(default_factory=dict)

    def __contains__(self, project_id: str) -> bool:
        return project_id in self._errors

    def note(self, log: dg.DagsterLogManager, project_id: str, error: OnexTreeError) -> None:
        """Remember why a project failed.

        Raises:
            OnexTreeError: This error, where there is no other project, or where it would meet the
                others, too.
        """
        if self.total == 1 or isinstance(error, DatabaseUnavailable):
            raise error
        self._errors[project_id] = error
        log.error(f"{project_id}: {error.code}: {error.message}")

    def raise_if_any(self) -> None:
        """End a run in which projects failed.

        Raises:
            Failure: It names them.
        """
        if not self._errors:
            return
        rows = [(name, error.code.value, error.message) for name, error in self._errors.items()]
        columns = {"project": "string", "code": "string", "what_to_do": "string"}
        raise dg.Failure(
            description=f"{len(rows)} of {self.total} projects failed: {', '.join(self._errors)}. "
            "The others are done; the table says why.",
            metadata={"failed_projects": table(columns, rows[:_SHOWN])},
            allow_retries=False,
        )
