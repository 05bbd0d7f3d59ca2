"""Use cases: what is known of a path, from the nearest source that answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from onextree.errors import (
    ClientError,
    DatabaseUnavailable,
    DeadlineExceeded,
    InvalidRequest,
    ProjectNotFound,
)
from onextree.intelligence.freshness import judge
from onextree.resilience.cache import Answer, Level
from onextree.service.base import UseCases
from onextree.service.elsewhere import sent_root
from onextree.store.knowledge import Knowledge, read_knowledge
from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.model import Kind
from onextree.tree.names import encode_name
from onextree.tree.query.model import Query, QueryType
from onextree.tree.structure import file_extension

__all__ = ["Intelligence", "IntelligenceLevel", "Intelligences"]

_PATIENCE = 2.0  # seconds that the database has for an answer

BASIC = {
    "exists_in_tree": False,
    "status": "onextree_unavailable",
    "fallback_mode": "basic_stamping",
}
"""The specification's last resort (section 9)."""


class IntelligenceLevel(StrEnum):
    """Where an answer comes from, the best first."""

    LIVE = "live"
    SNAPSHOT = "snapshot"
    BASIC = "basic"

    @property
    def fallback(self) -> str | None:
        """What it stands in with; None for the best."""
        return _FALLBACKS[self]


_FALLBACKS: Mapping[IntelligenceLevel, str | None] = {
    IntelligenceLevel.LIVE: None,
    IntelligenceLevel.SNAPSHOT: "cached_snapshot",
    IntelligenceLevel.BASIC: "basic_stamping",
}


@dataclass(frozen=True, slots=True)
class Intelligence:
    """What is known of a path.

    Attributes:
        age_seconds: Since it was seen to be so; None where nothing was seen.
        data: ``path`` and ``exists_in_tree``, None where the service does not tell; live and of a
            snapshot what `onextree.store.knowledge.read_knowledge` tells and, from an OnexTree
            service, what `AsyncOnexTreeClient.get_intelligence` gives; at the last level `BASIC`
            with ``extension`` and ``language`` by the name.
        reason: Why it is not live, the code of an error say; None where it is.
    """

    level: IntelligenceLevel
    age_seconds: float | None
    data: dict[str, Any]
    reason: str | None = None


class Intelligences(UseCases):
    """Live, else what is stored, else what the path itself tells; it always answers.

    Live is what the OnexTree service says, where there is one that scans the project. Else it is
    what is stored, for a day after the project was verified: it was scanned from here.
    """

    def intelligence(self, project_id: str, path: str) -> Intelligence:
        """What is known of a file or directory.

        The service has two seconds, and so has the database. While that is away, what it said last
        is told, as long as this process remembers it.

        Raises:
            InvalidQuery: Nothing can have that path.
            ProjectNotFound: No such project is registered.
        """
        text = Query.parse(path, QueryType.PATH).text
        known, since = self._known_of(project_id, text)
        found = self._best(text, known, since)
        self._counters.add("intelligence_answers", level=found.level.value)
        if found.level is not IntelligenceLevel.LIVE:
            self._counters.add("fallback_invocations", level=found.level.value)
        return found

    def _best(self, path: str, known: Knowledge | None, since: float) -> Intelligence:
        if known is None:
            return Intelligence(IntelligenceLevel.BASIC, None, _basic(path), "database_away")
        is_elsewhere = self._client is not None and not known.project.is_remote
        live = self._asked(path, known) if is_elsewhere else _stored(known, since)
        if isinstance(live, Intelligence):
            return live
        if known.facts:
            age = known.age + since
            return Intelligence(IntelligenceLevel.SNAPSHOT, age, known.facts, live)
        return Intelligence(IntelligenceLevel.BASIC, None, _basic(path), live)

    def _known_of(self, project_id: str, path: str) -> tuple[Knowledge | None, float]:
        """What the store knows, and how many seconds ago it said so; None where it is away."""
        asked = ("intelligence", project_id, path)
        try:
            known = self._read(
                lambda connection: read_knowledge(connection, self._classes, project_id, path),
                timeout=_PATIENCE,
                once=True,
            )
        except ProjectNotFound:
            self._answers.clear(project_id)
            raise
        except (DatabaseUnavailable, DeadlineExceeded):
            last = self._answers.last(asked)
            return (last.value, last.age) if last else (None, 0.0)
        located = known.located
        version, snapshot_id = (located.version, located.snapshot_id) if located else (0, None)
        answer = Answer(known, project_id, version, Level.DATABASE)
        self._answers.put(asked, (*asked, snapshot_id), answer)
        self._accesses.note(project_id)
        return known, 0.0

    def _asked(self, path: str, known: Knowledge) -> Intelligence | str:
        """What the service says now; or why that is of no use."""
        assert self._client is not None
        try:
            root = sent_root(known.project.project_root)
            told = self._client.get_intelligence(path, project_root=root)
        except (ClientError, InvalidRequest) as error:
            return error.code.value
        data = _told(path, known, told)
        return data if isinstance(data, str) else Intelligence(IntelligenceLevel.LIVE, 0.0, data)


def _stored(known: Knowledge, since: float) -> Intelligence | str:
    """What is stored, where that is live; or why it is not."""
    if not known.facts:
        return "no_version"
    if since:
        return "database_away"
    freshness = judge(known.seen_at, known.project.read_at)
    if freshness.reason is not None:
        return freshness.reason
    return Intelligence(IntelligenceLevel.LIVE, known.age, known.facts)


def _told(path: str, known: Knowledge, told: Mapping[str, Any]) -> dict[str, Any] | str:
    """What a service says of a path of this project; or why it is of no use."""
    metadata = told["metadata"]
    if metadata.get("tree_loaded") is False:
        return "no_tree_loaded"
    tree_hash, facts = metadata.get("tree_hash"), known.facts
    is_same = tree_hash is not None and tree_hash == facts.get("tree_hash")
    given = {key: value for key, value in told.items() if key != "metadata"}
    if tree_hash is None:  # upstream's service says neither which tree nor which place it is about
        exists = facts.get("exists_in_tree")
        return {"path": path, "exists_in_tree": exists, **given, "missing": ["places"]}
    place = _place(path, told["intelligence"], metadata.get("places"))
    data = {
        **(facts if is_same else {}),
        "path": path,
        "exists_in_tree": place is not None,
        "tree_hash": tree_hash,
        **given,
        **(place or {}),
    }
    if is_same:
        data["patterns"] = _merged(facts["patterns"], given["patterns"])
        data["relationships"] = _merged(facts["relationships"], given["relationships"])
    return data


def _place(path: str, analysis: Mapping[str, Any], places: Any) -> dict[str, Any] | None:
    """The node that an analysis is about, as the store tells of it; None where it is another."""
    if analysis.get("analysis_type") not in ("file", "directory") or not isinstance(places, list):
        return None
    node = next((each for each in places if isinstance(each, dict)), {})
    if node.get("path") != path:
        return None
    directory, _, name = path.rpartition("/")
    kind = node.get("kind") or ("executable" if node.get("executable") else node.get("type"))
    place = {
        "directory": directory,
        "name": name,
        "extension": node.get("extension"),
        "kind": kind,
        "size_bytes": node.get("size", 0),
        "blake3": node.get("digest"),
        "language": node.get("language"),
        "category": node.get("category"),
    }
    purpose = node.get("inferred_purpose")
    return place if purpose is None else {**place, "directory_purpose": purpose}


def _merged(first: list[Any], second: list[Any]) -> list[Any]:
    return [*first, *(each for each in second if each not in first)]


def _basic(path: str) -> dict[str, Any]:
    """What a path tells by itself."""
    directory, _, name = path.rpartition("/")
    found = shared_classifier(()).classify(
        encode_name(directory), encode_name(name), Kind.FILE, b"", 0
    )
    return {
        **BASIC,
        "path": path,
        "extension": file_extension(name),
        "language": found.language,
    }
