"""Which sensors run by themselves, where nobody has switched them in the UI."""

import dagster as dg

from onextree.settings import load_settings

__all__ = ["BY_COMMITS", "BY_EVENTS"]

BY_COMMITS = (
    dg.DefaultSensorStatus.STOPPED
    if load_settings().triggers == "production"
    else dg.DefaultSensorStatus.RUNNING
)
"""Of those that look for commits."""

BY_EVENTS = (
    dg.DefaultSensorStatus.RUNNING
    if load_settings().kafka_bootstrap_servers
    else dg.DefaultSensorStatus.STOPPED
)
"""Of those that read from Kafka: where there is one, whatever else starts scans."""
