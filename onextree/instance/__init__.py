"""The Dagster instance that belongs to this installation: its directory and its processes."""
