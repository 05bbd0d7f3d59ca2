"""`onextree serve`: the HTTP services."""

import os
from typing import Annotated

import typer

from onextree.opening import shared_database
from onextree.settings import Settings, load_settings

__all__ = ["serve"]


def serve(
    scanner: Annotated[
        bool,
        typer.Option(
            "--scanner",
            help="The OnexTree service: scans the projects of this machine, needs no database.",
        ),
    ] = False,
) -> None:
    """Run the bridge API, or the OnexTree service, until Ctrl-C."""
    settings = load_settings()
    (_serve_scanner if scanner else _serve_bridge)(settings)


def _serve_bridge(settings: Settings) -> None:
    from onextree.api.serving import Served, serve

    served = Served(
        "onextree.api.bridge.application:bridge",
        settings.api_host,
        settings.api_port,
        settings.api_workers,
        "API",
    )
    served.check(settings.api_auth)
    with shared_database(settings) as variables:
        os.environ.update(variables)
        typer.echo(f"Bridge API: http://{served.host}:{served.port}")
        serve(served)


def _serve_scanner(settings: Settings) -> None:
    from onextree.api.serving import Served, serve

    served = Served(
        "onextree.api.scanner.application:scanner",
        settings.scanner_host,
        settings.scanner_port,
        1,  # the trees are in its memory
        "SCANNER",
    )
    served.check(settings.api_auth)
    typer.echo(f"OnexTree service: http://{served.host}:{served.port}")
    serve(served)
