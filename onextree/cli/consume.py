"""`onextree consume`: the updates that others ask for on Kafka."""

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import print_json
from onextree.events.topics import Topics
from onextree.opening import open_service
from onextree.service import OnexTreeService
from onextree.settings import load_settings

if TYPE_CHECKING:
    from onextree.events.kafka.connection import KafkaConnection

__all__ = ["consume"]


def consume(
    no_update: Annotated[
        bool,
        typer.Option(
            "--no-update", help="Only store what is asked for; Dagster or the API makes it."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Receive update requests from Kafka and make them when they are due, until Ctrl-C."""
    from onextree.events.kafka.connection import KafkaConnection

    settings = load_settings()
    connection = KafkaConnection.from_settings(settings)
    topic = Topics.from_settings(settings).updates
    with open_service(settings) as service:
        listening = {"topic": topic, "group": settings.kafka_group, "servers": connection.servers}
        if as_json:
            print_json({**listening, "updates": not no_update})
        else:
            for name, value in listening.items():
                typer.echo(f"{name.capitalize() + ':':<9}{value}")
            typer.echo("Ctrl-C stops it.")
        sys.stdout.flush()
        asyncio.run(
            _consume(service, connection, topic, settings.kafka_group, updating=not no_update)
        )


async def _consume(
    service: OnexTreeService,
    connection: "KafkaConnection",
    topic: str,
    group: str,
    *,
    updating: bool,
) -> None:
    from onextree.service.consuming import consume

    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await consume(service, connection, topic, group, stopped=stopped, updating=updating)
