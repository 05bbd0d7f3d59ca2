"""`onextree tree`, `onextree export` and `onextree import`: whole trees for people and programs."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from onextree.cli.generate import ForceOption, print_generation
from onextree.cli.options import JsonOption, ProjectIdArgument, VersionOption
from onextree.cli.output import human_size, print_json, printable
from onextree.errors import InvalidTreeFile
from onextree.opening import open_service
from onextree.settings import load_settings

__all__ = ["export", "import_", "tree"]


def tree(
    project_id: ProjectIdArgument,
    version: VersionOption = None,
    depth: Annotated[
        int | None, typer.Option(min=1, help="Directories below that are summed up.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a version's tree with sizes, languages and purposes."""
    with open_service(load_settings()) as service:
        root = service.export_tree(project_id, version)["tree"]
    if as_json:
        _print_nested(root)
        return
    files, size = _totals(root)
    typer.echo(f"{printable(root['name'])}/  {_files(files)}, {human_size(size)}")
    for line in _lines(root, "", depth):
        typer.echo(line)


def _print_nested(root: dict[str, Any]) -> None:
    try:
        print_json(root)
    except RecursionError:
        from onextree.tree.tree_file import too_deep

        raise too_deep() from None


def _lines(node: dict[str, Any], indent: str, depth: int | None) -> Iterator[str]:
    """One line a node, in the way of the command `tree`."""
    waiting = [(node, indent, depth, iter(node["children"]), len(node["children"]))]
    while waiting:
        node, indent, depth, children, left = waiting.pop()
        child = next(children, None)
        if child is None:
            continue
        waiting.append((node, indent, depth, children, left - 1))
        last = left == 1
        yield f"{indent}{'└── ' if last else '├── '}{_label(child)}"
        if child["children"] and (depth is None or depth > 1):
            below = indent + ("    " if last else "│   ")
            deeper = None if depth is None else depth - 1
            grandchildren = child["children"]
            waiting.append((child, below, deeper, iter(grandchildren), len(grandchildren)))


def _label(node: dict[str, Any]) -> str:
    name = printable(node["name"])
    if node["type"] == "directory" and "kind" not in node:
        files, size = _totals(node)
        purpose = f"  [{node['inferred_purpose']}]" if "inferred_purpose" in node else ""
        return f"{name}/  {_files(files)}, {human_size(size)}{purpose}"
    if "kind" in node:
        return f"{name}  {node['kind']}"
    told = ", ".join(filter(None, (node.get("language"), node.get("category"))))
    return f"{name}  {human_size(node['size'])}{f'  {told}' if told else ''}"


def _files(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _totals(node: dict[str, Any]) -> tuple[int, int]:
    """Files and bytes below a directory; kept in its node, since each level asks again."""
    if "totals" not in node:
        below = []
        waiting = [node]
        while waiting:
            each = waiting.pop()
            below.append(each)
            waiting.extend(each["children"])
        for each in reversed(below):
            if each["type"] == "directory" and "kind" not in each:
                parts = [child["totals"] for child in each["children"]]
                each["totals"] = (sum(part[0] for part in parts), sum(part[1] for part in parts))
            else:
                each["totals"] = (1, each["size"])
    totals: tuple[int, int] = node["totals"]
    return totals


def export(
    project_id: ProjectIdArgument,
    version: VersionOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Standard output by default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a version as a `.onextree` file: YAML, or JSON with --json."""
    from onextree.tree.tree_file import write_tree_file  # YAML, needed here alone

    with open_service(load_settings()) as service:
        root = service.export_tree(project_id, version)
    if output is None:
        if as_json:
            _print_nested(root)
        else:
            write_tree_file(root, sys.stdout)
        return
    partial = output.with_name(f".{output.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as stream:
            write_tree_file(root, stream)
        partial.replace(output)
    except OSError as error:
        raise InvalidTreeFile(f"{output} cannot be written ({error.strerror}).") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    if as_json:
        print_json({"project_id": project_id, "output": output, **root["metadata"]})


def import_(
    project_id: ProjectIdArgument,
    file: Annotated[Path, typer.Argument(help="A `.onextree` file, in either dialect.")],
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Store the tree of a `.onextree` file as a project's next version."""
    from onextree.tree.tree_file import read_tree_file

    tree = read_tree_file(file)
    with open_service(load_settings()) as service:
        generation = service.import_tree(project_id, tree, force=force)
    if as_json:
        print_json(generation.as_dict())
    else:
        print_generation(generation)
