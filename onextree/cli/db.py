"""`onextree db`: the schema of the store, and its data as a whole."""

from typing import Annotated

import typer

from onextree.cli.backup import backup, restore
from onextree.cli.options import JsonOption, YesOption
from onextree.cli.output import print_json
from onextree.cli.upkeep import check, cleanup
from onextree.opening import open_database
from onextree.settings import load_settings
from onextree.store import readers, schema
from onextree.store.embedded import lease

__all__ = ["app"]

app = typer.Typer(help="The database of the store.", no_args_is_help=True)
app.command()(check)
app.command()(cleanup)
app.command()(backup)
app.command()(restore)


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="A revision, or head for the newest.")] = "head",
    as_json: JsonOption = False,
) -> None:
    """Bring the schema up to a revision."""
    from onextree.store import migrate  # Alembic, which no other command needs

    with open_database(load_settings()) as database:
        migrate.upgrade(database, revision)
        _print(schema.current(database), as_json)


@app.command()
def downgrade(
    revision: Annotated[
        str,
        typer.Argument(help="A revision, or base to remove everything.", show_default=False),
    ],
    as_json: JsonOption = False,
) -> None:
    """Take the schema down to a revision; what only the later ones can hold is lost."""
    from onextree.store import migrate

    with open_database(load_settings()) as database:
        migrate.downgrade(database, revision)
        _print(schema.current(database), as_json)


@app.command()
def current(as_json: JsonOption = False) -> None:
    """Print the revision that the schema is at."""
    with open_database(load_settings()) as database:
        _print(schema.current(database), as_json)


@app.command()
def grant(
    role: Annotated[str, typer.Argument(help="A role of PostgreSQL's.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Let a role read everything stored, and change nothing."""
    with open_database(load_settings()) as database:
        schema.require_latest(database)
        with database.transaction() as connection:
            readers.grant_reader(connection, role)
    if as_json:
        print_json({"role": role, "granted": True})
    else:
        typer.echo(f"{role} may read.")


@app.command()
def destroy(yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Delete the embedded server and everything in it; other databases are not touched."""
    settings = load_settings()
    if not yes:
        typer.confirm(f"Delete every snapshot stored under {settings.home}?", abort=True, err=True)
    lease.destroy(settings)
    if as_json:
        print_json({"destroyed": True})


def _print(revision: str | None, as_json: bool) -> None:
    if as_json:
        print_json({"revision": revision, "latest": schema.LATEST})
    else:
        typer.echo(revision or "no revision")
