"""Events: one of each as it is written down, and any that there can be."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from onextree.events.models import (
    EVENTS,
    LONGEST_ERROR,
    MetadataStampCreatedEvent,
    TreeEnrichmentCompletedEvent,
    TreeEnrichmentFailedEvent,
    TreeEnrichmentStartedEvent,
    TreeEvent,
    TreeEventType,
    TreeGenerationCompletedEvent,
    TreeGenerationFailedEvent,
    TreeGenerationRequestedEvent,
    TreeGenerationStartedEvent,
    TreeUpdateRequestedEvent,
)

LITERALS: Mapping[TreeEventType, str] = {
    TreeEventType.GENERATION_REQUESTED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a01","type":"service_lifecycle",'
        '"event":"generation_requested","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:00.123456Z",'
        '"correlation_id":"6f1c1f0a-5a4e-4c3a-8f0b-0c9e7d2b1a00",'
        '"metadata":{"project_id":"omninode_bridge","sequence":1,"trigger_type":"manual"},'
        '"payload":{},"project_id":"omninode_bridge","project_root":"/code/omninode_bridge",'
        '"trigger_type":"manual","requested_by":null}'
    ),
    TreeEventType.GENERATION_STARTED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a02","type":"service_lifecycle",'
        '"event":"generation_started","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:00Z",'
        '"correlation_id":"6f1c1f0a-5a4e-4c3a-8f0b-0c9e7d2b1a00",'
        '"metadata":{"project_id":"omninode_bridge","sequence":2},"payload":{},'
        '"project_id":"omninode_bridge","project_root":"/code/omninode_bridge",'
        '"started_at":"2026-01-31T11:59:59Z"}'
    ),
    TreeEventType.GENERATION_COMPLETED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a03","type":"service_lifecycle",'
        '"event":"generation_completed","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:01Z",'
        '"correlation_id":"6f1c1f0a-5a4e-4c3a-8f0b-0c9e7d2b1a00",'
        '"metadata":{"project_id":"omninode_bridge","sequence":3,"version":7,"changed":true,'
        '"mode":"full"},"payload":{},"snapshot_id":"9a1d7f5e-2f0b-4a51-8c65-5c7f6b1e2d3c",'
        '"project_id":"omninode_bridge",'
        '"tree_hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",'
        '"total_files":1234,"total_directories":56,"total_size_mb":7.5,'
        '"generation_time_ms":89.25}'
    ),
    TreeEventType.GENERATION_FAILED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a04","type":"service_lifecycle",'
        '"event":"generation_failed","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:01Z","correlation_id":null,'
        '"metadata":{"project_id":"omninode_bridge","sequence":4},"payload":{},'
        '"project_id":"omninode_bridge","project_root":"/code/omninode_bridge",'
        '"error_message":"The root is gone.","error_code":"PROJECT_ROOT_NOT_FOUND",'
        '"retry_count":2}'
    ),
    TreeEventType.ENRICHMENT_STARTED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a05","type":"service_lifecycle",'
        '"event":"enrichment_started","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:02Z","correlation_id":null,'
        '"metadata":{"project_id":"omninode_bridge","sequence":5,"version":7},"payload":{},'
        '"snapshot_id":"9a1d7f5e-2f0b-4a51-8c65-5c7f6b1e2d3c","project_id":"omninode_bridge",'
        '"intelligence_sources":["archon","local"]}'
    ),
    TreeEventType.ENRICHMENT_COMPLETED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a06","type":"service_lifecycle",'
        '"event":"enrichment_completed","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:03Z","correlation_id":null,'
        '"metadata":{"project_id":"omninode_bridge","sequence":6,"version":7},"payload":{},'
        '"snapshot_id":"9a1d7f5e-2f0b-4a51-8c65-5c7f6b1e2d3c","patterns_added":12,'
        '"enrichment_time_ms":340.5,"intelligence_sources":["local"]}'
    ),
    TreeEventType.ENRICHMENT_FAILED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a07","type":"service_lifecycle",'
        '"event":"enrichment_failed","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:03Z","correlation_id":null,'
        '"metadata":{"project_id":"omninode_bridge","sequence":7},"payload":{},'
        '"snapshot_id":null,"project_id":"omninode_bridge",'
        '"error_message":"Archon does not answer.","error_code":null,"retry_count":0}'
    ),
    TreeEventType.UPDATE_REQUESTED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a08","type":"service_lifecycle",'
        '"event":"update_requested","service":"git_watcher",'
        '"timestamp":"2026-01-31T12:00:04Z",'
        '"correlation_id":"6f1c1f0a-5a4e-4c3a-8f0b-0c9e7d2b1a00",'
        '"metadata":{},"payload":{},"project_id":"omninode_bridge",'
        '"project_root":"/code/omninode_bridge",'
        '"old_commit":"3f1c9a07d1e2b3c4d5e6f708192a3b4c5d6e7f80",'
        '"new_commit":"80f7e6d5c4b3a29180f7e6d5c4b3a29180f7e6d5",'
        '"modified_files":["src/app.py","naïve.txt"],"trigger_type":"git_commit",'
        '"requested_by":"git_watcher"}'
    ),
    TreeEventType.STAMP_CREATED: (
        '{"id":"0d4f7a52-7d52-4b0e-9f5d-3d0f6e0c1a09","type":"service_lifecycle",'
        '"event":"stamp_created","service":"onextree_service",'
        '"timestamp":"2026-01-31T12:00:05Z",'
        '"correlation_id":"6f1c1f0a-5a4e-4c3a-8f0b-0c9e7d2b1a00",'
        '"metadata":{"project_id":"omninode_bridge","sequence":8},"payload":{},'
        '"stamp_id":"5e0a3a0c-1d0f-5f0e-8a1b-7c9d2e4f6a8b","project_id":"omninode_bridge",'
        '"namespace":"omninode.services.metadata",'
        '"content_hash":"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",'
        '"blake3":"d74981efa70a0c880b8d8c1985d075dbcbf679b99a5f9914e5aaf96b831a9e24",'
        '"file_path":"src/naïve.py","stamp_type":"rich","intelligence_level":"live",'
        '"op_id":"8b1d6c1e-3f0a-4c55-9d0e-1a2b3c4d5e6f","workflow_id":null,'
        '"snapshot_id":"9a1d7f5e-2f0b-4a51-8c65-5c7f6b1e2d3c","version":7}'
    ),
}
"""In the order of the specification's fields, the envelope's first."""

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties that hold on a busy machine, too."""

project_ids = st.from_regex(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,3}", fullmatch=True).filter(
    lambda text: len(text) <= 200
)
any_text = st.text(st.characters(), max_size=60)
"""NUL and halves of characters included."""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
names = texts.filter(bool)
numbers = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(
    -(2.0**62), 2.0**62, allow_nan=False, allow_infinity=False
)
json_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)
moments = st.datetimes(timezones=st.timezones()).filter(lambda moment: 1 < moment.year < 9999)
figures = st.floats(0, 2**53, allow_nan=False)
counts = st.integers(0, 2**53 - 1)
messages = any_text | any_text.map(lambda text: text * (LONGEST_ERROR // 20))
hashes = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
commits = st.from_regex(r"[0-9a-f]{40}", fullmatch=True)
sources = st.lists(names, max_size=4)
retries = st.integers(0, 2**31 - 1)

_about = {"project_id": project_ids, "project_root": names}
_failure = {
    "error_message": messages,
    "error_code": st.none() | names,
    "retry_count": retries,
}


def _events(
    kind: Callable[..., TreeEvent], **own: SearchStrategy[Any]
) -> SearchStrategy[TreeEvent]:
    return st.builds(
        kind,
        id=st.uuids(),
        service=names,
        timestamp=moments,
        correlation_id=st.none() | st.uuids(),
        metadata=json_objects,
        payload=json_objects,
        **own,
    )


update_requests = _events(
    TreeUpdateRequestedEvent,
    **_about,
    old_commit=st.none() | commits,
    new_commit=st.none() | commits,
    modified_files=st.lists(texts, max_size=5),
    trigger_type=st.sampled_from(["git_commit", "manual", "scheduled", "event"]),
    requested_by=st.none() | names,
)

stamps_created = _events(
    MetadataStampCreatedEvent,
    stamp_id=st.uuids(),
    project_id=st.none() | project_ids,
    namespace=names,
    content_hash=hashes,
    blake3=hashes,
    file_path=st.none() | texts,
    stamp_type=st.sampled_from(["lightweight", "rich"]),
    intelligence_level=st.sampled_from(["live", "snapshot", "basic"]),
    op_id=names,
    workflow_id=st.none() | names,
    snapshot_id=st.none() | st.uuids(),
    version=st.none() | st.integers(1, 2**31 - 1),
)

events: SearchStrategy[TreeEvent] = st.one_of(
    _events(
        TreeGenerationRequestedEvent,
        **_about,
        trigger_type=names,
        requested_by=st.none() | names,
    ),
    _events(TreeGenerationStartedEvent, **_about, started_at=moments),
    _events(
        TreeGenerationCompletedEvent,
        project_id=project_ids,
        snapshot_id=st.uuids(),
        tree_hash=hashes,
        total_files=counts,
        total_directories=counts,
        total_size_mb=figures,
        generation_time_ms=figures,
    ),
    _events(TreeGenerationFailedEvent, **_about, **_failure),
    _events(
        TreeEnrichmentStartedEvent,
        project_id=project_ids,
        snapshot_id=st.uuids(),
        intelligence_sources=sources,
    ),
    _events(
        TreeEnrichmentCompletedEvent,
        snapshot_id=st.uuids(),
        patterns_added=counts,
        enrichment_time_ms=figures,
        intelligence_sources=sources,
    ),
    _events(
        TreeEnrichmentFailedEvent,
        project_id=project_ids,
        snapshot_id=st.none() | st.uuids(),
        **_failure,
    ),
    update_requests,
    stamps_created,
)
"""Any event that there can be."""


def literal(event: TreeEventType) -> TreeEvent:
    """The event that is written down."""
    return EVENTS[event].model_validate_json(LITERALS[event])
