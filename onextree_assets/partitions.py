"""One partition per registered project, keyed by its project id."""

import dagster as dg

__all__ = ["PROJECTS", "projects_partitions"]

PROJECTS = "projects"
projects_partitions = dg.DynamicPartitionsDefinition(name=PROJECTS)
