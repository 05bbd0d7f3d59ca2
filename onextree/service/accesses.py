"""Which projects were looked at, gathered so that no reader has to write."""

import threading
from datetime import UTC, datetime

__all__ = ["Accesses"]


class Accesses:
    """The last access to each project since they were taken last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, datetime] = {}

    def note(self, project_id: str) -> None:
        """Somebody looks at a project now."""
        with self._lock:
            self._times[project_id] = datetime.now(UTC)

    def take(self) -> dict[str, datetime]:
        """Project ids and times in UTC; they are forgotten here."""
        with self._lock:
            taken, self._times = self._times, {}
        return taken
