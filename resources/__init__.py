"""Dagster resources: what the assets and sensors work with."""

from resources.archon import ArchonResource
from resources.kafka import KafkaResource
from resources.onextree import OnexTreeResource
from resources.postgres import PostgresResource
from resources.retry import RetryConfig

__all__ = [
    "ArchonResource",
    "KafkaResource",
    "OnexTreeResource",
    "PostgresResource",
    "RetryConfig",
]
