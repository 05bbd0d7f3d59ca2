"""The Dagster layer: what a run costs beside its work, many projects in one, ticks of sensors."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dagster as dg

from benchmarks.dagster_instance import dagster_instance, finish, running
from benchmarks.installation import Installation
from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples, alternate, milliseconds
from onextree_assets.definitions import defs
from resources import OnexTreeResource, PostgresResource

__all__ = ["CodeLocation", "Events", "OneRun", "Regeneration", "Ticks"]

_PARTITIONS = "projects"
_POOL = 8
_PLAIN = "a connection a use"


@dataclass(frozen=True, slots=True)
class CodeLocation:
    """Importing the code location in a fresh process."""

    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return ("import the code location",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is Dagster alone."""
        ours, peer = alternate(
            self.rounds,
            lambda: _imported("onextree_assets.definitions"),
            lambda: _imported("dagster"),
        )
        return [Row(self.operations[0], None, Goal(3_000), ours, "import dagster", peer)]


def _imported(module: str) -> float:
    command = [sys.executable, "-c", f"import {module}"]
    return milliseconds(lambda: subprocess.run(command, check=True))[0]


@dataclass(frozen=True, slots=True)
class Events:
    """Reporting an event that belongs to no run, with pooled connections."""

    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return ("report a materialisation to Dagster",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is dagster-postgres as it is."""
        event = dg.AssetMaterialization("benchmark", partition="benchmark")
        with (
            dagster_instance(installation, pool_size=_POOL) as pooled,
            dagster_instance(installation, pool_size=0) as plain,
        ):
            ours, peer = alternate(
                self.rounds,
                lambda: milliseconds(lambda: pooled.report_runless_asset_event(event))[0],
                lambda: milliseconds(lambda: plain.report_runless_asset_event(event))[0],
            )
        return [Row(self.operations[0], None, Goal(), ours, _PLAIN, peer)]


@dataclass(frozen=True, slots=True)
class OneRun:
    """A run of one project on a running installation, from the request to its end."""

    files: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"a run of one project, {self.files:,} files, unchanged",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer runs the same job in this process."""
        service = installation.service
        service.add_project(installation.repository(self.files).root, "benchmark")
        stages: list[dict[str, float]] = []
        with (
            dagster_instance(installation, pool_size=_POOL) as instance,
            running(installation) as client,
        ):
            instance.add_dynamic_partitions(_PARTITIONS, ["benchmark"])

            def launched() -> float:
                elapsed, run_id = milliseconds(lambda: finish(client, "benchmark"))
                stages.append(_stages(instance, run_id))
                return elapsed

            ours, peer = alternate(
                self.rounds,
                launched,
                lambda: _executed(instance, "generate_project_tree", partition_key="benchmark"),
            )
        service.remove_project("benchmark")
        medians = {
            name: statistics.median(stage[name] for stage in stages[1:]) for name in stages[0]
        }
        return [
            Row(
                *(self.operations[0], None, Goal(), ours, "in this process", peer),
                stages=medians,
                note=", ".join(f"{name} {time:,.0f} ms" for name, time in medians.items()),
            )
        ]


def _stages(instance: dg.DagsterInstance, run_id: str) -> dict[str, float]:
    """Milliseconds of what a run does, by its events."""
    times: dict[str, float] = {}
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is not None:
            times.setdefault(event.event_type_value, entry.timestamp * 1000)
    marks = {
        "queued": ("PIPELINE_ENQUEUED", "PIPELINE_STARTING"),
        "launched and imported": ("PIPELINE_STARTING", "STEP_START"),
        "steps": ("STEP_START", "STEP_SUCCESS"),
        "ended": ("STEP_SUCCESS", "PIPELINE_SUCCESS"),
    }
    return {name: times[last] - times[first] for name, (first, last) in marks.items()}


def _executed(
    instance: dg.DagsterInstance,
    job: str,
    *,
    partition_key: str | None = None,
    tags: dict[str, str] | None = None,
) -> float:
    definition = defs.resolve_job_def(job)
    quiet = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    elapsed, result = milliseconds(
        lambda: definition.execute_in_process(
            instance=instance, partition_key=partition_key, tags=tags, run_config=quiet
        )
    )
    assert result.success
    return elapsed


@dataclass(frozen=True, slots=True)
class Regeneration:
    """Many unchanged projects in one run, as the daily schedule has them; without the launch."""

    projects: int
    files: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return (f"regenerate {self.projects} projects of {self.files:,} files in one run",)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer runs the same with a storage that keeps no connection."""
        service = installation.service
        names = [f"fleet-{number}" for number in range(self.projects)]
        for number, name in enumerate(names):
            service.add_project(installation.copy(self.files, number).root, name)
            service.generate(name)
        ends = {"start": names[0], "end": names[-1]}
        tags = {f"dagster/asset_partition_range_{end}": name for end, name in ends.items()}
        with (
            dagster_instance(installation, pool_size=_POOL) as pooled,
            dagster_instance(installation, pool_size=0) as plain,
        ):
            pooled.add_dynamic_partitions(_PARTITIONS, names)
            ours, peer = alternate(
                self.rounds,
                lambda: _executed(pooled, "regenerate_projects", tags=tags),
                lambda: _executed(plain, "regenerate_projects", tags=tags),
            )
            for name in names:
                pooled.delete_dynamic_partition(_PARTITIONS, name)
        for name in names:
            service.remove_project(name)
        rate = self.projects / (ours.median / 60_000)
        wanted = self.projects / 1_200 * 60_000
        return [
            Row(
                *(self.operations[0], None, Goal(wanted), ours, _PLAIN, peer),
                note=f"{rate:,.0f} trees a minute; the goal is 1,200",
            )
        ]


_WATCHING = "git_commits"
_SENSORS = ("registered_projects", "external_snapshots", "enrichment_queue", _WATCHING)


@dataclass(frozen=True, slots=True)
class Ticks:
    """Ticks of the sensors over many registered projects; nothing is to be done for them."""

    projects: int
    rounds: int

    @property
    def operations(self) -> Sequence[str]:
        """Names of the rows."""
        return tuple(f"tick of {name}, {self.projects:,} projects" for name in _SENSORS)

    def run(self, installation: Installation) -> Sequence[Row]:
        """Measure; the peer is the sensor with no project."""
        rows = []
        with dagster_instance(installation, pool_size=_POOL) as instance:
            ticks = _ticks(instance)
            empty = [self._samples(tick) for tick in ticks]
            service, root = installation.service, installation.repository(100).root
            names = [f"tick-{number}" for number in range(self.projects)]
            for name in names:
                service.add_project(root, name)
            instance.add_dynamic_partitions(_PARTITIONS, names)
            for operation, tick, peer in zip(self.operations, ticks, empty, strict=True):
                if _WATCHING in operation:  # looks at projects that have a version
                    for name in names:
                        service.generate(name)
                samples = self._samples(tick)
                rows.append(Row(operation, None, Goal(2_000), samples, "no project", peer))
            for name in names:
                service.remove_project(name)
                instance.delete_dynamic_partition(_PARTITIONS, name)
        return rows

    def _samples(self, tick: Callable[[], float]) -> Samples:
        return Samples([tick() for _ in range(self.rounds + 1)][1:])


def _ticks(instance: dg.DagsterInstance) -> list[Callable[[], float]]:
    def tick(name: str) -> float:
        sensor = defs.resolve_sensor_def(name)
        onextree = OnexTreeResource(postgres=PostgresResource())
        with dg.build_sensor_context(
            instance=instance, resources={"onextree": onextree}
        ) as context:
            return milliseconds(lambda: sensor.evaluate_tick(context))[0]

    return [lambda name=name: tick(name) for name in _SENSORS]  # type: ignore[misc]
