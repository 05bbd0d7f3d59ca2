"""Asking a server from a process of its own, so that nothing here is in the client's way."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.http import client
from benchmarks.http.loads import Asked, AtRate, OneAfterAnother
from benchmarks.http.server import Server

__all__ = ["ask"]

_TIMEOUT = 600.0


def ask(server: Server, paths: Sequence[tuple[str, str]], load: AtRate | OneAfterAnother) -> Asked:
    """Ask a server.

    Args:
        paths: Of URLs with their parameters, each with what the right answer's body has in it.

    Raises:
        RuntimeError: More than one of a thousand answers was wrong, or never came: what the others
            took says nothing then.
    """
    what = {
        "port": server.port,
        "questions": [(_request(server, path), expected) for path, expected in paths],
        "load": type(load).__name__,
        "parameters": dataclasses.asdict(load),
    }
    done = subprocess.run(
        [sys.executable, "-m", client.__name__],
        input=json.dumps(what),
        stdout=subprocess.PIPE,
        text=True,
        timeout=_TIMEOUT,
        check=True,
    )
    asked = Asked(**json.loads(done.stdout))
    if asked.wrong * 1_000 > load.number:
        raise RuntimeError(f"{asked.wrong:,} of {load.number:,} answers were wrong or never came")
    return asked


def _request(server: Server, path: str) -> str:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: Bearer {server.key}\r\n\r\n"
    )
