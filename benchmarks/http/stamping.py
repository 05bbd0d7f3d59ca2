"""Stamping over HTTP: each stamp durable, with its event and what the tree knows of its file."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.http.asking import ToAsk, ask
from benchmarks.http.loads import Asked, OneAfterAnother, answer_times, every_answer
from benchmarks.http.server import Server, peer_serving, serving
from benchmarks.installation import Installation
from benchmarks.reading import PROJECT, stored
from benchmarks.rows import Goal, Row
from benchmarks.stamping import module

__all__ = ["StampsOverHttp"]

_PEER = "bare FastAPI with upstream's expressions, nothing stored"
_CLAIM = 1e6 / 1_200  # microseconds from one stamp to the next: upstream's own claim
_SEED = 12
_SIZE = 2_000  # bytes, the median of a project's files
_RIGHT = '"status":"success"'


@dataclass(frozen=True, slots=True)
class StampsOverHttp:
    """New contents of the files of a project whose tree is warm, from another process.

    Attributes:
        number: Stamps of a round that are asked for one by one.
        batches: Of a round, each of `batched` stamps.
    """

    files: int
    rounds: int
    number: int
    batches: int
    batched: int = 100
    connections: int = 32

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (
            f"stamps over HTTP, {self.connections} connections, one every",
            f"stamps over HTTP, {self.connections} connections, an answer",
            f"stamps over HTTP, batches of {self.batched}, one every",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure."""
        with serving(installation) as server:
            return self.measure(installation, server)

    def measure(self, installation: Installation, server: Server) -> Sequence[Row]:
        """On a server that runs; a stamp that is not stored, or not of a live tree, is none."""
        rng = random.Random(_SEED)
        with stored(installation, self.files) as project, peer_serving({}) as peer:

            def single() -> list[ToAsk]:
                return [
                    ToAsk("/stamp", _RIGHT, json.dumps(_item(rng, path)))
                    for path in rng.choices(project.paths, k=self.number)
                ]

            def batched() -> list[ToAsk]:
                return [
                    ToAsk("/batch", _RIGHT, json.dumps({"items": self._items(rng, project.paths)}))
                    for _ in range(self.batches)
                ]

            ask(server, single(), OneAfterAnother(self.connections, self.number))
            ones = [
                _both(server, peer, single(), OneAfterAnother(self.connections, self.number))
                for _ in range(self.rounds)
            ]
            many = [
                _both(server, peer, batched(), OneAfterAnother(2, self.batches))
                for _ in range(self.rounds)
            ]
        one, its = (every_answer([each[side] for each in ones]) for side in (0, 1))
        answer, its_answer = (answer_times([each[side] for each in ones]) for side in (0, 1))
        batch, its_batch = (
            every_answer([each[side] for each in many], self.batched) for side in (0, 1)
        )
        return [
            Row(
                *(self.operations[0], _CLAIM, Goal(limit=1e6 / 1_000)),
                *(one, _PEER, its),
                unit="µs",
                note=f"{1e6 / one.median:,.0f} a second; the peer {1e6 / its.median:,.0f}",
            ),
            Row(*(self.operations[1], None, Goal()), answer, _PEER, its_answer),
            Row(
                *(self.operations[2], _CLAIM, Goal(limit=1e6 / 2_000)),
                *(batch, _PEER, its_batch),
                unit="µs",
                note=f"{1e6 / batch.median:,.0f} a second; the peer {1e6 / its_batch.median:,.0f}",
            ),
        ]

    def _items(self, rng: random.Random, paths: Sequence[str]) -> list[dict[str, object]]:
        return [_item(rng, path) for path in rng.choices(paths, k=self.batched)]


def _item(rng: random.Random, path: str) -> dict[str, object]:
    return {"content": module(rng, _SIZE), "file_path": path, "project_id": PROJECT}


def _both(
    server: Server, peer: Server, questions: Sequence[ToAsk], load: OneAfterAnother
) -> tuple[Asked, Asked]:
    return ask(server, questions, load), ask(peer, questions, load)
