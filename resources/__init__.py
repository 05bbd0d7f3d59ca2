"""Dagster resources: what the assets and sensors work with."""

from resources.onextree import OnexTreeResource
from resources.postgres import PostgresResource
from resources.retry import RetryConfig

__all__ = ["OnexTreeResource", "PostgresResource", "RetryConfig"]
