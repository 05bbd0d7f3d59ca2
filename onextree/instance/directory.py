"""DAGSTER_HOME of this installation, and the environment that its processes need."""

import os
from pathlib import Path

from onextree.settings import Settings, checkout_directory
from onextree.store.locations import Locations

__all__ = ["environment", "prepare_instance", "workspace_file"]


def _source(name: str) -> Path:
    """A file of the checkout's top, or the copy of it in an installed package."""
    return (checkout_directory() or Path(__file__).parent) / name


def workspace_file() -> Path:
    """The workspace: one code server, shared by Dagster's webserver and daemon."""
    return _source("workspace.yaml")


def dagster_home(settings: Settings) -> Path:
    """DAGSTER_HOME."""
    return settings.home / "dagster"


def prepare_instance(settings: Settings) -> None:
    """Make DAGSTER_HOME with the installation's `dagster.yaml` in it."""
    home = dagster_home(settings)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = _source("dagster.yaml").read_bytes()
    target = home / "dagster.yaml"
    if not target.exists() or target.read_bytes() != wanted:
        target.write_bytes(wanted)


def environment(settings: Settings, locations: Locations) -> dict[str, str]:
    """This process's environment with all that a Dagster process of this installation needs.

    The database URLs are in it, so it is given to processes and never printed.
    """
    return {
        **os.environ,
        "DAGSTER_HOME": str(dagster_home(settings)),
        "ONEXTREE_HOME": str(settings.home),
        "ONEXTREE_DATABASE_URL": locations.snapshots.get_secret_value(),
        "ONEXTREE_DAGSTER_DATABASE_URL": locations.dagster.get_secret_value(),
    }
