"""Every directory has a purpose."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.tree.classification.model import Category
from onextree.tree.classification.purposes import directory_purpose, purposes


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("src", "source"),
        ("a/lib", "source"),
        ("a/Tests", "tests"),
        ("docs", "documentation"),
        ("db/migrations", "migrations"),
        ("scripts", "scripts"),
        (".github/workflows", "continuous integration"),
        ("web/static", "assets"),
        ("examples", "examples"),
        ("benchmarks", "benchmarks"),
        ("vendor", "vendored"),
        ("node_modules", "vendored"),
        ("api", "interface"),
        ("models", "models"),
        ("services", "services"),
        ("repositories", "repositories"),
        ("quux", None),
        ("", None),
    ],
)
def test_a_name_tells_a_purpose(path: str, purpose: str | None) -> None:
    assert directory_purpose(path) == purpose


def test_a_name_counts_before_what_is_above_and_that_before_the_files() -> None:
    directories = ["", "src", "src/quux", "src/quux/deep", "src/quux/docs", "quux", "bare"]
    files = {"quux": Counter({Category.TEST: 2, Category.DATA: 1})}
    files["src/quux"] = Counter({Category.DATA: 9})
    assert purposes(directories, files) == {
        "": "project",
        "src": "source",
        "src/quux": "source",
        "src/quux/deep": "source",
        "src/quux/docs": "documentation",
        "quux": "tests",
        "bare": "other",
    }


def test_files_can_be_counted_by_a_function_and_a_tie_is_always_the_same() -> None:
    assert purposes(["x"], lambda _: Counter([Category.DATA, Category.SOURCE])) == {"x": "source"}
    assert purposes(["x"], lambda _: Counter([Category.SOURCE, Category.DATA])) == {"x": "source"}


@given(st.lists(st.text(alphabet="abcsrt/", max_size=12)))
def test_every_directory_has_a_purpose_whatever_the_order(directories: list[str]) -> None:
    found = purposes(directories, {})
    assert set(found) == set(directories)
    assert all(found.values())
    assert found == purposes(reversed(directories), {})
