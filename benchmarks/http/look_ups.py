"""Look-ups of files over HTTP, with API keys, limits, metrics and the envelope."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from benchmarks.http.asking import ToAsk, ask
from benchmarks.http.loads import (
    Asked,
    AtRate,
    OneAfterAnother,
    answer_times,
    every_answer,
)
from benchmarks.http.server import Server, peer_serving, serving
from benchmarks.installation import Installation
from benchmarks.reading import PROJECT, stored
from benchmarks.rows import Goal, Row

__all__ = ["LookUps"]

_PEER = "bare FastAPI"
_PATHS = 1_000
_A_SECOND = 1_000  # look-ups: the specification's
_AVERAGE = 50  # milliseconds: the specification's


@dataclass(frozen=True, slots=True)
class LookUps:
    """Files of a project whose tree is in memory, by their paths, from another process.

    Attributes:
        rounds: How often ours and the peer take turns.
        number: Look-ups of a round, as fast as they are answered.
        connections: Which ask at the same time.
        at_rate: Look-ups of a round, at a fixed rate.
    """

    files: int
    rounds: int
    number: int
    at_rate: int
    connections: int = 32

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        busy = f"look-ups over HTTP, {self.connections} connections"
        return (
            f"{busy}, one every",
            f"{busy}, an answer",
            f"look-ups over HTTP, {_A_SECOND:,} a second, an answer",
        )

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure."""
        with serving(installation) as server:
            return self.measure(installation, server)

    def measure(self, installation: Installation, server: Server) -> Sequence[Row]:
        """On a server that runs; an answer that is not the right one is none."""
        with stored(installation, self.files) as project:
            paths = project.paths[:_PATHS]
            questions = [ToAsk(_url(path), f'"path":"{path}"') for path in paths]
            with peer_serving(_answers(server, paths)) as peer:

                def in_turns(load: AtRate | OneAfterAnother, rounds: int) -> list[list[Asked]]:
                    turns = [
                        [ask(each, questions, load) for each in (server, peer)]
                        for _ in range(rounds)
                    ]
                    return [[turn[one] for turn in turns] for one in (0, 1)]

                busy = OneAfterAnother(self.connections, self.number)
                in_turns(busy, 1)  # every worker reads the tree when it is first asked
                ours, its = in_turns(busy, self.rounds)
                rows = self._busy_rows(ours, its)
                ours, its = in_turns(AtRate(_A_SECOND, self.at_rate), self.rounds)
                return [*rows, self._rate_row(ours, its)]

    def _busy_rows(self, ours: Sequence[Asked], peer: Sequence[Asked]) -> Sequence[Row]:
        every, its = every_answer(ours), every_answer(peer)
        return [
            Row(
                *(self.operations[0], 1e6 / _A_SECOND, Goal(limit=100)),
                *(every, _PEER, its),
                unit="µs",
                note=f"{1e6 / every.median:,.0f} a second; the peer {1e6 / its.median:,.0f}",
            ),
            Row(
                *(self.operations[1], None, Goal(p99=10)),
                *(answer_times(ours), _PEER, answer_times(peer)),
            ),
        ]

    def _rate_row(self, ours: Sequence[Asked], peer: Sequence[Asked]) -> Row:
        number = self.rounds * self.at_rate
        right = number - sum(each.wrong for each in ours)
        return Row(
            *(self.operations[2], _AVERAGE, Goal(p99=5)),
            *(answer_times(ours), _PEER, answer_times(peer)),
            note=f"{100 * right / number:.2f} % of {number:,} answered right",
        )


def _url(path: str) -> str:
    return f"/tree/{PROJECT}/file?path={quote(path)}"


def _answers(server: Server, paths: Sequence[str]) -> dict[str, str]:
    """What ours answers, by the paths of files, for the peer to answer the same."""
    with server.client() as client:
        return {path: client.get(_url(path)).raise_for_status().text for path in paths}
