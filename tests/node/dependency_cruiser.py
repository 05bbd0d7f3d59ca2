"""dependency-cruiser, asked which files of a project use which."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import orjson

from tests.node.install import installed_packages

__all__ = ["Dependency", "cruise"]

_TYPES = {"type-import", "type-only"}


class Dependency(NamedTuple):
    """One file uses another.

    Attributes:
        source, target: Paths relative to the root.
        types: Whether every import of it takes types alone, by its form.
        circular: Whether the target leads back to the source.
    """

    source: str
    target: str
    types: bool
    circular: bool


def cruise(root: Path, directory: str, tsconfig: Path | None = None) -> list[Dependency]:
    """What the files of a directory of a project use of it, sorted, each pair once."""
    program = installed_packages() / "dependency-cruiser" / "bin" / "dependency-cruise.mjs"
    command = ["node", str(program), "--no-config", "--ts-pre-compilation-deps"]
    if tsconfig is not None:
        command += ["--ts-config", str(tsconfig)]
    told = subprocess.run(
        [*command, "--output-type", "json", directory],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[tuple[str, str], Dependency] = {}
    for module in orjson.loads(told.stdout)["modules"]:
        for one in module["dependencies"]:
            source, target = module["source"], one["resolved"]
            if one["couldNotResolve"] or not target.startswith(f"{directory}/"):
                continue
            types = not _TYPES.isdisjoint(one["dependencyTypes"])
            before = found.get((source, target))
            types = types and (before is None or before.types)
            found[source, target] = Dependency(source, target, types, one["circular"])
    return sorted(found.values())
