"""A small history in which everything holds, for tests that break it."""

from dataclasses import dataclass, field

from tests.checker.facts import (
    Acknowledged,
    Heard,
    Letter,
    Looks,
    Place,
    Record,
    Request,
    Sent,
    Taken,
    Told,
    Version,
)

__all__ = ["TOPICS", "UPDATES", "World"]

TOPICS = {
    name: f"test.{name}"
    for name in (
        *("generation_requested", "generation_started", "generation_completed"),
        *("generation_failed", "enrichment_started", "enrichment_completed"),
    )
}
UPDATES = "test.update_requested"


def _heard(told: Told, offset: int) -> Heard:
    return Heard(Place(TOPICS[told.event], 0, offset), told.project_id, told)


@dataclass(slots=True)
class World:
    """An update that an event asked for, one that a worker asked for, a version more, and poison.

    Project ``shop`` has three versions, ``mill`` has one, and a generation of it that failed.
    """

    versions: list[Version] = field(
        default_factory=lambda: [
            Version("shop", 1, "s1"),
            Version("shop", 2, "s2"),
            Version("shop", 3, "s3"),
            Version("mill", 1, "m1"),
        ]
    )
    told: list[Told] = field(
        default_factory=lambda: [
            Told("shop", 1, "generation_requested", "e1", "by-event"),
            Told("shop", 2, "generation_started", "e2", "by-event"),
            Told("shop", 3, "generation_completed", "e3", "by-event", "s1", 1, changed=True),
            Told("shop", 4, "generation_requested", "e4", "by-worker"),
            Told("shop", 5, "generation_started", "e5", "by-worker"),
            Told("shop", 6, "generation_completed", "e6", "by-worker", "s2", 2, changed=True),
            Told("shop", 7, "generation_completed", "e7", "by-worker", "s3", 3, changed=True),
            Told("shop", 8, "enrichment_started", "e8", "c", "s3", 3),
            Told("shop", 9, "enrichment_completed", "e9", "c", "s3", 3),
            Told("mill", 1, "generation_requested", "f1", "d"),
            Told("mill", 2, "generation_started", "f2", "d"),
            Told("mill", 3, "generation_completed", "f3", "d", "m1", 1, changed=True),
            Told("mill", 4, "generation_requested", "f4", "g"),
            Told("mill", 5, "generation_started", "f5", "g"),
            Told("mill", 6, "generation_failed", "f6", "g"),
        ]
    )
    acknowledged: list[Acknowledged] = field(
        default_factory=lambda: [
            Acknowledged("generate", "mill", 1, "m1"),
            Acknowledged("enrich", "shop", 3, "s3"),
        ]
    )
    sent: list[Sent] = field(
        default_factory=lambda: [
            Sent("please", "shop", "i1", "by-event", is_acknowledged=True),
            Sent("lost", "shop", "i2", "never", is_acknowledged=False),
            Sent("poison", "shop", None, None, is_acknowledged=True),
        ]
    )
    requests: list[Request] = field(
        default_factory=lambda: [Request("shop", "by-worker", may_repeat=False)]
    )
    asked: list[Record] = field(
        default_factory=lambda: [
            Record(Place(UPDATES, 0, 0), "please"),
            Record(Place(UPDATES, 0, 1), "poison"),
            Record(Place(UPDATES, 1, 0), "please"),
        ]
    )
    taken: list[Taken] = field(default_factory=lambda: [Taken("i1", Place(UPDATES, 1, 0))])
    letters: list[Letter] = field(
        default_factory=lambda: [Letter(Place(UPDATES, 0, 1), is_published=True)]
    )
    published: list[Record] = field(
        default_factory=lambda: [
            Record(Place("test.dead_letters", 0, 0), "poison"),
            Record(Place("test.dead_letters", 0, 1), "poison"),
        ]
    )
    looks: dict[tuple[str, str], Looks] = field(
        default_factory=lambda: {
            ("shop", "by-event"): Looks(begun=1, completed=1),
            ("shop", "by-worker"): Looks(begun=1, completed=1),
            ("mill", "d"): Looks(begun=1, completed=1),
            ("mill", "g"): Looks(begun=2, failed=1),
        }
    )
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heard = [_heard(told, offset) for offset, told in enumerate(self.told)]
        self.heard.append(_heard(self.told[2], 99))  # once more

    def told_as(self, event_id: str) -> Told:
        """An event by its id."""
        return next(each for each in self.told if each.event_id == event_id)

    def change(self, event_id: str, **fields: object) -> None:
        """Have the outbox tell otherwise."""
        index = self.told.index(self.told_as(event_id))
        self.told[index] = self.told[index]._replace(**fields)  # type: ignore[arg-type]

    def forget(self, *event_ids: str) -> None:
        """Have the outbox tell nothing of these."""
        self.told = [each for each in self.told if each.event_id not in event_ids]
