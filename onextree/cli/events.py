"""`onextree events tail|status|topics`: what others are told, and whether it reaches them."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from onextree.cli import dead_letters
from onextree.cli.options import JsonOption
from onextree.cli.output import human_time, print_facts, print_json, print_table, printable
from onextree.errors import OnexTreeError
from onextree.events.envelope import TreeEventType
from onextree.events.topics import Topics
from onextree.opening import open_service
from onextree.service import OnexTreeService
from onextree.service.publishing import StoredEvents
from onextree.settings import Settings, load_settings
from onextree.store.event_streams import title_of
from onextree.store.outbox import StoredEvent

if TYPE_CHECKING:
    from onextree.events.kafka.health import KafkaHealth, PartitionLag

__all__ = ["app"]

app = typer.Typer(help="Events: what others are told, and what they ask.", no_args_is_help=True)
app.add_typer(dead_letters.app, name="dlq")

_COLUMNS = ("stored", "project", "number", "event", "about", "published")
_UNSET = "not set; KAFKA_BOOTSTRAP_SERVERS names its brokers, HOST:PORT separated by commas"

_FOLLOW_EVERY = 0.5
_OVERLAP = 1_000
"""Numbers of events that are looked for again: one can be committed after later ones."""

_MOST_NEW = 10_000
_LONGEST_ABOUT = 80


@app.command()
def tail(
    project: Annotated[
        str | None, typer.Option(help="One project and its stamps; all where it is not given.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Events at most, the newest.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the newest events, published or not; with --follow and --json, one a line."""
    with open_service(load_settings()) as service:
        if follow:
            known = service.list_events(project_id=project, most=max(limit, _OVERLAP))
            _print_lines(known[-limit:], as_json=as_json)
            for new in _following(service, project, known):
                _print_lines(new, as_json=as_json)
        events = service.list_events(project_id=project, most=limit)
    if as_json:
        print_json([asdict(event) for event in events])
    elif events:
        print_table(map(_row, events), *_COLUMNS)
    else:
        typer.echo("There are no events.")


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Show what waits to be published, what failed, how Kafka is, and who lags behind."""
    settings = load_settings()
    with open_service(settings) as service:
        stored = service.measure_events()
    kafka = _asked(settings)
    if as_json:
        print_json({**asdict(stored), "kafka": kafka and _public(*kafka)})
        return
    print_facts({**_stored_facts(stored), **_kafka_facts(settings, kafka)})
    if stored.failing:
        print_table(
            ((title_of(each.stream), each.waiting, each.failure) for each in stored.failing),
            *("failing", "waiting", "why"),
        )
    if kafka and kafka[1]:
        print_table(
            (
                (f"{each.topic} {each.partition}", each.committed, each.end, each.lag)
                for each in kafka[1]
            ),
            *("topic, partition", f"read by {settings.kafka_group}", "written", "lag"),
        )


@app.command()
def topics(as_json: JsonOption = False) -> None:
    """Show the names of the topics under these settings, and whether Kafka has them."""
    settings = load_settings()
    names = Topics.from_settings(settings)
    kinds = {names.of(event): event.value for event in TreeEventType}
    missing = _missing(settings, names)
    found = [
        (topic, kinds.get(topic, "dead_letter"), None if missing is None else topic not in missing)
        for topic in names.all()
    ]
    if as_json:
        print_json([dict(zip(("topic", "event", "exists"), each, strict=True)) for each in found])
        return
    words = {None: "not asked", True: "yes", False: "no"}
    print_table(
        ((topic, event, words[exists]) for topic, event, exists in found),
        *("topic", "event", "exists"),
    )
    if missing is None:
        typer.echo(f"Kafka is {_UNSET}.")
    elif missing:
        typer.echo("`onextree relay` makes those that are not there, where the broker allows it.")


def _following(
    service: OnexTreeService, project_id: str | None, before: Iterable[StoredEvent]
) -> Iterator[list[StoredEvent]]:
    """What comes after these, each event once."""
    seen = {event.id for event in before}
    while True:
        time.sleep(_FOLLOW_EVERY)
        after = max(seen, default=0) - _OVERLAP
        events = service.list_events(project_id=project_id, after=after, most=_MOST_NEW)
        new = [event for event in events if event.id not in seen]
        if new:
            seen = {number for number in seen if number > after} | {event.id for event in new}
            yield new


def _print_lines(events: Iterable[StoredEvent], *, as_json: bool) -> None:
    for event in events:
        if as_json:
            print_json(asdict(event))
        else:
            typer.echo("  ".join(printable(str(cell)) for cell in _row(event)))
    sys.stdout.flush()


def _row(event: StoredEvent) -> tuple[object, ...]:
    return (
        human_time(event.created_at),
        event.project_id or event.stream,
        event.sequence,
        event.event,
        _about(event.body),
        "yes" if event.is_published else "no",
    )


def _about(body: Mapping[str, Any]) -> str:
    """The little that a person wants to know of an event."""
    told = body.get("error_message") or body.get("file_path")
    if told:
        text = str(told)
        return text if len(text) <= _LONGEST_ABOUT else f"{text[: _LONGEST_ABOUT - 1]}…"
    metadata = body.get("metadata") or {}
    version = metadata.get("version")
    reason = body.get("trigger_type") or metadata.get("trigger_type")
    return ", ".join(
        str(part) for part in (f"version {version}" if version else None, reason) if part
    )


def _asked(settings: Settings) -> "tuple[KafkaHealth, list[PartitionLag]] | None":
    """How Kafka is, and how far behind its readers are; None where there is none."""
    if not settings.kafka_bootstrap_servers:
        return None
    from onextree.events.kafka.connection import KafkaConnection  # librdkafka costs 0.1 s
    from onextree.events.kafka.health import KafkaHealth, health, lag

    connection = KafkaConnection.from_settings(settings)
    found = health(connection)
    if not found.is_reachable:
        return found, []
    try:
        return found, lag(
            connection, settings.kafka_group, [Topics.from_settings(settings).updates]
        )
    except OnexTreeError as error:
        return KafkaHealth.unreachable(connection, error), []


def _missing(settings: Settings, names: Topics) -> list[str] | None:
    if not settings.kafka_bootstrap_servers:
        return None
    from onextree.events.kafka.connection import KafkaConnection
    from onextree.events.kafka.health import missing_topics

    return missing_topics(KafkaConnection.from_settings(settings), names.all())


def _public(health: "KafkaHealth", lags: "list[PartitionLag]") -> dict[str, object]:
    return {**asdict(health), "lag": [asdict(each) for each in lags]}


def _stored_facts(stored: StoredEvents) -> dict[str, object]:
    waiting, letters = stored.outbox, stored.dead_letters
    return {
        "waiting": f"{waiting.waiting:,} events"
        + (f", the oldest for {timedelta(seconds=round(waiting.age))}" if waiting.waiting else ""),
        "failing": f"{waiting.failing:,} streams",
        "dead letters": f"{letters.waiting:,}, {letters.unpublished:,} of them to be published",
    }


def _kafka_facts(
    settings: Settings, kafka: "tuple[KafkaHealth, list[PartitionLag]] | None"
) -> dict[str, object]:
    if kafka is None:
        return {"Kafka": _UNSET}
    health, lags = kafka
    if not health.is_reachable:
        return {"Kafka": health.error}
    return {
        "Kafka": f"{health.servers} answers, {health.brokers} brokers",
        "lag": f"{sum(each.lag for each in lags):,} messages for {settings.kafka_group} to read",
    }
