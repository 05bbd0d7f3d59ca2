"""Asking a server from a process of its own, so that nothing here is in the client's way."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.http import client
from benchmarks.http.loads import Asked, AtRate, OneAfterAnother
from benchmarks.http.server import Server

__all__ = ["ToAsk", "ask"]

_TIMEOUT = 600.0


class ToAsk(NamedTuple):
    """A question.

    Attributes:
        path: Of the URL, with its parameters.
        expected: What the right answer's body has in it.
        body: JSON that is posted; None where the answer is got.
    """

    path: str
    expected: str
    body: str | None = None


def ask(server: Server, questions: Sequence[ToAsk], load: AtRate | OneAfterAnother) -> Asked:
    """Ask a server.

    Raises:
        RuntimeError: More than one of a thousand answers was wrong, or never came: what the others
            took says nothing then.
    """
    what = {
        "port": server.port,
        "questions": [(_request(server, each), each.expected) for each in questions],
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


def _request(server: Server, question: ToAsk) -> str:
    method = "GET" if question.body is None else "POST"
    head = (
        f"{method} {question.path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: Bearer {server.key}\r\n"
    )
    if question.body is None:
        return f"{head}\r\n"
    length = len(question.body.encode())
    return (
        f"{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{question.body}"
    )
