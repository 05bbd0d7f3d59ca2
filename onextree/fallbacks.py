"""Errors as answers: a code, a sentence, and what the caller can do instead of giving up."""

from typing import Any
from uuid import UUID

from onextree.errors import (
    ArchonUnavailable,
    DeadlineExceeded,
    EnrichmentFailed,
    OnexTreeError,
    ProjectRootNotFound,
    RootPermissionDenied,
    ServiceUnavailableError,
    TreeGenerationFailed,
    TreeTooLarge,
)

__all__ = ["OnexTreeErrorHandler"]

_SKIP_ENRICHMENT = "skip_enrichment"


class OnexTreeErrorHandler:
    """The specification's handler (section 11): any error of a use case becomes an answer."""

    async def handle_generation_error(
        self, error: Exception, project_id: str, correlation_id: UUID
    ) -> dict[str, Any]:
        """Answer an error of a generation, or of anything else that is asked of a project.

        Shape: ``{success, error_code, message, fallback, project_id, correlation_id}``.
        """
        known = _generation_error(error)
        return {
            "success": False,
            "error_code": known.error_code,
            "message": known.message,
            "fallback": known.fallback,
            "project_id": project_id,
            "correlation_id": str(correlation_id),
        }

    async def handle_enrichment_error(self, error: Exception, snapshot_id: UUID) -> dict[str, Any]:
        """Answer an error of an enrichment; the version's tree stays as it is.

        Shape: ``{success, error_code, message, fallback, snapshot_id}``, and
        ``partial_enrichment: True`` where Archon alone is missing, else
        ``basic_tree_available: True``.
        """
        known = _enrichment_error(error)
        is_partial = isinstance(known, ArchonUnavailable)
        return {
            "success": False,
            "error_code": known.error_code,
            "message": known.message,
            "fallback": known.fallback if is_partial else _SKIP_ENRICHMENT,
            "snapshot_id": str(snapshot_id),
            "partial_enrichment" if is_partial else "basic_tree_available": True,
        }


def _generation_error(error: Exception) -> OnexTreeError:
    match error:
        case OnexTreeError():
            return error
        case FileNotFoundError():
            return ProjectRootNotFound("Project root directory not found")
        case PermissionError():
            return RootPermissionDenied("Insufficient permissions to read project files")
        case MemoryError():
            return TreeTooLarge("Project exceeds maximum tree size")
        case _:
            return _outside(error) or TreeGenerationFailed(str(error))


def _enrichment_error(error: Exception) -> OnexTreeError:
    if isinstance(error, OnexTreeError):
        return error
    if "Archon" in str(error):
        return ArchonUnavailable("Archon MCP service unavailable")
    return _outside(error) or EnrichmentFailed(str(error))


def _outside(error: Exception) -> OnexTreeError | None:
    """What failed outside of this process; these say nothing by themselves."""
    if isinstance(error, TimeoutError):
        return DeadlineExceeded(str(error) or "Something outside took too long; try again.")
    if isinstance(error, ConnectionError):
        return ServiceUnavailableError(str(error) or "A service cannot be reached; try again.")
    return None
