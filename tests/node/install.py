"""Packages of npm that tests compare with, installed once for this checkout.

`python -m tests.node.install` installs them ahead of the tests.
"""

import hashlib
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.fetching import fetched_once

__all__ = ["NodeMissing", "available", "installed_packages", "packages_directory"]

_WANTED = (Path(__file__).with_name("package.json"), Path(__file__).with_name("package-lock.json"))
_OLDEST_NODE = (20, 12)
_NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


class NodeMissing(Exception):
    """Node.js cannot be run, or its packages not be installed, on this machine."""


def packages_directory() -> Path:
    """Where the packages lie once they are installed: git knows nothing of `.venv`."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in _WANTED)).hexdigest()
    return Path(__file__).parents[2] / ".venv" / "node" / digest[:16] / "node_modules"


def available() -> bool:
    """Whether they can be used here, by what is installed."""
    return _runs() and (packages_directory().is_dir() or shutil.which("npm") is not None)


@cache
def _runs() -> bool:
    if shutil.which("node") is None:
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"v(\d+)\.(\d+)\.", told.stdout)
    return match is not None and (int(match[1]), int(match[2])) >= _OLDEST_NODE


def installed_packages() -> Path:
    """Install the packages, unless they are there; who comes meanwhile waits.

    Returns:
        Their ``node_modules``.

    Raises:
        NodeMissing: There is no npm, or it failed.
    """
    packages = packages_directory()
    fetched_once(packages.parent, _install)
    return packages


def _install(directory: Path) -> None:
    for path in _WANTED:
        shutil.copy(path, directory)
    try:
        told = subprocess.run(_NPM, cwd=directory, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NodeMissing("Installing packages of npm needs npm.") from None
    if told.returncode != 0:
        raise NodeMissing(f"npm has not installed its packages:\n{told.stdout}{told.stderr}")


def main() -> None:
    """Install them where that is possible, say so where it is not: other tests need none."""
    if not available():
        print("No Node.js 20 and npm here: tests that compare with packages of npm do not run.")
    elif not packages_directory().is_dir():
        print("Installing packages of npm, as tests/node/package-lock.json pins them …", flush=True)
        try:
            installed_packages()
        except NodeMissing as error:
            print(error)


if __name__ == "__main__":
    main()
