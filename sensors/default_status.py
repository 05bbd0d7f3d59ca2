"""Which sensors run by themselves, where nobody has switched them in the UI."""

import dagster as dg

from onextree.settings import load_settings

__all__ = ["BY_COMMITS"]

BY_COMMITS = (
    dg.DefaultSensorStatus.STOPPED
    if load_settings().triggers == "production"
    else dg.DefaultSensorStatus.RUNNING
)
"""Of those that look for commits."""
