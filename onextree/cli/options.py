"""Arguments and options that several commands have."""

from typing import Annotated

import typer

__all__ = [
    "AroundOption",
    "AtOption",
    "DaysOption",
    "HereArgument",
    "JsonOption",
    "LimitOption",
    "ProjectIdArgument",
    "ProjectIdOption",
    "RootArgument",
    "VersionOption",
    "YesOption",
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RootArgument = Annotated[
    str,
    typer.Argument(
        help="Directory of the project, or URL of a git repository.", show_default=False
    ),
]
ProjectIdArgument = Annotated[str, typer.Argument(help="The project's id.", show_default=False)]
HereArgument = Annotated[
    str | None, typer.Argument(help="The project of the working directory by default.")
]
AroundOption = Annotated[
    str | None,
    typer.Option("--project-id", help="The project; the one around PATH where it is not given."),
]
ProjectIdOption = Annotated[
    str | None,
    typer.Option(
        "--project-id", "--id", help="Made of the directory's or URL's name where it is not given."
    ),
]
VersionOption = Annotated[int | None, typer.Option(min=1, help="The newest where it is not given.")]
AtOption = Annotated[
    str | None,
    typer.Option(help="A version, time or commit; the newest version where it is not given."),
]
DaysOption = Annotated[
    int | None, typer.Option(help="Versions of the last so many days; all where it is not given.")
]
LimitOption = Annotated[int, typer.Option(help="Rows at most.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
