"""Streams: in which events are numbered and published, one after the other.

A project's events are a stream by its id. Its stamps are one of their own, since they can be very
many at once: nothing else of the project waits until they are published, and storing a version and
stamping do not wait for each other's counter. Stamps of no project are streams by their namespaces.
"""

__all__ = [
    "namespace_stream",
    "project_of_stream",
    "stamps_stream",
    "streams_of",
    "title_of",
]

# No project's id has a colon.
_STAMPS = "stamps:"
_NAMESPACE = "namespace:"


def stamps_stream(project_id: str) -> str:
    """The stream of a project's stamps."""
    return f"{_STAMPS}{project_id}"


def namespace_stream(namespace: str) -> str:
    """The stream of a namespace's stamps of no project."""
    return f"{_NAMESPACE}{namespace}"


def streams_of(project_id: str) -> list[str]:
    """All streams of a project; of the name of another stream, that one."""
    return [project_id, stamps_stream(project_id)]


def project_of_stream(stream: str) -> str | None:
    """The project that a stream is of; None for a namespace's."""
    return None if stream.startswith(_NAMESPACE) else stream.removeprefix(_STAMPS)


def title_of(stream: str) -> str:
    """What people are told of a stream: a project's id, or which stamps it has."""
    project_id = project_of_stream(stream)
    if project_id is None:
        return f"stamps of namespace {stream.removeprefix(_NAMESPACE)}"
    return project_id if project_id == stream else f"stamps of {project_id}"
