"""Clients of services that OnexTree calls: the OnexTree service, ours or an upstream one."""

from onextree.clients.asynchronous import AsyncOnexTreeClient
from onextree.clients.requests import CallDeadline, Deadlines
from onextree.clients.synchronous import OnexTreeClient
from onextree.errors import ClientError, ServiceUnavailableError

__all__ = [
    "AsyncOnexTreeClient",
    "CallDeadline",
    "ClientError",
    "Deadlines",
    "OnexTreeClient",
    "ServiceUnavailableError",
]
