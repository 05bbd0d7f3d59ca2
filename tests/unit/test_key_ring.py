"""API keys in the memory of a process: who is let in, and for what."""

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.api.keys import ANYBODY, Caller, KeyRing
from onextree.errors import DatabaseUnavailable, Forbidden, InvalidRequest, Unauthorized
from onextree.store.api_keys import (
    MadeKey,
    StoredKey,
    check_key_name,
    hash_secret,
    make_key,
    parse_key,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def stored(
    key: MadeKey, *, projects: Sequence[str] | None = None, may_write: bool = False
) -> StoredKey:
    return StoredKey(key.key_id, "ci", key.secret_hash, may_write, projects, NOW, None, None)


def key_of(key_id: str, secret: str) -> MadeKey:
    """The same in each process, as names of tests have to be."""
    return MadeKey(key_id, f"onex_{key_id}_{secret}", hash_secret(secret))


KEY = key_of("0123456789abcdef", "kOtRtLbPfEwsRtRnhjo6whI7WWO-U2i3MSaiFsmU_2w")
OTHER = key_of("fedcba9876543210", "UhdOS_aShGDmhOx2VSJC9_VABf7V2gH6gbgoeeFj2AU")
RING = KeyRing(lambda: [stored(KEY)], clock=lambda: 0.0)  # its keys never become old
RING.refresh()


class Store:
    """Keys that are read from here, or cannot be."""

    def __init__(self, *keys: StoredKey) -> None:
        self.keys = list(keys)
        self.is_down = False
        self.now = 1000.0

    def load(self) -> Sequence[StoredKey]:
        if self.is_down:
            raise DatabaseUnavailable("PostgreSQL cannot be reached.")
        return list(self.keys)

    def clock(self) -> float:
        return self.now

    def ring(self) -> KeyRing:
        ring = KeyRing(self.load, clock=self.clock)
        ring.refresh()
        return ring


@pytest.mark.parametrize(
    ("authorization", "x_api_key"),
    [
        (f"Bearer {KEY.text}", None),
        (f"bearer {KEY.text}", None),
        (f"BEARER   {KEY.text} ", None),
        (None, KEY.text),
        ("Basic cHJveHk6cHJveHk=", KEY.text),
    ],
)
def test_a_key_is_taken_from_either_header(
    authorization: str | None, x_api_key: str | None
) -> None:
    assert RING.authenticate(authorization, x_api_key) == Caller("ci", False, None)


@pytest.mark.parametrize(
    ("authorization", "x_api_key"),
    [
        (None, None),
        ("", ""),
        (KEY.text, None),
        (f"Basic {KEY.text}", None),
        (f"Bearer{KEY.text}", None),
        (None, f"Bearer {KEY.text}"),
        (f"Bearer {KEY.text}", ""),
        (f"Bearer {KEY.text}", OTHER.text),
        (None, f" {KEY.text}"),
        (None, f"{KEY.text}\n"),
        (None, KEY.text.upper()),
        (None, KEY.text[:-1]),
        (None, f"{KEY.text}A"),
        (None, f"onex_{KEY.key_id}_{OTHER.text[-43:]}"),
        (None, f"onex_{OTHER.key_id}_{KEY.text[-43:]}"),
        (None, f"onex_{KEY.key_id}_{KEY.secret_hash.hex()}"),
    ],
)
def test_nothing_else_is_let_in(authorization: str | None, x_api_key: str | None) -> None:
    with pytest.raises(Unauthorized):
        RING.authenticate(authorization, x_api_key)


anything = st.none() | st.text() | st.text(st.characters(codec="latin-1"))
nearly = st.builds(
    lambda cut, put, rest: f"{KEY.text[:cut]}{put}{KEY.text[cut + rest :]}",
    st.integers(0, len(KEY.text)),
    st.text(max_size=3) | st.sampled_from("onex_-0aA="),
    st.integers(0, 2),
).filter(lambda text: text != KEY.text)


@given(anything | nearly | nearly.map(lambda text: f"Bearer {text}"), anything | nearly)
def test_no_text_is_let_in_or_breaks_anything(
    authorization: str | None, x_api_key: str | None
) -> None:
    if authorization is not None and authorization.partition(" ")[2].strip(" ") == KEY.text:
        return
    with pytest.raises(Unauthorized) as caught:
        RING.authenticate(authorization, x_api_key)
    for text in (KEY.text[-43:], KEY.secret_hash.hex()):
        assert text not in f"{caught.value!r} {caught.value.as_dict()}"


@given(
    st.integers(0, 42), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
)
def test_a_secret_that_differs_in_one_character_is_another(place: int, character: str) -> None:
    at = len(KEY.text) - 43 + place
    text = KEY.text[:at] + character + KEY.text[at + 1 :]
    if text != KEY.text:
        with pytest.raises(Unauthorized):
            RING.authenticate(None, text)


def test_an_unknown_key_and_a_wrong_secret_are_refused_alike() -> None:
    messages = set()
    for text in (OTHER.text, f"onex_{KEY.key_id}_{'A' * 43}", "nonsense"):
        with pytest.raises(Unauthorized) as caught:
            RING.authenticate(None, text)
        messages.add(str(caught.value.as_dict()))
    assert len(messages) == 1


def test_each_key_is_another_one_of_256_random_bits() -> None:
    made = [make_key() for _ in range(500)]
    assert len({key.key_id for key in made}) == len({key.text[-43:] for key in made}) == 500
    for key in made:
        assert parse_key(key.text) == (key.key_id, key.text[-43:])
        assert key.text not in repr(key)
        assert key.secret_hash.hex() not in repr(key)


def test_a_hash_is_not_shown_by_accident() -> None:
    assert repr(KEY.secret_hash) not in repr(stored(KEY))


def test_a_key_is_for_its_projects_alone() -> None:
    caller = Caller("ci", may_write=True, projects=frozenset({"shop"}))
    caller.require("shop", write=True)
    with pytest.raises(Forbidden):
        caller.require_all()
    answers = set()
    for project_id in ("other", "not-there", "Shop", "", "shop/../other"):
        with pytest.raises(Forbidden) as caught:
            caller.require(project_id)
        answers.add(str(caught.value.as_dict()))
    assert len(answers) == 1


def test_a_key_for_reading_does_not_write() -> None:
    for caller in (Caller("ci", False, None), Caller("ci", False, frozenset({"shop"}))):
        caller.require("shop")
        with pytest.raises(Forbidden, match="reading alone"):
            caller.require("shop", write=True)
    with pytest.raises(Forbidden, match="reading alone"):
        Caller("ci", False, None).require_all(write=True)
    Caller("ci", True, None).require_all(write=True)


def test_whether_a_foreign_project_is_written_or_read_is_answered_alike() -> None:
    caller = Caller("ci", may_write=False, projects=frozenset({"shop"}))
    answers = set()
    for write in (True, False):
        with pytest.raises(Forbidden) as caught:
            caller.require("other", write=write)
        answers.add(caught.value.message)
    assert len(answers) == 1


def test_a_key_whose_projects_are_gone_is_for_none() -> None:
    ring = KeyRing(lambda: [stored(KEY, projects=[], may_write=True)])
    ring.refresh()
    caller = ring.authenticate(None, KEY.text)
    assert caller.projects == frozenset()
    with pytest.raises(Forbidden):
        caller.require("shop")
    with pytest.raises(Forbidden):
        caller.require_all()


def test_anybody_may_do_everything_where_no_keys_are_asked_for() -> None:
    ANYBODY.require("shop", write=True)
    ANYBODY.require_all(write=True)


def test_a_revoked_key_is_refused_once_keys_were_read_again() -> None:
    store = Store(stored(KEY))
    ring = store.ring()
    ring.authenticate(None, KEY.text)
    store.keys.clear()
    ring.refresh()
    with pytest.raises(Unauthorized):
        ring.authenticate(None, KEY.text)


def test_the_last_keys_are_good_for_a_minute_without_a_database() -> None:
    store = Store(stored(KEY))
    ring = store.ring()
    store.is_down = True
    for _ in range(29):
        store.now += 2
        ring.refresh()
        ring.authenticate(None, KEY.text)
    store.now += 3
    ring.refresh()
    for text in (KEY.text, make_key().text):
        with pytest.raises(DatabaseUnavailable):
            ring.authenticate(None, text)
    with pytest.raises(Unauthorized):
        ring.authenticate(None, None)
    store.is_down = False
    ring.refresh()
    ring.authenticate(None, KEY.text)


def test_nobody_is_let_in_before_keys_could_be_read() -> None:
    store = Store(stored(KEY))
    store.is_down = True
    with pytest.raises(DatabaseUnavailable):
        store.ring().authenticate(None, KEY.text)


def test_keys_are_read_by_themselves_whatever_goes_wrong(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[Exception] = [
        RuntimeError("nobody expected it"),
        DatabaseUnavailable("PostgreSQL cannot be reached."),
    ]
    read = threading.Event()
    store = Store()

    def load() -> Sequence[StoredKey]:
        if store.keys and failures:
            raise failures.pop()
        if store.keys:
            read.set()
        return store.load()

    with caplog.at_level(logging.WARNING), KeyRing(load, seconds=0.001) as ring:
        store.keys = [stored(KEY)]
        assert read.wait(30)
        while not _is_let_in(ring):
            pass
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


def _is_let_in(ring: KeyRing) -> bool:
    with suppress(Unauthorized):
        return bool(ring.authenticate(None, KEY.text))
    return False


def test_uses_are_noted_behind_the_requests() -> None:
    noted: list[Mapping[str, datetime]] = []
    with KeyRing(lambda: [stored(KEY)], noted.append) as ring:
        for _ in range(3):
            ring.authenticate(None, KEY.text)
        with pytest.raises(Unauthorized):
            ring.authenticate(None, make_key().text)
        assert not noted
    (uses,) = noted
    assert list(uses) == [KEY.key_id]


def test_uses_that_cannot_be_noted_stop_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def note(uses: Mapping[str, datetime]) -> None:
        raise DatabaseUnavailable("PostgreSQL cannot be reached.")

    with KeyRing(lambda: [stored(KEY)], note) as ring:
        ring.authenticate(None, KEY.text)
    assert "The last use of API keys is not stored" in caplog.text


@pytest.mark.parametrize("name", ["ci", "a.b_c-D", "x" * 100])
def test_names_are_words(name: str) -> None:
    assert check_key_name(name) == name


@pytest.mark.parametrize("name", ["", "a b", "a\n", "ä", "x" * 101, "a/b", "\x1b[31m"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        check_key_name(name)
