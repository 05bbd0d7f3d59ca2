"""What must hold at the end of a campaign; each check returns the violations that it found."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from tests.checker.facts import (
    Acknowledged,
    Heard,
    Letter,
    Looks,
    Place,
    Record,
    Request,
    Sent,
    Stored,
    Taken,
    Told,
    Version,
)

__all__ = [
    "check_acknowledged",
    "check_answered",
    "check_dead_letters",
    "check_effects",
    "check_ends",
    "check_heard",
    "check_inbox",
    "check_order",
    "check_quiet",
    "check_requests",
    "check_sent",
    "check_sequences",
    "check_told_requests",
    "check_versions",
]

_Key = TypeVar("_Key", bound=Hashable)

_REQUESTED = "generation_requested"
_STARTED = "generation_started"
_COMPLETED = "generation_completed"
_FAILED = "generation_failed"
_ENRICHED = "enrichment_completed"


def check_versions(
    versions: Sequence[Version], told: Sequence[Told], heard: Sequence[Heard]
) -> list[str]:
    """Versions, completed events with `changed`, and those on Kafka are one to one."""
    made: Counter[str | None] = Counter(each.snapshot_id for each in versions)
    completed = Counter(each.snapshot_id for each in told if _is_new(each))
    published = {each.told.event_id: each.told for each in heard if _is_new(each.told)}
    on_kafka = Counter(each.snapshot_id for each in published.values())
    numbers = {each.snapshot_id: (each.project_id, each.version) for each in versions}
    return [
        *_differences("versions", made, "completed events", completed),
        *_differences("completed events", completed, "those on Kafka", on_kafka),
        *(
            f"{each.event_id} completes {each.project_id} {each.version}, which is another version"
            for each in told
            if _is_new(each)
            and each.snapshot_id in numbers
            and numbers[each.snapshot_id] != (each.project_id, each.version)
        ),
    ]


def check_acknowledged(
    acknowledged: Sequence[Acknowledged], versions: Sequence[Version], told: Sequence[Told]
) -> list[str]:
    """Whatever a worker was answered is stored, and was told of."""
    known = {Version(*each) for each in versions}
    completed = {each.snapshot_id for each in told if each.event == _COMPLETED}
    enriched = {each.snapshot_id for each in told if each.event == _ENRICHED}
    found = []
    for each in acknowledged:
        if Version(each.project_id, each.version, each.snapshot_id) not in known:
            found.append(f"{each} was acknowledged, and there is no such version")
        elif each.snapshot_id not in (enriched if each.operation == "enrich" else completed):
            found.append(f"{each} was acknowledged, and nobody was told of it")
    return found


def check_sequences(told: Sequence[Told]) -> list[str]:
    """A project's events are numbered from 1 without a gap."""
    found = []
    for project_id, numbers in _numbers(told).items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            found.append(f"events of {project_id} are numbered {_shown(sorted(numbers))}")
    return found


def check_heard(
    told: Sequence[Told], heard: Sequence[Heard], topics: Mapping[str, str]
) -> list[str]:
    """Kafka has each event of the outbox and no other, on its topic, under its project's key.

    Within a partition, the first ones of each are in the order of a project's numbers.

    Args:
        topics: Of each kind of event.
    """
    stored = {each.event_id: each for each in told}
    found = [
        f"{each.told.event_id} is on Kafka, and not as it is in the outbox: {each}"
        for each in heard
        if stored.get(each.told.event_id) != each.told
        or each.place.topic != topics[each.told.event]
        or each.key != each.told.project_id
    ]
    missing = stored.keys() - {each.told.event_id for each in heard}
    found += [f"{stored[each]} is not on Kafka" for each in sorted(missing)]
    last: dict[tuple[str, int, str], int] = defaultdict(int)
    seen: set[str] = set()
    for each in sorted(heard):
        if each.told.event_id in seen:
            continue
        seen.add(each.told.event_id)
        where = (each.place.topic, each.place.partition, each.told.project_id)
        if each.told.sequence < last[where]:
            found.append(f"{each} comes after number {last[where]}")
        last[where] = max(last[where], each.told.sequence)
    partitions: dict[tuple[str, str], set[int]] = defaultdict(set)
    for each in heard:
        partitions[each.place.topic, each.told.project_id].add(each.place.partition)
    return found + [
        f"{project_id} is on partitions {sorted(numbers)} of {topic}"
        for (topic, project_id), numbers in partitions.items()
        if len(numbers) > 1
    ]


def check_order(versions: Sequence[Version], told: Sequence[Told]) -> list[str]:
    """Versions were committed in the order of their events."""
    numbers = {each.snapshot_id: each.version for each in versions}
    found = []
    for project_id, events in _by_project(told).items():
        order = [numbers.get(each.snapshot_id or "") for each in events if _is_new(each)]
        known = [number for number in order if number is not None]
        if known != sorted(known):
            found.append(f"versions of {project_id} were completed in the order {_shown(known)}")
    return found


def check_sent(sent: Iterable[Sent], log: Sequence[Record]) -> list[str]:
    """What Kafka has acknowledged to a sender, Kafka has."""
    known = {each.value for each in log}
    return [
        f"{each.value!r} was acknowledged, and Kafka does not have it"
        for each in sent
        if each.is_acknowledged and each.value not in known
    ]


def check_inbox(sent: Iterable[Sent], log: Sequence[Record], taken: Sequence[Taken]) -> list[str]:
    """Each event that Kafka has is in the inbox once, and nothing else is."""
    events = {each.value: each.event_id for each in sent if each.event_id}
    places: dict[str, set[Place]] = defaultdict(set)
    for record in log:
        if record.value in events:
            places[events[record.value] or ""].add(record.place)
    times = Counter(each.event_id for each in taken)
    return [
        *(f"{each} is {times[each]} times in the inbox" for each in places if times[each] != 1),
        *(f"{each} is in the inbox, and nobody sent it" for each in times if each not in places),
        *(
            f"{each.event_id} was taken from {each.place}, where it never was"
            for each in taken
            if each.event_id in places and each.place not in places[each.event_id]
        ),
    ]


def check_requests(sent: Iterable[Sent], taken: Sequence[Taken], told: Sequence[Told]) -> list[str]:
    """Each event that was taken is told of once."""
    inbox = {each.event_id for each in taken}
    events = {each.event_id: each for each in sent if each.event_id in inbox}
    requested = _requested(told)
    found = []
    for event_id, each in events.items():
        times = len(requested[each.correlation_id or ""])
        if times > 1 or (each.names_files and times != 1):
            found.append(f"the update that {event_id} asks for is told of {times} times")
    return found


def check_told_requests(requests: Sequence[Request], told: Sequence[Told]) -> list[str]:
    """What workers asked for is told of once."""
    requested = _requested(told)
    found = []
    for each in requests:
        times = len(requested[each.correlation_id])
        if not times or (times > 1 and not each.may_repeat):
            found.append(f"{each} is told of {times} times")
    return found


def check_answered(asked: Collection[str], told: Sequence[Told]) -> list[str]:
    """After each request that is stored, some look at its project was completed or has failed.

    Args:
        asked: Correlation ids of such requests. Who looks at once asks for it, too, and may be
            killed.
    """
    last: dict[str, int] = defaultdict(int)
    for each in told:
        if each.event in (_COMPLETED, _FAILED):
            last[each.project_id] = max(last[each.project_id], each.sequence)
    return [
        f"nothing was completed after {each}"
        for each in told
        if each.event == _REQUESTED
        and each.correlation_id in asked
        and each.sequence > last[each.project_id]
    ]


def check_dead_letters(
    sent: Iterable[Sent],
    log: Sequence[Record],
    letters: Sequence[Letter],
    published: Sequence[Record],
) -> list[str]:
    """Each poisonous message is one dead letter, and at least once on its topic; nothing else is.

    Args:
        published: The topic of dead letters.
    """
    poison = {each.value for each in sent if each.event_id is None}
    expected = Counter(each.place for each in log if each.value in poison)
    kept = Counter(each.place for each in letters)
    wanted = {each.value for each in log if each.value in poison}
    told = {each.value for each in published}
    return [
        *_differences("poisonous messages", expected, "dead letters", kept),
        *(f"{each!r} is not on the topic of dead letters" for each in sorted(wanted - told)),
        *(f"{each!r} is on the topic of dead letters" for each in sorted(told - wanted)),
        *(f"{each} was never marked as published" for each in letters if not each.is_published),
    ]


def check_ends(looks: Mapping[tuple[str, str], Looks], told: Sequence[Told]) -> list[str]:
    """Each look that began has its end, but for those whose process was killed.

    Args:
        looks: By project and correlation id; those of Dagster's runs are not among them.
    """
    times = Counter(
        (each.project_id, each.correlation_id or "", each.event)
        for each in told
        if each.run_id is None
    )
    found = []
    for (project_id, correlation_id), each in looks.items():
        started, completed, failed = (
            times[project_id, correlation_id, event] for event in (_STARTED, _COMPLETED, _FAILED)
        )
        where = f"{project_id}, {correlation_id}"
        if each.hanging:
            found.append(f"{where}: {each.hanging} looks have not ended")
        if completed < each.completed:
            found.append(f"{where}: {each.completed} looks completed, {completed} are told of")
        if failed < each.failed:
            found.append(f"{where}: {each.failed} looks failed, {failed} are told of")
        if started > each.begun:
            found.append(f"{where}: {each.begun} looks began, {started} are told of")
        if started < each.completed + each.failed:
            found.append(f"{where}: {started} beginnings are told of, and more ends")
    return found


def check_effects(
    promised: Iterable[tuple[str, str]], paths: Mapping[str, frozenset[str]]
) -> list[str]:
    """Every file that an acknowledged request or look was about is in the newest version.

    Args:
        promised: Projects and paths.
    """
    return [
        f"{path} of {project_id} is in no version"
        for project_id, path in sorted(set(promised))
        if path not in paths.get(project_id, frozenset())
    ]


def check_quiet(stored: Stored) -> list[str]:
    """Nothing is left to be done."""
    found = [f"an update of {each} is still asked for" for each in stored.waiting]
    if stored.unpublished:
        found.append(f"{stored.unpublished} events are not published")
    return found


def _is_new(told: Told) -> bool:
    return told.event == _COMPLETED and told.changed is True


def _numbers(told: Iterable[Told]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for each in told:
        numbers[each.project_id].append(each.sequence)
    return numbers


def _by_project(told: Iterable[Told]) -> dict[str, list[Told]]:
    events: dict[str, list[Told]] = defaultdict(list)
    for each in sorted(told, key=lambda each: each.sequence):
        events[each.project_id].append(each)
    return events


def _requested(told: Iterable[Told]) -> dict[str, list[Told]]:
    requested: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        if each.event == _REQUESTED:
            requested[each.correlation_id or ""].append(each)
    return requested


def _differences(name: str, one: Counter[_Key], other_name: str, other: Counter[_Key]) -> list[str]:
    return [
        f"{what}: {one[what]} {name}, {other[what]} {other_name}"
        for what in {**one, **other}
        if one[what] != 1 or other[what] != 1
    ]


def _shown(numbers: Sequence[int]) -> str:
    return str(list(numbers)) if len(numbers) < 30 else f"{list(numbers[:30])}…"
