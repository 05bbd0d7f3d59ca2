"""`onextree serve`: the HTTP services."""

import os
import sys
from typing import Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import print_json
from onextree.opening import shared_database
from onextree.ports import http_url
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
    as_json: JsonOption = False,
) -> None:
    """Run the bridge API, or the OnexTree service, until Ctrl-C."""
    settings = load_settings()
    (_serve_scanner if scanner else _serve_bridge)(settings, as_json=as_json)


def _serve_bridge(settings: Settings, *, as_json: bool) -> None:
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
        _tell("Bridge API", served.host, served.port, as_json=as_json)
        serve(served)


def _serve_scanner(settings: Settings, *, as_json: bool) -> None:
    from onextree.api.serving import Served, serve

    served = Served(
        "onextree.api.scanner.application:scanner",
        settings.scanner_host,
        settings.scanner_port,
        1,  # the trees are in its memory
        "SCANNER",
    )
    served.check(settings.api_auth)
    _tell("OnexTree service", served.host, served.port, as_json=as_json)
    serve(served)


def _tell(name: str, host: str, port: int, *, as_json: bool) -> None:
    url = http_url(host, port)
    if as_json:
        print_json({"url": url})
    else:
        typer.echo(f"{name}: {url}")
    sys.stdout.flush()
