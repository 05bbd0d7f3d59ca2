"""Topics have the specification's names, or others that Kafka can hold."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onextree.errors import ConfigurationError
from onextree.events.models import EVENTS, TreeEventType
from onextree.events.topics import LONGEST_TOPIC, TopicNaming, Topics
from onextree.settings import Settings
from tests.event_examples import literal, unhurried

SPECIFICATION = {
    TreeEventType.GENERATION_REQUESTED: "evt.tree-generation-requested.v1",
    TreeEventType.GENERATION_STARTED: "evt.tree-generation-started.v1",
    TreeEventType.GENERATION_COMPLETED: "evt.tree-generation-completed.v1",
    TreeEventType.GENERATION_FAILED: "evt.tree-generation-failed.v1",
    TreeEventType.ENRICHMENT_STARTED: "evt.tree-enrichment-started.v1",
    TreeEventType.ENRICHMENT_COMPLETED: "evt.tree-enrichment-completed.v1",
    TreeEventType.ENRICHMENT_FAILED: "evt.tree-enrichment-failed.v1",
    TreeEventType.UPDATE_REQUESTED: "cmd.tree-update-requested.v1",
    TreeEventType.STAMP_CREATED: "evt.metadata-stamp-created.v1",
}
SHORT = {
    TreeEventType.GENERATION_REQUESTED: "onextree.generation.req",
    TreeEventType.GENERATION_STARTED: "onextree.generation.started",
    TreeEventType.GENERATION_COMPLETED: "onextree.generation.completed",
    TreeEventType.GENERATION_FAILED: "onextree.generation.failed",
    TreeEventType.ENRICHMENT_STARTED: "onextree.enrichment.started",
    TreeEventType.ENRICHMENT_COMPLETED: "onextree.enrichment.completed",
    TreeEventType.ENRICHMENT_FAILED: "onextree.enrichment.failed",
    TreeEventType.UPDATE_REQUESTED: "onextree.update.req",
    TreeEventType.STAMP_CREATED: "onextree.stamp.created",
}
UPSTREAM = {event: f"onex.{name[:3]}.onextree{name[3:]}" for event, name in SPECIFICATION.items()}
LEGAL = re.compile(r"[A-Za-z0-9._-]{1,249}")


@pytest.mark.parametrize("event", TreeEventType)
def test_the_specifications_topics(event: TreeEventType) -> None:
    topic = f"dev.omninode_bridge.onex.{SPECIFICATION[event]}"
    assert Topics().of(event) == topic
    assert literal(event).to_kafka_topic() == topic


def test_the_other_namings() -> None:
    assert {event: Topics(TopicNaming.SHORT).of(event) for event in TreeEventType} == SHORT
    assert {event: Topics(TopicNaming.UPSTREAM).of(event) for event in TreeEventType} == UPSTREAM


def test_requests_and_those_that_could_not_be_taken_have_topics_of_their_own() -> None:
    specification, short, upstream = map(Topics, TopicNaming)
    prefix = "dev.omninode_bridge.onex"
    assert specification.updates == f"{prefix}.cmd.tree-update-requested.v1"
    assert specification.dead_letters == f"{prefix}.dlq.tree-update-requested.v1"
    assert short.updates == "onextree.update.req"
    assert short.dead_letters == "onextree.update.dlq"
    assert upstream.updates == "onex.cmd.onextree.tree-update-requested.v1"
    assert upstream.dead_letters == "onex.dlq.onextree.tree-update-requested.v1"


@unhurried
@given(st.sampled_from(TopicNaming), st.from_regex(r"[A-Za-z0-9._-]{0,260}", fullmatch=True))
def test_topics_of_a_prefix_are_distinct_and_legal_or_the_prefix_is_refused(
    naming: TopicNaming, prefix: str
) -> None:
    assume(prefix == "" or (prefix[0] != "." and prefix[-1] != "."))
    try:
        topics = Topics(naming, prefix)
    except ConfigurationError:
        room = LONGEST_TOPIC - max(map(len, Topics(naming, "a").all())) + 1
        assert len(prefix) > room
        return
    names = topics.all()
    assert len(names) == len(EVENTS) + 1
    # Kafka takes two topics for the same in its metrics where they differ in '.' and '_' only.
    assert len({name.replace(".", "_") for name in names}) == len(names)
    assert all(LEGAL.fullmatch(name) and name.startswith(prefix) for name in names)
    assert {topics.updates, topics.dead_letters} <= set(names)


def test_topics_of_all_namings_are_distinct() -> None:
    names = [name for naming in TopicNaming for name in Topics(naming).all()]
    assert len(set(names)) == len(names) == 3 * 10


@pytest.mark.parametrize("naming", TopicNaming)
@pytest.mark.parametrize(
    "prefix", ["a b", "ä", "a/b", "a\n", "a,b", "a\0", ".a", "a.", ".", "x" * 250, "é" * 9_000]
)
def test_a_prefix_that_kafka_cannot_hold_is_refused(naming: TopicNaming, prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="set ONEXTREE_EVENT_PREFIX to") as caught:
        Topics(naming, prefix)
    assert len(str(caught.value)) < 400


def test_the_longest_prefix_that_fits_is_taken() -> None:
    for naming in TopicNaming:
        room = LONGEST_TOPIC - max(map(len, Topics(naming, "a").all())) + 1
        assert max(map(len, Topics(naming, "x" * room).all())) == LONGEST_TOPIC == 249
        with pytest.raises(ConfigurationError, match=f"at most {room}"):
            Topics(naming, "x" * (room + 1))


def test_settings_choose_the_topics() -> None:
    assert Topics.from_settings(Settings.model_construct()) == Topics()
    settings = Settings.model_construct(event_topics="short", event_prefix="acme.onextree")
    topics = Topics.from_settings(settings)
    assert topics.naming is TopicNaming.SHORT
    assert topics.of(TreeEventType.GENERATION_COMPLETED) == "acme.onextree.generation.completed"
    with pytest.raises(ConfigurationError):
        Topics.from_settings(Settings.model_construct(event_prefix="a b"))
