"""`onextree stamp` and `onextree validate`: the stamps of files on this machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from onextree.cli.options import JsonOption
from onextree.cli.output import human_size, print_json, print_table, printable
from onextree.cli.progress import shown_progress
from onextree.errors import DatabaseUnavailable, InvalidRequest, OnexTreeError
from onextree.opening import open_service
from onextree.service import OnexTreeService
from onextree.service.stamping.file_stamps import FilesStamped, FileState, StampMode, Wanted
from onextree.service.stamping.file_validation import FilesValidated, Validity, validate_files
from onextree.service.stamping.files import FileStamper, StampAll
from onextree.service.stamping.places import FilesTold, Places
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.settings import Settings, load_settings
from onextree.stamping.model import NAMESPACE, StampType

__all__ = ["stamp", "validate"]

_SHOWN = 50
_PATIENCE = 2

FilesArgument = Annotated[
    list[str],
    typer.Argument(help="Files, and directories: the files of their trees.", show_default=False),
]
EveryOption = Annotated[bool, typer.Option("--all", help="Print every file.")]


def stamp(
    files: FilesArgument,
    *,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write the stamps into the files, or beside those without."),
    ] = False,
    sidecar: Annotated[
        bool, typer.Option("--sidecar", help="Write the stamps beside the files.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Say what --write would change, and end with status 1."),
    ] = False,
    stamp_type: Annotated[
        StampType, typer.Option("--type", help="A line, or a block with what the tree knows.")
    ] = StampType.LIGHTWEIGHT,
    namespace: Annotated[
        str, typer.Option(help="Within which a content has one stamp.")
    ] = NAMESPACE,
    author: Annotated[str | None, typer.Option(help="Is written into the stamps.")] = None,
    every: EveryOption = False,
    as_json: JsonOption = False,
) -> None:
    """Stamp files with content hash and what their tree knows; by default no file is written."""
    settings = load_settings()
    mode = _mode(write=write, sidecar=sidecar, check=check)
    wanted = Wanted(mode, stamp_type, namespace, author)
    with (
        _stamping(settings, is_told=mode is not StampMode.CHECK) as (stamp_all, projects),
        shown_progress(wanted=not as_json) as report,
    ):
        stamper = FileStamper(
            Places(settings, projects), stamp_all, most_bytes=settings.stamp_max_bytes
        )
        found = stamper.stamp(files, wanted, report)
    if as_json:
        print_json(found.as_dict())
    else:
        _print_stamped(found, every=every)
    if not found.succeeded:
        raise typer.Exit(1)


def validate(
    files: FilesArgument,
    *,
    require: Annotated[
        bool, typer.Option("--require", help="A file without a stamp is a failure, too.")
    ] = False,
    every: EveryOption = False,
    as_json: JsonOption = False,
) -> None:
    """Hold the stamps of files against their contents; no database is needed."""
    settings = load_settings()
    with shown_progress(wanted=not as_json) as report:
        found = validate_files(
            Places(settings),
            files,
            most_bytes=settings.stamp_max_bytes,
            requires_stamps=require,
            report=report,
        )
    if as_json:
        print_json(found.as_dict())
    else:
        _print_validated(found, every=every)
    if not found.succeeded:
        raise typer.Exit(1)


def _mode(*, write: bool, sidecar: bool, check: bool) -> StampMode:
    if write + sidecar + check > 1:
        raise InvalidRequest("--write, --sidecar and --check exclude one another; give one.")
    if write:
        return StampMode.WRITE
    if sidecar:
        return StampMode.SIDECAR
    return StampMode.CHECK if check else StampMode.STORE


class _Stamping:
    """Makes stamps; without asking the database, once that has failed for two chunks in turn."""

    def __init__(self, settings: Settings, service: OnexTreeService | None) -> None:
        self._service = service
        self._most_bytes = settings.stamp_max_bytes
        self._failures = 0
        self._is_told = False

    def stamp_all(self, asked: Sequence[Stamping]) -> Sequence[Stamped | OnexTreeError]:
        """Stamp a chunk."""
        if self._service is None or self._failures == _PATIENCE:
            from onextree.service.stamping.alone import stamp_all_alone

            return stamp_all_alone(asked, most_bytes=self._most_bytes)
        answers = self._service.stamp_all(asked)
        is_stored = all(each.is_stored for each in answers if isinstance(each, Stamped))
        self._failures = 0 if is_stored else self._failures + 1
        if not is_stored and not self._is_told:
            self._is_told = True
            typer.echo("The database is away: not all stamps are stored; stamp again.", err=True)
        return answers


@contextmanager
def _stamping(
    settings: Settings, *, is_told: bool
) -> Iterator[tuple[StampAll, Mapping[Path, str]]]:
    """What makes stamps, and the registered projects by their roots.

    While the database is away stamps are made of the contents alone.

    Args:
        is_told: Whether that is said.
    """
    with ExitStack() as stack:
        try:
            service = stack.enter_context(open_service(settings))
            projects = {
                project.root: project.project_id
                for project in service.list_projects()
                if not project.is_remote
            }
        except DatabaseUnavailable as error:
            if is_told:
                typer.echo(f"Stamps are basic and not stored: {error.message}", err=True)
            yield _Stamping(settings, None).stamp_all, {}
        else:
            yield _Stamping(settings, service).stamp_all, projects


def _print_stamped(found: FilesStamped, *, every: bool) -> None:
    files = [each for each in found.files if every or each.state is not FileState.UNCHANGED]
    _print_some(
        (
            (
                each.path,
                "would change" if each.state is FileState.OUTDATED else each.state.value,
                "sidecar" if each.is_sidecar else "stamp",
                each.level or "",
                "written" if each.is_written else "",
            )
            for each in files
        ),
        ("path", "state", "place", "level", ""),
        total=len(files),
        every=every,
    )
    counts = [f"{count:,} {state.value}" for state, count in found.states.items()]
    counts += [f"{found.written:,} written"] if found.written else []
    _print_summary(found, len(found.files), counts)


def _print_validated(found: FilesValidated, *, every: bool) -> None:
    shown = {Validity.MISMATCHED, *((Validity.UNSTAMPED,) if found.requires_stamps else ())}
    files = [each for each in found.files if every or each.validity in shown]
    _print_some(
        ((each.path, each.validity.value, each.forms) for each in files),
        ("path", "validity", "stamps"),
        total=len(files),
        every=every,
    )
    counts = [f"{count:,} {validity.value}" for validity, count in found.counts.items() if count]
    _print_summary(found, len(found.files), counts)


def _print_some(
    rows: Iterable[tuple[str, ...]], columns: tuple[str, ...], *, total: int, every: bool
) -> None:
    if not total:
        return
    shown = list(rows) if every else [row for row, _ in zip(rows, range(_SHOWN), strict=False)]
    print_table(shown, *columns)
    if len(shown) < total:
        typer.echo(f"… and {total - len(shown):,} more: --all")


def _print_summary(found: FilesTold, files: int, counts: Iterable[str]) -> None:
    for each in (*found.refused, *found.skipped):
        typer.echo(f"{each.code} {printable(each.path)}: {each.message}", err=True)
    told = ", ".join(counts) or "none"
    if found.skipped:
        told += f", {len(found.skipped):,} skipped"
    typer.echo(
        f"{files:,} file{'' if files == 1 else 's'}: {told}; "
        f"{human_size(found.size_bytes)} in {found.seconds:.2f} s."
    )
    if found.errors:
        errors = ", ".join(f"{count:,} {code}" for code, count in sorted(found.errors.items()))
        typer.echo(f"Errors: {errors}.", err=True)
