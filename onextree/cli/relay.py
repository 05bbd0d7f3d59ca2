"""`onextree relay`: what happened is published to Kafka."""

import signal
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import print_json, print_table
from onextree.events.topics import Topics
from onextree.opening import open_service
from onextree.settings import load_settings
from onextree.store.event_streams import title_of

if TYPE_CHECKING:
    from onextree.events.relay import Relayed

__all__ = ["relay"]


def relay(
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Publish what waits, and end; status 1 where something stays behind."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Publish events to Kafka as they happen, until Ctrl-C."""
    from onextree.events.kafka.connection import KafkaConnection  # librdkafka costs 0.1 s

    settings = load_settings()
    connection = KafkaConnection.from_settings(settings)
    topics = Topics.from_settings(settings)
    with open_service(settings) as service:
        if once:
            relayed = service.publish_waiting(connection)
        else:
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            if as_json:
                print_json({"servers": connection.servers, "prefix": topics.prefix})
            else:
                typer.echo(
                    f"Publishing to {connection.servers}, {topics.prefix}.*; Ctrl-C ends it."
                )
            sys.stdout.flush()
            relayed = service.relay(connection, stop)
    _print(relayed, as_json=as_json)
    if once and relayed.failures:
        raise typer.Exit(1)


def _print(relayed: "Relayed", *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(relayed))
        return
    typer.echo(f"Published {relayed.published:,} events and {relayed.dead_letters:,} dead letters.")
    if relayed.failures:
        print_table(
            ((title_of(stream), failure) for stream, failure in relayed.failures.items()),
            *("of", "what stays behind"),
        )
