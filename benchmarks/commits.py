"""From a commit in a checkout to its version, on a running installation, with no other action."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from benchmarks.dagster_instance import dagster_instance, running
from benchmarks.installation import Installation
from benchmarks.repository import Repository
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples, milliseconds
from onextree.store.database import RawConnection

__all__ = ["CommitToVersion"]

_PROJECT = "benchmark"
_PATIENCE = 120.0
_LOOK_EVERY = 0.02
_REQUEST = "SELECT requested_at FROM onextree.update_requests WHERE reason = 'commit'"
_VERSION = "SELECT created_at, run_id FROM onextree.versions WHERE commit_id = %s"
_EVENTS = ("PIPELINE_ENQUEUED", "PIPELINE_STARTING", "STEP_START")
_BEFORE = ("seen", "quiet")


@dataclass(frozen=True, slots=True)
class CommitToVersion:
    """Commits, each when the one before is stored: seen by a tick, debounced, run, stored."""

    files: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        name = f"commit to version, {self.files:,} files"
        return name, f"{name}, after the debounce"

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is the same update in this process, without sensor and run."""
        service, repository = installation.service, installation.repository(self.files)
        service.add_project(repository.root, _PROJECT)
        service.generate(_PROJECT)
        taken: list[dict[str, float]] = []
        peer: list[float] = []
        with (
            dagster_instance(installation, pool_size=0) as instance,
            running(installation),
            installation.connect(autocommit=True) as connection,
        ):
            for number in range(self.rounds + 1):
                _commit(repository, f"{number}\n")
                taken.append(
                    self._followed(
                        instance,
                        connection,
                        repository.head(),
                        installation.settings.debounce_seconds,
                    )
                )
                _commit(repository, f"{number} again\n")
                elapsed, update = milliseconds(lambda: service.update(_PROJECT))
                assert update.changed
                peer.append(elapsed)
                service.generate(_PROJECT)
        service.remove_project(_PROJECT)
        installation.vacuum()
        del taken[0], peer[0]
        late = [{name: ms for name, ms in each.items() if name not in _BEFORE} for each in taken]
        return [
            _row(self.operations[0], Goal(), taken, peer),
            _row(self.operations[1], Goal(8_000), late, peer),
        ]

    def _followed(
        self,
        instance: dg.DagsterInstance,
        connection: RawConnection,
        commit: str,
        debounce: float,
    ) -> dict[str, float]:
        """Milliseconds from the commit on, stage by stage."""
        made = time.time()
        (requested,) = _wait_for(connection, _REQUEST)
        stored, run_id = _wait_for(connection, _VERSION, commit)
        times: dict[str, float] = {}
        for entry in instance.all_logs(run_id):
            if entry.dagster_event is not None:
                times.setdefault(entry.dagster_event.event_type_value, entry.timestamp)
        seen = requested.timestamp()
        marks = {
            "seen": seen,
            "quiet": seen + debounce,
            **dict(zip(("claimed", "queued", "imported"), map(times.get, _EVENTS), strict=True)),
            "stored": stored.timestamp(),
        }
        ends = [made, *marks.values()]
        return {
            name: (end - start) * 1000
            for name, start, end in zip(marks, ends, ends[1:], strict=False)
        }


def _commit(repository: Repository, content: str) -> None:
    (repository.root / repository.first_file).write_text(content)
    repository.commit_changes()


def _wait_for(connection: RawConnection, query: str, *parameters: object) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while (row := connection.execute(query, parameters).fetchone()) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came of it within {_PATIENCE:g} s")
        time.sleep(_LOOK_EVERY)
    return row


def _row(
    operation: str, goal: Goal, taken: Sequence[dict[str, float]], peer: Sequence[float]
) -> Row:
    stages = {name: statistics.median(each[name] for each in taken) for name in taken[0]}
    return Row(
        *(operation, None, goal, Samples([sum(each.values()) for each in taken])),
        *("the update alone", Samples(peer)),
        stages=stages,
        note=", ".join(f"{name} {ms:,.0f} ms" for name, ms in stages.items()),
    )
