"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "JsonOption",
    "ProjectIdArgument",
    "ProjectIdOption",
    "RootArgument",
    "VersionOption",
    "YesOption",
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RootArgument = Annotated[Path, typer.Argument(help="Directory of the project.", show_default=False)]
ProjectIdArgument = Annotated[str, typer.Argument(help="The project's id.", show_default=False)]
ProjectIdOption = Annotated[
    str | None, typer.Option(help="Made of the directory's name where it is not given.")
]
VersionOption = Annotated[int | None, typer.Option(min=1, help="The newest where it is not given.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
