"""Publishing OnexTree's events through a client of Kafka: the specification's publisher.

What OnexTree itself does goes through the outbox instead, which loses nothing when a process ends;
so do stamps, of which the specification's publisher knows nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol
from uuid import UUID

from pydantic import JsonValue

from onextree.events.envelope import BaseEvent
from onextree.events.models import (
    SERVICE,
    TreeEnrichmentCompletedEvent,
    TreeEnrichmentFailedEvent,
    TreeEnrichmentStartedEvent,
    TreeEvent,
    TreeGenerationCompletedEvent,
    TreeGenerationFailedEvent,
    TreeGenerationRequestedEvent,
    TreeGenerationStartedEvent,
    TreeUpdateRequestedEvent,
)
from onextree.events.topics import Topics

__all__ = ["KafkaClient", "OnexTreeEventPublisher"]

_Metadata = Mapping[str, JsonValue]


class KafkaClient(Protocol):
    """What sends an event; `onextree.events.cloudevents` has the message's key and headers."""

    async def publish_event(self, *, topic: str, event: BaseEvent) -> None:
        """Send an event, and return when the broker has it."""


class OnexTreeEventPublisher:
    """Publishes OnexTree's events to Kafka.

    Every method takes `metadata` too, to which it adds the project's id, and raises what the client
    raises, or `pydantic.ValidationError` where a value cannot be told in an event.

    Args:
        kafka_client: What sends them.
        topics: Where to; the specification's topics by default.
    """

    def __init__(self, kafka_client: KafkaClient, topics: Topics | None = None) -> None:
        self.kafka_client = kafka_client
        self._topics = topics or Topics()

    async def publish_generation_requested(
        self,
        project_id: str,
        project_root: str,
        trigger_type: str,
        correlation_id: UUID | None = None,
        *,
        requested_by: str | None = None,
        metadata: _Metadata | None = None,
    ) -> None:
        """Publish that a generation is asked for."""
        await self._publish(
            TreeGenerationRequestedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                project_id=project_id,
                project_root=project_root,
                trigger_type=trigger_type,
                requested_by=requested_by,
            )
        )

    async def publish_generation_started(
        self,
        project_id: str,
        project_root: str,
        started_at: datetime | None = None,
        *,
        correlation_id: UUID | None = None,
        metadata: _Metadata | None = None,
    ) -> None:
        """Publish that a generation has begun, now where nothing else is said."""
        await self._publish(
            TreeGenerationStartedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                project_id=project_id,
                project_root=project_root,
                started_at=started_at or datetime.now(UTC),
            )
        )

    async def publish_generation_completed(  # noqa: PLR0917 - the specification's signature
        self,
        snapshot_id: UUID,
        project_id: str,
        tree_hash: str,
        total_files: int,
        total_directories: int,
        total_size_mb: float,
        generation_time_ms: float,
        correlation_id: UUID | None = None,
        *,
        metadata: _Metadata | None = None,
    ) -> None:
        """Publish that a tree was generated."""
        await self._publish(
            TreeGenerationCompletedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                snapshot_id=snapshot_id,
                project_id=project_id,
                tree_hash=tree_hash,
                total_files=total_files,
                total_directories=total_directories,
                total_size_mb=total_size_mb,
                generation_time_ms=generation_time_ms,
            )
        )

    async def publish_generation_failed(
        self,
        project_id: str,
        project_root: str,
        error_message: str,
        *,
        error_code: str | None = None,
        retry_count: int = 0,
        correlation_id: UUID | None = None,
        metadata: _Metadata | None = None,
    ) -> None:
        """Publish that a generation failed."""
        await self._publish(
            TreeGenerationFailedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                project_id=project_id,
                project_root=project_root,
                error_message=error_message,
                error_code=error_code,
                retry_count=retry_count,
            )
        )

    async def publish_enrichment_started(
        self,
        snapshot_id: UUID,
        project_id: str,
        intelligence_sources: Sequence[str],
        *,
        correlation_id: UUID | None = None,
        metadata: _Metadata | None = None,
    ) -> None:
        """Publish that an enrichment has begun."""
        await self._publish(
            TreeEnrichmentStartedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                snapshot_id=snapshot_id,
                project_id=project_id,
                intelligence_sources=list(intelligence_sources),
            )
        )

    async def publish_enrichment_completed(
        self,
        snapshot_id: UUID,
        project_id: str,
        patterns_added: int,
        enrichment_time_ms: float,
        intelligence_sources: Sequence[str],
        *,
        correlation_id: UUID | None = None,
        metadata: _Metadata | None = None,
    ) -> None:
        """Publish that a tree was enriched; the project's id is in the metadata only."""
        await self._publish(
            TreeEnrichmentCompletedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                snapshot_id=snapshot_id,
                patterns_added=patterns_added,
                enrichment_time_ms=enrichment_time_ms,
                intelligence_sources=list(intelligence_sources),
            )
        )

    async def publish_enrichment_failed(
        self,
        snapshot_id: UUID | None,
        project_id: str,
        error_message: str,
        *,
        error_code: str | None = None,
        retry_count: int = 0,
        correlation_id: UUID | None = None,
        metadata: _Metadata | None = None,
    ) -> None:
        """Publish that an enrichment failed."""
        await self._publish(
            TreeEnrichmentFailedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                snapshot_id=snapshot_id,
                project_id=project_id,
                error_message=error_message,
                error_code=error_code,
                retry_count=retry_count,
            )
        )

    async def publish_update_requested(
        self,
        project_id: str,
        project_root: str,
        modified_files: Sequence[str] = (),
        trigger_type: Literal["git_commit", "manual", "scheduled", "event"] = "git_commit",
        *,
        correlation_id: UUID | None = None,
        old_commit: str | None = None,
        new_commit: str | None = None,
        requested_by: str | None = None,
        metadata: _Metadata | None = None,
    ) -> None:
        """Ask for an update of a project, as whoever sees its commits does."""
        await self._publish(
            TreeUpdateRequestedEvent(
                service=SERVICE,
                correlation_id=correlation_id,
                metadata=_metadata(project_id, metadata),
                project_id=project_id,
                project_root=project_root,
                old_commit=old_commit,
                new_commit=new_commit,
                modified_files=list(modified_files),
                trigger_type=trigger_type,
                requested_by=requested_by,
            )
        )

    async def _publish(self, event: TreeEvent) -> None:
        await self.kafka_client.publish_event(topic=self._topics.of(event.event), event=event)


def _metadata(project_id: str, metadata: _Metadata | None) -> dict[str, JsonValue]:
    return {**(metadata or {}), "project_id": project_id}
