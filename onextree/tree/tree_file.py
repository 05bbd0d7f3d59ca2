"""`.onextree` files: YAML of a tree with its statistics, as upstream writes and reads it."""

from pathlib import Path
from typing import Any, TextIO

import yaml

from onextree.errors import InvalidTreeFile

__all__ = ["FORMAT_VERSION", "read_tree_file", "too_deep", "write_tree_file"]

FORMAT_VERSION = "1.0.0"
_MOST_BYTES = 1 << 30
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _NoAliases(_DUMPER):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_tree_file(root: dict[str, Any], stream: TextIO) -> None:
    """Write ``{version, project_root, generated_at, tree, statistics, metadata}`` as YAML.

    Raises:
        InvalidTreeFile: The tree is nested too deeply for one document.
    """
    try:
        yaml.dump(root, stream, Dumper=_NoAliases, sort_keys=False, allow_unicode=True)
    except RecursionError:
        raise too_deep() from None


def too_deep() -> InvalidTreeFile:
    """The error for a tree that is nested too deeply for one document."""
    return InvalidTreeFile(
        "The tree is nested too deeply for one document; `onextree files` lists it flat."
    )


def read_tree_file(path: Path) -> dict[str, Any]:
    """Read a tree's root node, whichever of the two dialects it is in.

    Raises:
        InvalidTreeFile: It cannot be read, is no YAML, too big, or holds no tree.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InvalidTreeFile(f"{path} is bigger than {_MOST_BYTES:,} bytes.")
        text = path.read_bytes()
        # An alias can make a small file stand for an endless tree.
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                raise InvalidTreeFile(f"{path} has a YAML alias; write what it stands for.")
        content = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except OSError as error:
        raise InvalidTreeFile(f"{path} cannot be read ({error.strerror}).") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).strip().splitlines() or ["nested too deeply"]
        raise InvalidTreeFile(f"{path} is no YAML that could be a tree: {said[0]}.") from None
    tree = content.get("tree", content) if isinstance(content, dict) else None
    if not isinstance(tree, dict) or tree.get("type") != "directory":
        raise InvalidTreeFile(
            f"{path} holds no tree: neither `tree` nor the file itself is a directory's node."
        )
    return tree
