"""Use cases: what is known of a path, from the nearest source that answers."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from onextree.errors import (
    DatabaseUnavailable,
    DeadlineExceeded,
    OnexTreeError,
    ProjectNotFound,
)
from onextree.intelligence.freshness import judge
from onextree.service.base import UseCases
from onextree.service.elsewhere import sent_root
from onextree.service.path_asking import ask_all
from onextree.service.path_memory import Told
from onextree.store.database import RawConnection
from onextree.store.knowledge import Knowledge, read_facts
from onextree.store.projects import find_project
from onextree.store.tree_states import TreeState, read_tree_states
from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.model import Kind
from onextree.tree.names import encode_name
from onextree.tree.query.model import Query, QueryType
from onextree.tree.structure import file_extension

__all__ = ["Intelligence", "IntelligenceLevel", "Intelligences", "basic_intelligence"]

_PATIENCE = 2.0  # seconds that the database, and then the service, has for an answer

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
            snapshot what `onextree.store.knowledge.read_facts` tells and, from an OnexTree
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
        """What is known of a file or directory; see `intelligence_of`.

        Raises:
            InvalidQuery: Nothing can have that path.
            ProjectNotFound: No such project is registered.
        """
        return self.intelligence_of(project_id, [path])[path]

    def intelligence_of(self, project_id: str, paths: Collection[str]) -> dict[str, Intelligence]:
        """What is known of files and directories, by their paths as they are given.

        The service has two seconds for all of them, and the database for each of a few statements.
        While that is away, what it said last is told, as long as this process remembers it.

        Raises:
            InvalidQuery: Nothing can have one of these paths.
            ProjectNotFound: No such project is registered.
        """
        texts = {path: Query.parse(path, QueryType.PATH).text for path in paths}
        wanted = frozenset(texts.values())
        try:
            known = self._read(
                lambda connection: self._known_in(connection, project_id, wanted),
                timeout=_PATIENCE,
                once=True,
            )
        except ProjectNotFound:
            self._paths.clear(project_id)
            raise
        except (DatabaseUnavailable, DeadlineExceeded):
            known = {path: self._paths.last(project_id, path) for path in wanted}
        found = self._best_of({(project_id, path): told for path, told in known.items()})
        return {path: found[project_id, text] for path, text in texts.items()}

    def _known_in(
        self, connection: RawConnection, project_id: str, paths: Collection[str]
    ) -> dict[str, Told | None]:
        states = read_tree_states(connection, [project_id])
        if not states:
            find_project(connection, project_id)  # says what became of it
        return {
            path: told
            for state in states
            for path, told in self._told_paths(connection, state, paths)
        }

    def _told_paths(
        self, connection: RawConnection, state: TreeState, paths: Collection[str]
    ) -> Iterator[tuple[str, Told]]:
        """What is stored of paths, from memory as far as it holds, in the state's transaction."""
        facts = self._paths.get(state, paths)
        missing = [path for path in paths if path not in facts]
        read = read_facts(connection, self._classes, state, missing) if missing else {}
        self._paths.put(state, read)
        self._accesses.note(state.project.project_id)
        for path in paths:
            yield path, Told(Knowledge(state, facts[path] if path in facts else read[path]))

    def _best_of(
        self, known: Mapping[tuple[str, str], Told | None]
    ) -> dict[tuple[str, str], Intelligence]:
        """The best that there is of paths of projects, counted.

        Args:
            known: By project and path; None where the database is away and nothing is remembered.
        """
        asked: dict[tuple[str, str], Knowledge] = {}
        if self._client is not None:
            asked = {
                at: told.knowledge
                for at, told in known.items()
                if told is not None and not told.knowledge.project.is_remote
            }
        live = ask_all(lambda at: self._asked(at[1], asked[at]), asked, seconds=_PATIENCE)
        found = {at: _best(at[1], told, live.get(at)) for at, told in known.items()}
        for level, many in Counter(each.level for each in found.values()).items():
            self._counters.add("intelligence_answers", many, level=level.value)
            if level is not IntelligenceLevel.LIVE:
                self._counters.add("fallback_invocations", many, level=level.value)
        return found

    def _asked(self, path: str, known: Knowledge) -> Intelligence | str:
        """What the service says now; or why that is of no use."""
        assert self._client is not None
        root = sent_root(known.project.project_root)
        told = self._client.get_intelligence(path, project_root=root)
        data = _told(path, known, told)
        return data if isinstance(data, str) else Intelligence(IntelligenceLevel.LIVE, 0.0, data)


def _best(
    path: str, told: Told | None, asked: Intelligence | str | OnexTreeError | None
) -> Intelligence:
    """The best of what is stored and what the service says, if it was asked."""
    if told is None:
        return basic_intelligence(path, "database_away")
    known = told.knowledge
    live = _stored(known, told.since) if asked is None else asked
    if isinstance(live, Intelligence):
        return live
    reason = live.code.value if isinstance(live, OnexTreeError) else live
    if known.facts:
        age = known.age + told.since
        return Intelligence(IntelligenceLevel.SNAPSHOT, age, dict(known.facts), reason)
    return basic_intelligence(path, reason)


def basic_intelligence(path: str | None, reason: str) -> Intelligence:
    """What a path tells by itself, where there is one.

    Args:
        reason: Why nobody tells more.
    """
    data = dict(BASIC) if path is None else _basic(path)
    return Intelligence(IntelligenceLevel.BASIC, None, data, reason)


def _stored(known: Knowledge, since: float) -> Intelligence | str:
    """What is stored, where that is live; or why it is not."""
    if not known.facts:
        return "no_version"
    if since:
        return "database_away"
    freshness = judge(known.seen_at, known.project.read_at)
    if freshness.reason is not None:
        return freshness.reason
    return Intelligence(IntelligenceLevel.LIVE, known.age, dict(known.facts))


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
