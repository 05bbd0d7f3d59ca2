"""Running an application on a socket, in several processes."""

import multiprocessing
import os
import tempfile
from dataclasses import dataclass

from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from onextree.api.hosts import check_exposure
from onextree.ports import require_free_port

__all__ = ["Served", "serve"]

_HEADERS = 5_000  # milliseconds that a client may take to send them
_REQUESTS = 256  # that a worker answers at the same time; the others wait
_STOPPING = 15  # seconds for requests that are being answered


@dataclass(frozen=True, slots=True)
class Served:
    """An application, and where it listens.

    Attributes:
        target: ``MODULE:FACTORY``, imported by each worker.
        setting: What the settings of host and port are called, ``API`` say.
    """

    target: str
    host: str
    port: int
    workers: int
    setting: str

    def check(self, auth: str) -> None:
        """Refuse what cannot be served.

        Raises:
            ConfigurationError: Others could call it without keys, or something listens there.
        """
        check_exposure(self.host, auth)
        require_free_port(self.setting, self.host, self.port)


def serve(served: Served) -> None:
    """Answer until SIGINT or SIGTERM; what was asked before is answered first."""
    # A worker inherits nothing: no locks, no connections, nothing that a thread holds.
    multiprocessing.set_start_method("spawn", force=True)
    with tempfile.TemporaryDirectory(prefix="onextree-metrics-") as metrics:
        # Read when prometheus_client is imported, which no process but the workers does.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        Server(
            served.target,
            address=served.host,
            port=served.port,
            interface=Interfaces.ASGI,
            workers=served.workers,
            backpressure=_REQUESTS,
            factory=True,
            loop=Loops.uvloop,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADERS),
            websockets=False,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=_STOPPING,
        ).serve()
