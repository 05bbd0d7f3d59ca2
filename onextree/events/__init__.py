"""Events: their shape, their topics, and how they come to Kafka and from there."""

from onextree.events.envelope import BaseEvent, EventType
from onextree.events.models import (
    EVENTS,
    MetadataStampCreatedEvent,
    TreeEnrichmentCompletedEvent,
    TreeEnrichmentFailedEvent,
    TreeEnrichmentStartedEvent,
    TreeEventType,
    TreeGenerationCompletedEvent,
    TreeGenerationFailedEvent,
    TreeGenerationRequestedEvent,
    TreeGenerationStartedEvent,
    TreeUpdateRequestedEvent,
)
from onextree.events.publisher import KafkaClient, OnexTreeEventPublisher
from onextree.events.topics import TopicNaming, Topics

__all__ = [
    "EVENTS",
    "BaseEvent",
    "EventType",
    "KafkaClient",
    "MetadataStampCreatedEvent",
    "OnexTreeEventPublisher",
    "TopicNaming",
    "Topics",
    "TreeEnrichmentCompletedEvent",
    "TreeEnrichmentFailedEvent",
    "TreeEnrichmentStartedEvent",
    "TreeEventType",
    "TreeGenerationCompletedEvent",
    "TreeGenerationFailedEvent",
    "TreeGenerationRequestedEvent",
    "TreeGenerationStartedEvent",
    "TreeUpdateRequestedEvent",
]
