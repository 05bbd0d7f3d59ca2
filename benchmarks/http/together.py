"""Several benchmarks on one server, since starting one takes as long as a short benchmark."""

from collections.abc import Sequence
from typing import Protocol

from benchmarks.http.server import Server, serving
from benchmarks.installation import Installation
from benchmarks.rows import Row

__all__ = ["OnOneServer"]


class _Part(Protocol):
    """A benchmark that can do with a server that runs."""

    @property
    def operations(self) -> Sequence[str]: ...

    def measure(self, installation: Installation, server: Server) -> Sequence[Row]: ...


class OnOneServer:
    """Benchmarks, one after the other."""

    def __init__(self, *parts: _Part) -> None:
        self._parts = parts

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return [operation for part in self._parts for operation in part.operations]

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure all."""
        with serving(installation) as server:
            return [row for part in self._parts for row in part.measure(installation, server)]
