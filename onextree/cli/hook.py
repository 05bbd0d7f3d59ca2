"""`onextree hook`: what tells OnexTree of commits as they happen. No database is needed."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import print_facts, print_json, print_table
from onextree.errors import ConfigurationError
from onextree.hook import installation
from onextree.hook.address import check_address
from onextree.hook.installation import Installed, State
from onextree.hook.spool import Spool
from onextree.settings import load_settings
from onextree.tree.names import decode_name

__all__ = ["app"]

app = typer.Typer(help="The git hook of a repository.", no_args_is_help=True)

PathArgument = Annotated[Path, typer.Argument(help="A directory in the git work tree.")]
_MOST = 100_000


@app.command()
def install(
    path: PathArgument = Path(),
    api: Annotated[
        str | None,
        typer.Option(help="Where the API listens, http://HOST:PORT; by default ONEXTREE_HOOK_API."),
    ] = None,
    spool: Annotated[
        Path | None,
        typer.Option(help="Where entries are left; by default what this installation drains."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Have a repository tell OnexTree of commits, merges, switches and rebases.

    A hook that is there already is kept and run as before.
    """
    settings = load_settings()
    found = installation.install(
        path,
        spool=(spool or Spool.of(settings.home).directory).expanduser().absolute(),
        api=check_address(settings.hook_api if api is None else api),
        timeout=settings.git_timeout,
    )
    _print(found, as_json)


@app.command()
def remove(path: PathArgument = Path(), as_json: JsonOption = False) -> None:
    """Remove the hook; one that was there before is put back as it was."""
    _print(installation.remove(path, timeout=load_settings().git_timeout), as_json)


@app.command()
def status(path: PathArgument = Path(), as_json: JsonOption = False) -> None:
    """Show whether a repository has the hook, and what waits in its spool."""
    _print(installation.look(path, timeout=load_settings().git_timeout), as_json)


def _print(found: Installed, as_json: bool) -> None:
    facts: dict[str, object] = {"directory": _text(found.directory)}
    if found.baked is not None:
        facts["spool"] = decode_name(found.baked.spool)
        facts["api"] = decode_name(found.baked.api) or None
        if any(hook.state is not State.REMOVED for hook in found.hooks):
            facts["waiting"] = _waiting(os.fsdecode(found.baked.spool))
    hooks = [
        {"event": hook.event, "state": hook.state.value, "chained": hook.chained}
        for hook in found.hooks
    ]
    if as_json:
        print_json({**facts, "hooks": hooks})
        return
    print_table(_cells(hooks), "hook", "state", "other hook")
    print_facts({name: "-" if value is None else value for name, value in facts.items()})


def _cells(hooks: Iterable[dict[str, str | None]]) -> Iterable[Iterable[object]]:
    return ((hook["event"], hook["state"], hook["chained"] or "-") for hook in hooks)


def _waiting(spool: str) -> int | None:
    """How many entries nobody has taken yet; None where they cannot be counted."""
    try:
        return len(Spool(Path(spool)).names(_MOST))
    except ConfigurationError:
        return None


def _text(path: Path) -> str:
    return decode_name(os.fsencode(path))
