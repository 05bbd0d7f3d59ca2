"""The names of the topics: as the specification has them, shorter, or as upstream names them now.

Setting `ONEXTREE_EVENT_TOPICS` chooses the naming, `ONEXTREE_EVENT_PREFIX` what they begin with.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from onextree.errors import ConfigurationError
from onextree.events.envelope import TreeEventType
from onextree.settings import Settings

__all__ = ["LONGEST_TOPIC", "TopicNaming", "Topics"]

LONGEST_TOPIC = 249
"""Characters, as Kafka has it."""

_PREFIX = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?")


class TopicNaming(StrEnum):
    """How topics are named."""

    SPECIFICATION = "specification"
    """``{prefix}.{evt|cmd|dlq}.{tree|metadata}-{event}.v1``"""
    SHORT = "short"
    """``{prefix}.{generation|enrichment|update}.{req|started|completed|failed|dlq}``, and
    ``{prefix}.stamp.created``"""
    UPSTREAM = "upstream"
    """``{prefix}.{evt|cmd|dlq}.onextree.{tree|metadata}-{event}.v1``"""


_PREFIXES = {
    TopicNaming.SPECIFICATION: "dev.omninode_bridge.onex",
    TopicNaming.SHORT: "onextree",
    TopicNaming.UPSTREAM: "onex",
}


@dataclass(frozen=True)
class Topics:
    """The topics of one installation.

    Args:
        naming: How they are named.
        prefix: What they begin with; the naming's own where it is empty.

    Raises:
        ConfigurationError: Kafka cannot hold topics with that prefix.
    """

    naming: TopicNaming = TopicNaming.SPECIFICATION
    prefix: str = ""

    def __post_init__(self) -> None:
        if not self.prefix:
            object.__setattr__(self, "prefix", _PREFIXES[self.naming])
        longest = max(map(len, self.all()))
        room = LONGEST_TOPIC - (longest - len(self.prefix))
        if len(self.prefix) > room or not _PREFIX.fullmatch(self.prefix):
            shown = self.prefix if len(self.prefix) <= 60 else self.prefix[:60] + "…"
            raise ConfigurationError(
                f"Kafka has no topics that begin with {shown!r}: set ONEXTREE_EVENT_PREFIX to "
                f"letters, digits, '.', '_' and '-', at most {room}, without a dot at either end."
            )

    @classmethod
    def from_settings(cls, settings: Settings) -> "Topics":
        """Those that the settings name.

        Raises:
            ConfigurationError: `ONEXTREE_EVENT_PREFIX` is none.
        """
        return cls(TopicNaming(settings.event_topics), settings.event_prefix)

    def of(self, event: TreeEventType) -> str:
        """The topic of an event."""
        return self._name("cmd" if event is TreeEventType.UPDATE_REQUESTED else "evt", event)

    @property
    def updates(self) -> str:
        """The topic of the requests that others send."""
        return self.of(TreeEventType.UPDATE_REQUESTED)

    @property
    def dead_letters(self) -> str:
        """The topic of those requests that could not be taken."""
        return self._name("dlq", TreeEventType.UPDATE_REQUESTED)

    def all(self) -> Sequence[str]:
        """Every topic: what is sent, what is received, and what could not be taken."""
        return [*map(self.of, TreeEventType), self.dead_letters]

    def _name(self, kind: str, event: TreeEventType) -> str:
        if self.naming is TopicNaming.SHORT:
            subject, happening = event.value.split("_")
            if kind == "dlq":
                happening = "dlq"
            elif happening == "requested":
                happening = "req"
            return f"{self.prefix}.{subject}.{happening}"
        producer = ".onextree" if self.naming is TopicNaming.UPSTREAM else ""
        return f"{self.prefix}.{kind}{producer}.{event.topic_name}.v1"
