"""`onextree up`: keep an installation running."""

import signal
import sys
from types import FrameType

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import print_json
from onextree.instance.directory import environment
from onextree.opening import open_installation
from onextree.settings import load_settings

__all__ = ["up"]


def up(as_json: JsonOption = False) -> None:
    """Run the database, Dagster's UI and daemon, HTTP services and events until Ctrl-C."""
    from onextree.instance.processes import running_processes  # httpx, needed here alone

    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    settings = load_settings()
    with (
        open_installation(settings) as (locations, _),
        running_processes(settings, environment(settings, locations)) as running,
    ):
        if as_json:
            print_json(
                {
                    "ui_url": running.ui_url,
                    "api_url": running.api_url,
                    "scanner_url": running.scanner_url,
                    "home": settings.home,
                }
            )
        else:
            typer.echo(f"Dagster UI:       {running.ui_url}")
            typer.echo(f"Bridge API:       {running.api_url}/docs")
            typer.echo(f"OnexTree service: {running.scanner_url}/docs")
            if settings.kafka_bootstrap_servers:
                typer.echo(f"Kafka:            {settings.kafka_bootstrap_servers}")
            typer.echo(f"Logs:             {settings.home / 'logs'}")
            typer.echo("Ctrl-C stops everything.")
        sys.stdout.flush()
        running.wait()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
