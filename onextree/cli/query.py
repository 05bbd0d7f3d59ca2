"""`onextree query`: files of a version, by path, name, extension or pattern."""

from collections.abc import Iterable
from typing import Annotated

import typer

from onextree.cli.options import AtOption, JsonOption, LimitOption, ProjectIdArgument
from onextree.cli.output import human_size, print_json, print_table
from onextree.opening import open_service
from onextree.settings import load_settings
from onextree.store.moments import NEWEST, Moment
from onextree.tree.query.model import DEFAULT_LIMIT, KINDS, Item, QueryType

__all__ = ["query"]


def query(
    project_id: ProjectIdArgument,
    text: Annotated[str, typer.Argument(help="What is looked for.", show_default=False)],
    *,
    query_type: Annotated[
        str, typer.Option("--type", help=f"How it is meant: {', '.join(QueryType)}.")
    ] = QueryType.AUTO.value,
    at: AtOption = None,
    limit: LimitOption = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, typer.Option(help="Where the page before ended: its `next_cursor`.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find files of a version, sorted by directory and name.

    By itself a text with a wildcard is a glob, with a leading dot an extension, with a slash a
    path, else a name.
    """
    moment = Moment.parse(at) if at is not None else NEWEST
    with open_service(load_settings()) as service:
        page = service.query(
            project_id, text, query_type, limit=limit, cursor=cursor, moment=moment
        ).value
    if as_json:
        print_json(
            {
                "project_id": project_id,
                "version": page.version,
                "items": [item.as_dict() for item in page.items],
                "next_cursor": page.next_cursor,
            }
        )
        return
    print_items(page.items)
    if page.next_cursor is not None:
        typer.echo(f"There is more: --cursor {page.next_cursor!r}")


def print_items(items: Iterable[Item]) -> None:
    """Files as a table for people."""
    print_table(
        (
            (
                item.path + ("/" if item.kind == "d" else ""),
                KINDS[item.kind],
                human_size(item.size) if item.kind != "d" else "",
                (item.file_class.language or item.file_class.category) if item.file_class else "",
                item.changed_in_version or "",
            )
            for item in items
        ),
        *("path", "kind", "size", "language", "changed in"),
    )
