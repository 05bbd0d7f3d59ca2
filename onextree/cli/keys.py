"""`onextree keys`: who may use the HTTP API."""

from dataclasses import asdict
from typing import Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import human_time, print_facts, print_json, print_table
from onextree.opening import open_service
from onextree.settings import load_settings
from onextree.store.api_keys import StoredKey

__all__ = ["app"]

app = typer.Typer(help="Keys for the HTTP API.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The key's name.", show_default=False)]


@app.command()
def add(
    name: NameArgument,
    project: Annotated[
        list[str] | None,
        typer.Option(help="A project that it is for; can be repeated. All where none is given."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Not for reading alone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, this once: only a hash of it is stored."""
    with open_service(load_settings()) as service:
        made, stored = service.add_key(name, project or None, may_write=write)
    if as_json:
        print_json({"key": made.text, **_public(stored)})
    else:
        print_facts({"key": made.text, "name": name, "for": _scope(stored)})
        typer.echo("Keep it now, it is not shown again. The API knows it in about two seconds.")


@app.command(name="list")
def list_(
    with_revoked: Annotated[bool, typer.Option("--all", help="Also the revoked ones.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the keys: whose they are and what they are for, never a key itself."""
    with open_service(load_settings()) as service:
        found = service.list_keys(with_revoked=with_revoked)
    if as_json:
        print_json([_public(key) for key in found])
        return
    print_table(
        (
            (
                key.name,
                key.key_id,
                _scope(key),
                human_time(key.created_at),
                human_time(key.last_used_at),
                human_time(key.revoked_at, absent="-"),
            )
            for key in found
        ),
        *("name", "id", "for", "created", "used", "revoked"),
    )


@app.command()
def revoke(name: NameArgument, as_json: JsonOption = False) -> None:
    """Have a key refused for ever, by a running API within about two seconds."""
    with open_service(load_settings()) as service:
        revoked = service.revoke_key(name)
    if as_json:
        print_json(_public(revoked))
    else:
        typer.echo(f"{name} is revoked since {human_time(revoked.revoked_at)}.")


def _scope(key: StoredKey) -> str:
    what = "reading and writing" if key.may_write else "reading"
    if key.projects is None:
        return f"{what} all projects"
    return f"{what} {', '.join(key.projects) or 'no project: those that it was for are gone'}"


def _public(key: StoredKey) -> dict[str, object]:
    return {name: value for name, value in asdict(key).items() if name != "secret_hash"}
