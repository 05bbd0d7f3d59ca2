"""Errors as answers: a code, a sentence, and what the caller can do instead of giving up."""

from typing import Any
from uuid import UUID

from onextree.errors import (
    OnexTreeError,
    ProjectRootNotFound,
    RootPermissionDenied,
    TreeGenerationFailed,
    TreeTooLarge,
)

__all__ = ["OnexTreeErrorHandler"]


class OnexTreeErrorHandler:
    """The specification's handler (section 11): any error of a use case becomes an answer."""

    async def handle_generation_error(
        self, error: Exception, project_id: str, correlation_id: UUID
    ) -> dict[str, Any]:
        """Shape: ``{success, error_code, message, fallback, project_id, correlation_id}``."""
        known = _generation_error(error)
        return {
            "success": False,
            "error_code": known.error_code,
            "message": known.message,
            "fallback": known.fallback,
            "project_id": project_id,
            "correlation_id": str(correlation_id),
        }


def _generation_error(error: Exception) -> OnexTreeError:
    if isinstance(error, OnexTreeError):
        return error
    if isinstance(error, FileNotFoundError):
        return ProjectRootNotFound("Project root directory not found")
    if isinstance(error, PermissionError):
        return RootPermissionDenied("Insufficient permissions to read project files")
    if isinstance(error, MemoryError):
        return TreeTooLarge("Project exceeds maximum tree size")
    return TreeGenerationFailed(str(error))
