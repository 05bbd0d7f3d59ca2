"""Where contents that are to be stamped lie, and what is known of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from onextree.errors import OnexTreeErrorCode
from onextree.intelligence.freshness import judge
from onextree.service.intelligence import Intelligence, Intelligences, basic_intelligence
from onextree.service.path_memory import Told
from onextree.service.stamping.drafts import Draft
from onextree.store.database import RawConnection
from onextree.store.stamps import StampKey, find_stamps
from onextree.store.tree_states import TreeState, read_tree_states

__all__ = ["AWAY", "Place", "StampLookup", "StampLookups", "find_first", "place_in"]

AWAY = "database_away"

PathOf = tuple[str, str]
"""Project id and path."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a content lies.

    Attributes:
        state: Of its registered project; None where it is of none.
        path: Relative to the project's root; None where that is not known.
        reason: Why no tree can be asked about it; None where one can.
        since: Seconds since the database told of the project; 0 where it has just been asked.
    """

    state: TreeState | None
    path: str | None
    reason: str | None = None
    since: float = 0.0

    @property
    def at(self) -> PathOf | None:
        """What a tree can be asked about."""
        if self.state is None or self.path is None or self.reason is not None:
            return None
        return self.state.project.project_id, self.path


@dataclass(slots=True)
class StampLookup:
    """What was found out about contents.

    Attributes:
        places: Of each content.
        known: What is stored about paths; None where the database is away and nothing is
            remembered.
        first: When contents were stamped first; None until the database was asked.
        is_away: Whether the database is.
    """

    places: Sequence[Place]
    known: Mapping[PathOf, Told | None] = field(default_factory=dict)
    first: Mapping[StampKey, datetime] | None = None
    is_away: bool = False

    def stale(self) -> frozenset[str]:
        """Projects of these contents whose trees are missing, or were not verified for a day."""
        states = {
            place.at[0]: (place.state, place.since)
            for place in self.places
            if place.at is not None and place.state is not None
        }
        return frozenset(
            project_id
            for project_id, (state, since) in states.items()
            if not judge(state.seen_at, state.project.read_at + timedelta(seconds=since)).is_fresh
        )


class StampLookups(Intelligences):
    """Looking contents up."""

    def _look_up_stamps(self, connection: RawConnection, drafts: Sequence[Draft]) -> StampLookup:
        """Places of contents, and what is stored about them; in a few statements."""
        states = read_tree_states(connection, _named(drafts), _above(drafts))
        places = place_in(states, drafts)
        return StampLookup(places, dict(self._told_places(connection, places)))

    def _told_places(
        self, connection: RawConnection, places: Iterable[Place]
    ) -> Iterator[tuple[PathOf, Told]]:
        paths: defaultdict[str, set[str]] = defaultdict(set)
        states: dict[str, TreeState] = {}
        for place in places:
            if place.at is not None and place.state is not None:
                paths[place.at[0]].add(place.at[1])
                states[place.at[0]] = place.state
        for project_id, state in states.items():
            for path, told in self._told_paths(connection, state, paths[project_id]):
                yield (project_id, path), told

    def _remembered_places(self, drafts: Sequence[Draft]) -> StampLookup:
        """The same without the database, as far as this process remembers it."""
        states = self._paths.last_states()
        places = place_in(states, drafts, AWAY)
        known = {place.at: self._paths.last(*place.at) for place in places if place.at is not None}
        aged = [
            Place(place.state, place.path, place.reason, told.since)
            if place.at is not None and (told := known[place.at]) is not None
            else place
            for place in places
        ]
        return StampLookup(aged, known, is_away=True)

    def _intelligence_at(self, drafts: Sequence[Draft], look: StampLookup) -> list[Intelligence]:
        """What is known of each content's file."""
        found = self._best_of(look.known)
        return [
            found[place.at]
            if place.at is not None
            else basic_intelligence(draft.path, place.reason or AWAY)
            for draft, place in zip(drafts, look.places, strict=True)
        ]


def find_first(connection: RawConnection, drafts: Collection[Draft]) -> Mapping[StampKey, datetime]:
    """When contents that were read were stamped first."""
    return find_stamps(connection, {draft.key for draft in drafts})


def place_in(
    states: Iterable[TreeState], drafts: Iterable[Draft], missing: str | None = None
) -> list[Place]:
    """Where contents lie, among these projects.

    Args:
        missing: Why a project is not among them; by default it is not registered.
    """
    by_id: dict[str, TreeState] = {}
    by_root: dict[str, TreeState] = {}
    for state in states:
        by_id[state.project.project_id] = state
        if not state.project.is_remote:
            by_root.setdefault(state.project.project_root, state)
    return [
        _placed(draft, by_root, missing)
        if draft.project_id is None
        else _placed_in(by_id.get(draft.project_id), draft, missing)
        for draft in drafts
    ]


def _placed_in(state: TreeState | None, draft: Draft, missing: str | None) -> Place:
    """In the project that was named."""
    if state is None:
        return Place(None, None, missing or OnexTreeErrorCode.PROJECT_NOT_FOUND.value)
    path = draft.path
    if path is not None and path.startswith("/"):
        path = None if state.project.is_remote else _below(path, state.project.project_root)
    return Place(state, path, None if path is not None else _pathless(draft, "outside_of_root"))


def _placed(draft: Draft, by_root: Mapping[str, TreeState], missing: str | None) -> Place:
    """In the innermost project around it."""
    path = draft.path
    if path is None or not path.startswith("/"):
        return Place(None, None, _pathless(draft, "no_project"))
    for root in _around(path.rpartition("/")[0]):
        if (state := by_root.get(root)) is not None:
            return Place(state, _below(path, root))
    return Place(None, None, missing or "no_project")


def _pathless(draft: Draft, otherwise: str) -> str:
    return "no_path" if draft.asked.file_path is None else otherwise


def _named(drafts: Iterable[Draft]) -> set[str]:
    return {draft.project_id for draft in drafts if draft.project_id is not None}


def _above(drafts: Iterable[Draft]) -> set[str]:
    """Directories that can be the root of a project that nobody named."""
    inner = {
        draft.path.rpartition("/")[0]
        for draft in drafts
        if draft.project_id is None and draft.path is not None and draft.path.startswith("/")
    }
    return {root for directory in inner for root in _around(directory)}


def _around(directory: str) -> Iterator[str]:
    """An absolute directory, without a slash at its end, and those around it."""
    while directory:
        yield directory
        directory = directory.rpartition("/")[0]
    yield "/"


def _below(path: str, root: str) -> str | None:
    start = root if root.endswith("/") else f"{root}/"
    return (path.removeprefix(start) or None) if path.startswith(start) else None
