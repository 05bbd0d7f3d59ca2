"""Every error that OnexTree raises, drawn as one tree.

OnexTreeError                  a code, a sentence that says what to do, details
├── InvalidRequest             the caller gave something that cannot work; trying again cannot help
│   ├── InvalidProjectId
│   ├── ProjectNotFound
│   ├── ProjectRootNotFound
│   ├── ProjectRootNotAllowed
│   ├── ProjectRootMismatch
│   ├── RootPermissionDenied
│   ├── TreeTooLarge
│   ├── TreeShrank           most of its files are gone; `force` stores it all the same
│   ├── InvalidTreeFile
│   ├── InvalidRemote          a text that is no URL of a git repository, or no credential for it
│   ├── RemoteNotAllowed       a scheme or host that the settings do not list
│   ├── RemoteAccessDenied     a server that wants other credentials
│   ├── RemoteCommitNotFound   a server without that commit or branch
│   ├── RemoteTooLarge         more bytes than a fetch may bring; nothing of them is kept
│   ├── InvalidQuery
│   ├── TreeNotFound
│   ├── DuplicateTreeHash      a version that is there already
│   ├── StampNotFound          no content with that hash was stamped
│   ├── Unauthorized           no API key, or none that is known
│   ├── Forbidden              an API key that is not for this
│   ├── PayloadTooLarge        a request of more bytes than the API takes
│   └── RateLimited            too many requests; `retry_after` says when to come back
├── TreeGenerationFailed       a scan could not be finished; nothing was stored
│   ├── RepositoryUnreadable   a git repository that is not whole
│   └── RemoteUnreachable      a git server that does not answer, or not as git does; may pass
├── DatabaseError              PostgreSQL refused or is not as it should be
│   └── DatabaseUnavailable    it could not be reached; passes by itself
├── DeadlineExceeded           something outside took longer than its deadline; may pass by itself
├── ClientError                a service that we called answers with an error, or with nonsense
│   └── ServiceUnavailableError  it cannot be reached, or asks to come back later
│       └── CircuitBreakerOpen   it failed so often that it is not called for a while
├── EnrichmentFailed           a version could not be enriched; its tree stays as it is
│   └── ArchonUnavailable      Archon does not answer; what the tree tells by itself is there
└── ConfigurationError         a setting has to be changed first

Codes are those of the specification (section 11), with the ones it lacks added, and so are the
fallbacks: what a caller can do instead of giving up.
"""

from enum import StrEnum
from typing import Any, ClassVar

__all__ = [
    "ArchonUnavailable",
    "CircuitBreakerOpen",
    "ClientError",
    "ConfigurationError",
    "DatabaseError",
    "DatabaseUnavailable",
    "DeadlineExceeded",
    "DuplicateTreeHash",
    "EnrichmentFailed",
    "Forbidden",
    "InvalidProjectId",
    "InvalidQuery",
    "InvalidRemote",
    "InvalidRequest",
    "InvalidTreeFile",
    "OnexTreeError",
    "OnexTreeErrorCode",
    "PayloadTooLarge",
    "ProjectNotFound",
    "ProjectRootMismatch",
    "ProjectRootNotAllowed",
    "ProjectRootNotFound",
    "RateLimited",
    "RemoteAccessDenied",
    "RemoteCommitNotFound",
    "RemoteNotAllowed",
    "RemoteTooLarge",
    "RemoteUnreachable",
    "RepositoryUnreadable",
    "RootPermissionDenied",
    "ServiceUnavailableError",
    "StampNotFound",
    "TreeGenerationFailed",
    "TreeNotFound",
    "TreeShrank",
    "TreeTooLarge",
    "Unauthorized",
]


class OnexTreeErrorCode(StrEnum):
    """What a program may branch on; the sentence beside it is for people."""

    TREE_GENERATION_FAILED = "TREE_GENERATION_FAILED"
    PROJECT_ROOT_NOT_FOUND = "PROJECT_ROOT_NOT_FOUND"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    TREE_TOO_LARGE = "TREE_TOO_LARGE"
    DATABASE_ERROR = "DATABASE_ERROR"
    TREE_NOT_FOUND = "TREE_NOT_FOUND"
    DUPLICATE_TREE_HASH = "DUPLICATE_TREE_HASH"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    CIRCUIT_BREAKER_OPEN = "CIRCUIT_BREAKER_OPEN"
    TIMEOUT = "TIMEOUT"
    ENRICHMENT_FAILED = "ENRICHMENT_FAILED"
    ARCHON_UNAVAILABLE = "ARCHON_UNAVAILABLE"

    # Not in the specification.
    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_PROJECT_ID = "INVALID_PROJECT_ID"
    PROJECT_NOT_FOUND = "PROJECT_NOT_FOUND"
    PROJECT_ROOT_NOT_ALLOWED = "PROJECT_ROOT_NOT_ALLOWED"
    PROJECT_ROOT_MISMATCH = "PROJECT_ROOT_MISMATCH"
    TREE_SHRANK = "TREE_SHRANK"
    INVALID_TREE_FILE = "INVALID_TREE_FILE"
    INVALID_QUERY = "INVALID_QUERY"
    INVALID_REMOTE = "INVALID_REMOTE"
    REMOTE_NOT_ALLOWED = "REMOTE_NOT_ALLOWED"
    REMOTE_ACCESS_DENIED = "REMOTE_ACCESS_DENIED"
    REMOTE_COMMIT_NOT_FOUND = "REMOTE_COMMIT_NOT_FOUND"
    REMOTE_TOO_LARGE = "REMOTE_TOO_LARGE"
    REMOTE_UNREACHABLE = "REMOTE_UNREACHABLE"
    CONFIGURATION_ERROR = "CONFIGURATION_ERROR"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SERVICE_ERROR = "SERVICE_ERROR"
    STAMP_NOT_FOUND = "STAMP_NOT_FOUND"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"


class OnexTreeError(Exception):
    """Base of all errors of OnexTree.

    Args:
        message: What happened and what to do, as a sentence.
        details: What a program or a log wants beside it; never a secret.
    """

    code: ClassVar[OnexTreeErrorCode] = OnexTreeErrorCode.TREE_GENERATION_FAILED
    transient: ClassVar[bool] = False
    """Whether the same call can succeed later without anybody changing anything."""
    fallback: ClassVar[str | None] = None
    """What a caller can do instead, in the specification's words."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def error_code(self) -> OnexTreeErrorCode:
        """The code under the name that the specification gives it."""
        return self.code

    def as_dict(self) -> dict[str, Any]:
        """Shape: ``{error_code, message, fallback, details}``."""
        return {
            "error_code": self.code.value,
            "message": self.message,
            "fallback": self.fallback,
            "details": self.details,
        }


class InvalidRequest(OnexTreeError):
    """The caller gave something that cannot work."""

    code = OnexTreeErrorCode.INVALID_REQUEST


class InvalidProjectId(InvalidRequest):
    """A project id that breaks the rule of `onextree.store.project_ids`."""

    code = OnexTreeErrorCode.INVALID_PROJECT_ID


class ProjectNotFound(InvalidRequest):
    """No project of that id is registered."""

    code = OnexTreeErrorCode.PROJECT_NOT_FOUND


class ProjectRootNotFound(InvalidRequest):
    """The project's root does not exist or is not a directory."""

    code = OnexTreeErrorCode.PROJECT_ROOT_NOT_FOUND
    fallback = "use_empty_tree"


class ProjectRootNotAllowed(InvalidRequest):
    """The project's root lies outside of the allowed directories."""

    code = OnexTreeErrorCode.PROJECT_ROOT_NOT_ALLOWED


class ProjectRootMismatch(InvalidRequest):
    """The project is registered with another root, or its root now leads elsewhere."""

    code = OnexTreeErrorCode.PROJECT_ROOT_MISMATCH


class RootPermissionDenied(InvalidRequest):
    """The root itself cannot be read; unreadable files below it are only counted."""

    code = OnexTreeErrorCode.PERMISSION_DENIED
    fallback = "skip_protected_files"


class TreeTooLarge(InvalidRequest):
    """The project has more files or bytes than the settings allow; nothing was stored."""

    code = OnexTreeErrorCode.TREE_TOO_LARGE
    fallback = "use_sampling_strategy"


class TreeShrank(InvalidRequest):
    """The project lost most of its files since its newest version; nothing was stored."""

    code = OnexTreeErrorCode.TREE_SHRANK
    fallback = "use_existing_tree"


class InvalidTreeFile(InvalidRequest):
    """A `.onextree` file that cannot be read as a tree."""

    code = OnexTreeErrorCode.INVALID_TREE_FILE


class InvalidRemote(InvalidRequest):
    """A text that is no URL of a git repository, or no credential for it; it is not repeated."""

    code = OnexTreeErrorCode.INVALID_REMOTE


class RemoteNotAllowed(InvalidRequest):
    """A remote repository whose scheme or host the settings do not list."""

    code = OnexTreeErrorCode.REMOTE_NOT_ALLOWED


class RemoteAccessDenied(InvalidRequest):
    """A git server that wants other credentials, or whose key is not known."""

    code = OnexTreeErrorCode.REMOTE_ACCESS_DENIED
    fallback = "use_existing_tree"


class RemoteCommitNotFound(InvalidRequest):
    """A git server without that commit or branch, or one that does not give it."""

    code = OnexTreeErrorCode.REMOTE_COMMIT_NOT_FOUND
    fallback = "use_existing_tree"


class RemoteTooLarge(InvalidRequest):
    """A fetch of more bytes than the settings allow; nothing of them is kept."""

    code = OnexTreeErrorCode.REMOTE_TOO_LARGE
    fallback = "use_existing_tree"


class InvalidQuery(InvalidRequest):
    """A question that cannot be answered: a malformed pattern, a limit or cursor out of range."""

    code = OnexTreeErrorCode.INVALID_QUERY


class TreeNotFound(InvalidRequest):
    """The project has no such version, or none at all."""

    code = OnexTreeErrorCode.TREE_NOT_FOUND
    fallback = "regenerate_tree"


class DuplicateTreeHash(InvalidRequest):
    """A version that is to be stored although the newest one has its tree."""

    code = OnexTreeErrorCode.DUPLICATE_TREE_HASH
    fallback = "use_existing_tree"


class StampNotFound(InvalidRequest):
    """No content with that hash was stamped, or not in that namespace."""

    code = OnexTreeErrorCode.STAMP_NOT_FOUND


class Unauthorized(InvalidRequest):
    """No API key, or none that is known."""

    code = OnexTreeErrorCode.UNAUTHORIZED


class Forbidden(InvalidRequest):
    """An API key that is not for this project, or not for writing."""

    code = OnexTreeErrorCode.FORBIDDEN


class PayloadTooLarge(InvalidRequest):
    """A request of more bytes than the API takes."""

    code = OnexTreeErrorCode.PAYLOAD_TOO_LARGE


class RateLimited(InvalidRequest):
    """Too many requests.

    Args:
        retry_after: Seconds after which it can be tried again.
    """

    code = OnexTreeErrorCode.RATE_LIMITED
    transient = True
    fallback = "retry_with_backoff"

    def __init__(self, message: str, *, retry_after: float, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class TreeGenerationFailed(OnexTreeError):
    """A scan could not be finished; nothing was stored."""

    fallback = "retry_with_backoff"


class RepositoryUnreadable(TreeGenerationFailed):
    """A git repository whose HEAD cannot be told."""


class RemoteUnreachable(TreeGenerationFailed):
    """A git server that does not answer, or not as git does."""

    code = OnexTreeErrorCode.REMOTE_UNREACHABLE
    transient = True
    fallback = "retry_with_backoff"


class DatabaseError(OnexTreeError):
    """PostgreSQL refused, or its schema is not the one this version needs."""

    code = OnexTreeErrorCode.DATABASE_ERROR
    fallback = "basic_stamping"


class DatabaseUnavailable(DatabaseError):
    """PostgreSQL could not be reached."""

    code = OnexTreeErrorCode.SERVICE_UNAVAILABLE
    transient = True
    fallback = "retry_with_backoff"


class DeadlineExceeded(OnexTreeError):
    """Something outside took longer than its deadline."""

    code = OnexTreeErrorCode.TIMEOUT
    transient = True
    fallback = "retry_with_backoff"


class ClientError(OnexTreeError):
    """A service that we called answers with an error, or with what cannot be understood.

    Args:
        status: The HTTP status of its answer; None where there was none.
        retry_after: Seconds after which it wants to be called again; None where it did not say.
    """

    code = OnexTreeErrorCode.SERVICE_ERROR
    fallback = "use_existing_tree"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.status = status
        self.retry_after = retry_after


class ServiceUnavailableError(ClientError):
    """A service cannot be reached, or is not there for now."""

    code = OnexTreeErrorCode.SERVICE_UNAVAILABLE
    transient = True


class CircuitBreakerOpen(ServiceUnavailableError):
    """A service failed so often that it is not called before `retry_after` seconds."""

    code = OnexTreeErrorCode.CIRCUIT_BREAKER_OPEN


class EnrichmentFailed(OnexTreeError):
    """A version could not be enriched; its tree stays as it is."""

    code = OnexTreeErrorCode.ENRICHMENT_FAILED
    fallback = "skip_enrichment"


class ArchonUnavailable(EnrichmentFailed):
    """Archon does not answer; what the tree tells by itself is there."""

    code = OnexTreeErrorCode.ARCHON_UNAVAILABLE
    transient = True
    fallback = "use_basic_enrichment"


class ConfigurationError(OnexTreeError):
    """A setting, or the machine, has to be changed first."""

    code = OnexTreeErrorCode.CONFIGURATION_ERROR
