"""A campaign: an installation works while everything in it is killed, then all is compared."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from onextree.events.models import TreeEventType
from onextree.tree.scan import scan
from tests.checker import checks, gathered
from tests.checker.boundaries import BOUNDARIES
from tests.checker.dagster import await_runs, dagster_variables
from tests.checker.facts import Heard, Record, Request, Sent, Stored
from tests.checker.history import Entry, read_journals
from tests.checker.installation import Installation, running_installation
from tests.checker.kafka_log import KafkaLog, heard_of, record_of
from tests.checker.nemesis import DAGSTER, Nemesis
from tests.checker.nursery import Nursery
from tests.checker.slots import Slot, Slots
from tests.checker.stored import is_quiet, newest_paths, read_stored
from tests.checker.watcher import Watcher

__all__ = ["Plan", "Report", "run_campaign"]

_TAIL = 15
_ROUNDS = 10
"""Of a watcher that has seen something of the campaign."""
_GRACE = 4.0
"""Seconds behind an outage in which a process may end because of it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a campaign is.

    Attributes:
        seconds: For which processes are killed, at least.
        longest: Seconds after which they are left alone though not all points were reached.
        deadline: Seconds in which everything that was asked for has to be done after that.
        keeps_on: Whether processes go on to kill themselves at points after all were reached.
        has_dagster: Whether Dagster's daemon and code server take part for half of the time.
    """

    seconds: float
    longest: float
    deadline: float
    projects: int = 9
    workers: int = 2
    senders: int = 1
    relays: int = 2
    consumers: int = 2
    keeps_on: bool = False
    has_dagster: bool = False

    def slots(self) -> list[Slot]:
        """Places of all processes."""
        numbers = {
            "worker": self.workers,
            "sender": self.senders,
            "relay": self.relays,
            "consumer": self.consumers,
            **(dict.fromkeys(DAGSTER, 1) if self.has_dagster else {}),
        }
        return [Slot(role, number) for role, many in numbers.items() for number in range(many)]


@dataclass(slots=True)
class Report:
    """What happened, and what was found.

    Attributes:
        violations: Empty where everything held.
        figures: How much was done.
    """

    seed: str
    directory: Path
    violations: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """For people who look into a failure."""
        lines = [f"ONEXTREE_CHECKER_SEED={self.seed}; journals and logs are in {self.directory}"]
        lines += [f"{name}: {figure}" for name, figure in self.figures.items()]
        lines += [f"{len(self.violations)} violations", *self.violations[:40]]
        if self.violations:
            for log in sorted((self.directory / "logs").glob("*.log")):
                tail = log.read_text("utf-8", "replace").splitlines()[-_TAIL:]
                lines += [f"--- {log.name}", *tail]
        return "\n".join(lines)


def run_campaign(directory: Path, plan: Plan, seed: str) -> Report:
    """Run one.

    Args:
        directory: Where everything is kept.
        seed: Of what is random here and in all processes; the order between processes is not.
    """
    report = Report(seed, directory)
    chance = random.Random(seed)
    begun = time.monotonic()
    with ExitStack() as stack:
        installation = stack.enter_context(running_installation(directory, plan.projects))
        topics = [installation.topics.of(event) for event in TreeEventType]
        own = [topic for topic in topics if topic != installation.topics.updates]
        watcher = Watcher(installation.broker.client, own)
        variables = stack.enter_context(dagster_variables(installation))
        environment = installation.environment(**variables)
        nursery = Nursery(environment, installation.logs / "nursery.log")
        watcher.start()
        try:
            pending = _points(plan, chance)
            slots = Slots(installation, nursery, chance, seed, plan.slots(), pending, plan.keeps_on)
            nemesis = Nemesis(installation, slots, chance)
            report.figures["seconds to begin"] = round(time.monotonic() - begun, 1)
            with _timed(report, "seconds of faults"):
                nemesis.run(plan.seconds, plan.longest)
            with _timed(report, "seconds until quiet"):
                nemesis.calm()
                report.figures["runs left"] = await_runs(slots.servers, plan.deadline)
                paths = _come_to_rest(installation, slots, report, plan.deadline)
        finally:
            nursery.close()
            watcher.stop()
        with _timed(report, "seconds of checks"):
            _compare(installation, _Ran(slots, nemesis, watcher), paths, report)
    report.figures["seconds"] = round(time.monotonic() - begun, 1)
    (directory / "report.json").write_text(json.dumps(asdict(report), default=str, indent=1))
    return report


@contextmanager
def _timed(report: Report, name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    report.figures[name] = round(time.monotonic() - begun, 1)


def _points(plan: Plan, chance: random.Random) -> list[str]:
    """All points of the roles that there are, in a random order."""
    roles = {slot.role for slot in plan.slots()}
    points = [name for name, boundary in BOUNDARIES.items() if boundary.role in roles]
    chance.shuffle(points)
    return points


def _come_to_rest(
    installation: Installation, slots: Slots, report: Report, seconds: float
) -> dict[str, frozenset[str]]:
    """Have nobody ask for more, and wait until everything is done.

    Returns:
        The files of each project's newest version then. After that all are looked at once more.
    """
    late = slots.stop("worker", "sender")
    sent = [each for each in gathered.sent(read_journals(installation.history)) if each.event_id]
    events = {str(each.event_id) for each in sent if each.is_acknowledged}
    _wait_until_quiet(installation, slots, report, seconds, events)
    paths = newest_paths(installation.service)
    # Nobody rings for what this process tells of: it has no Kafka.
    for root in sorted(installation.projects.iterdir()):
        installation.service.generate(root.name)
        installation.ask_and_forget(root.name)
    _wait_until_quiet(installation, slots, report, seconds, events)
    late += slots.stop("consumer", "relay")
    report.violations += [f"{process} has not ended when it was asked to" for process in late]
    return paths


def _wait_until_quiet(
    installation: Installation,
    slots: Slots,
    report: Report,
    seconds: float,
    events: set[str],
) -> None:
    """Until nothing is left to do, and these were taken."""
    deadline = time.monotonic() + seconds
    while True:
        slots.tend()
        with _connected(installation) as connection:
            if is_quiet(connection, events):
                return
        if time.monotonic() > deadline:
            report.violations.append(f"not everything was done in {seconds:g} s of quiet")
            return
        time.sleep(0.2)


@contextmanager
def _connected(installation: Installation) -> Iterator[Any]:
    with installation.cluster.connect("onextree") as connection:
        yield connection


@dataclass(frozen=True, slots=True)
class _Kafka:
    """All of its log."""

    heard: list[Heard]
    asked: list[Record]
    letters: list[Record]


def _read_kafka(installation: Installation) -> _Kafka:
    topics = installation.topics
    log = KafkaLog(installation.broker.client, topics.all(), patience=60)
    try:
        messages = list(log.read())
    finally:
        log.close()
    others = (topics.updates, topics.dead_letters)
    return _Kafka(
        [heard_of(each) for each in messages if each.topic() not in others],
        [record_of(each) for each in messages if each.topic() == topics.updates],
        [record_of(each) for each in messages if each.topic() == topics.dead_letters],
    )


@dataclass(frozen=True, slots=True)
class _Ran:
    """Who took part."""

    slots: Slots
    nemesis: Nemesis
    watcher: Watcher


@dataclass(frozen=True, slots=True)
class _Outcome:
    """All that is known at the end."""

    history: list[Entry]
    stored: Stored
    kafka: _Kafka
    ran: _Ran


def _compare(
    installation: Installation, ran: _Ran, paths: dict[str, frozenset[str]], report: Report
) -> None:
    history = read_journals(installation.history)
    with _connected(installation) as connection:
        stored = read_stored(connection, paths)
    outcome = _Outcome(history, stored, _read_kafka(installation), ran)
    report.violations += [
        *ran.watcher.violations,
        *_check_watcher(ran.watcher),
        *(f"{point!r} was never reached" for point in ran.slots.pending),
        *_check_events(installation, outcome),
        *_check_requests(outcome),
        *_check_processes(outcome),
        *_check_trees(installation),
    ]
    report.figures |= _figures(outcome)


def _check_watcher(watcher: Watcher) -> list[str]:
    if watcher.rounds >= _ROUNDS:
        return []
    return [f"the watcher found something new only {watcher.rounds} times"]


def _check_events(installation: Installation, outcome: _Outcome) -> list[str]:
    topics = {event.value: installation.topics.of(event) for event in TreeEventType}
    stored, heard = outcome.stored, outcome.kafka.heard
    acknowledged = gathered.acknowledged(outcome.history)
    return [
        *checks.check_quiet(stored),
        *checks.check_versions(stored.versions, stored.told, heard),
        *checks.check_acknowledged(acknowledged, stored.versions, stored.told),
        *checks.check_sequences(stored.told),
        *checks.check_heard(stored.told, heard, topics),
        *checks.check_order(stored.versions, stored.told),
    ]


def _check_requests(outcome: _Outcome) -> list[str]:
    history, stored, asked = outcome.history, outcome.stored, outcome.kafka.asked
    sent = gathered.sent(history)
    requests = gathered.requests(history, outcome.ran.nemesis.outages)
    promised = gathered.promised(history, {each.value for each in asked})
    return [
        *checks.check_sent(sent, asked),
        *checks.check_inbox(sent, asked, stored.taken),
        *checks.check_requests(sent, stored.taken, stored.told),
        *checks.check_told_requests(requests, stored.told),
        *checks.check_answered(_asked(sent, requests, stored), stored.told),
        *checks.check_dead_letters(sent, asked, stored.letters, outcome.kafka.letters),
        *checks.check_effects(promised, stored.paths),
    ]


def _asked(sent: list[Sent], requests: list[Request], stored: Stored) -> set[str]:
    """Correlation ids of all requests that were stored."""
    taken = {each.event_id for each in stored.taken}
    by_events = {each.correlation_id or "" for each in sent if each.event_id in taken}
    return by_events | {each.correlation_id for each in requests}


def _check_processes(outcome: _Outcome) -> list[str]:
    """Those that were not killed have done nothing that they should not."""
    outages = outcome.ran.nemesis.outages
    looks = gathered.looks(outcome.history, outcome.ran.slots.killed, outages)
    return [
        *checks.check_ends(looks, outcome.stored.told),
        *(
            f"{each.process} broke: {each.facts}"
            for each in outcome.history
            if each.what == "broke"
        ),
        *(
            f"{each} has ended by itself"
            for each in outcome.ran.slots.ended
            if not any(outage.overlaps(each.at, each.at, _GRACE) for outage in outages)
        ),
    ]


def _check_trees(installation: Installation) -> list[str]:
    """What is stored is what is there, and sound."""
    found = []
    service = installation.service
    for root in sorted(installation.projects.iterdir()):
        tree_hash = scan(root, git_timeout=30).tree.tree_hash
        if service.show(root.name).tree_hash != tree_hash:
            found.append(f"the newest version of {root.name} is not what is there")
    found += [f"{checked} is not sound" for checked in service.check() if not checked.is_sound]
    return found


def _figures(outcome: _Outcome) -> dict[str, Any]:
    history, stored, heard = outcome.history, outcome.stored, outcome.kafka.heard
    slots = outcome.ran.slots
    done = Counter(each.what for each in history)
    return {
        "operations": done["called"] + done["sends"],
        "done": dict(Counter(e.facts["operation"] for e in history if e.what == "done")),
        "failed": dict(Counter(e.facts["code"] for e in history if e.what == "failed")),
        "sent": done["sends"],
        "acknowledged": done["acknowledged"],
        "deeds": dict(outcome.ran.nemesis.deeds),
        "killed": dict(Counter(process.rpartition("-")[0] for process in slots.killed)),
        "ended by themselves": [each.process for each in slots.ended],
        "boundaries": f"{len(slots.reached)} reached, {sum(slots.reached.values())} times",
        "versions": len(stored.versions),
        "events": len(stored.told),
        "kinds": dict(Counter(each.event for each in stored.told)),
        "duplicates on Kafka": len(heard) - len({each.told.event_id for each in heard}),
        "taken": len(stored.taken),
        "dead letters": len(stored.letters),
        "dead letters published": len(outcome.kafka.letters),
        "rounds of the watcher": outcome.ran.watcher.rounds,
    }
