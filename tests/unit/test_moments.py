"""How a version is named."""

from datetime import UTC, datetime

import pytest

from onextree.errors import InvalidQuery
from onextree.store.moments import NEWEST, Moment, continued


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12", Moment(version=12)),
        ("999999", Moment(version=999_999)),
        ("1234567", Moment(commit="1234567")),  # every 27th abbreviated commit has digits alone
        ("abcdef0", Moment(commit="abcdef0")),
        ("a" * 40, Moment(commit="a" * 40)),
        ("2026-01-31T12:00Z", Moment(time=datetime(2026, 1, 31, 12, tzinfo=UTC))),
        ("2026-01-31 12:00:00.5+00:00", Moment(time=datetime(2026, 1, 31, 12, 0, 0, 500_000, UTC))),
    ],
)
def test_what_people_write(text: str, moment: Moment) -> None:
    assert Moment.parse(text) == moment


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "abc", "ABCDEF0", "a" * 65, "2026-01-31", "2026-01-31T12:00", "١٢"]
)
def test_what_names_no_version(text: str) -> None:
    with pytest.raises(InvalidQuery):
        Moment.parse(text)


def test_one_of_them() -> None:
    with pytest.raises(InvalidQuery, match="one of them"):
        Moment(version=1, commit="abcdef0").check()


def test_the_pages_of_an_answer_are_of_one_version() -> None:
    assert continued(NEWEST, 3) == continued(Moment(version=3), 3) == Moment(version=3)
    with pytest.raises(InvalidQuery, match="of version 3"):
        continued(Moment(version=2), 3)
