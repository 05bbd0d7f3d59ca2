"""What each error of the OnexTree service is in HTTP: upstream's statuses."""

from collections.abc import Mapping
from http import HTTPStatus

from onextree.api import failures
from onextree.errors import OnexTreeErrorCode as Code

__all__ = ["STATUSES"]

# A malformed body is 422, as FastAPI has it there; these are as in the bridge API.
_KEPT = frozenset(
    {
        Code.INVALID_REQUEST,
        Code.UNAUTHORIZED,
        Code.FORBIDDEN,
        Code.PAYLOAD_TOO_LARGE,
        Code.RATE_LIMITED,
    }
)


def _status(code: Code, of_bridge: HTTPStatus) -> HTTPStatus:
    if code in _KEPT:
        return of_bridge
    is_callers = of_bridge < HTTPStatus.INTERNAL_SERVER_ERROR
    return HTTPStatus.BAD_REQUEST if is_callers else HTTPStatus.INTERNAL_SERVER_ERROR


STATUSES: Mapping[Code, HTTPStatus] = {
    code: _status(code, status) for code, status in failures.STATUSES.items()
}
"""400 for what the caller got wrong, 500 for all else."""
