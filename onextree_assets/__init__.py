"""The Dagster code location: assets, partitions, jobs, schedules."""
