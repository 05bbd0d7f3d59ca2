"""`onextree db backup` and `onextree db restore`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import print_json
from onextree.opening import open_database
from onextree.settings import load_settings

if TYPE_CHECKING:
    from onextree.store.backup import Backup

__all__ = ["backup", "restore"]

FileArgument = Annotated[Path, typer.Argument(help="The backup's file.", show_default=False)]


def backup(
    file: FileArgument,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write everything stored to a file, while work goes on."""
    from onextree.store import backup as backups  # Alembic, which most commands do not need

    settings = load_settings()
    with open_database(settings) as database:
        made = backups.backup(database, file, overwrite=overwrite, timeout=settings.backup_timeout)
    _print(made, as_json, "written.")


def restore(file: FileArgument, as_json: JsonOption = False) -> None:
    """Load a backup into a database without projects, and bring it up to date."""
    from onextree.store import backup as backups

    settings = load_settings()
    with open_database(settings) as database:
        loaded = backups.restore(database, file, timeout=settings.backup_timeout)
    _print(loaded, as_json, "loaded; `onextree db check` recomputes them all.")


def _print(backup: "Backup", as_json: bool, done: str) -> None:
    if as_json:
        print_json({**asdict(backup), "file": str(backup.file)})
    else:
        typer.echo(f"{backup.projects:,} projects with {backup.versions:,} versions {done}")
