from hypothesis import given
from hypothesis import strategies as st

from onextree.store.rows import Rows, compare

keys = st.tuples(st.sampled_from(["", "a", "a/b"]), st.sampled_from("xyz"))
rows = st.dictionaries(
    keys,
    st.tuples(
        st.sampled_from("fx"),
        st.integers(0, 3),
        st.none() | st.just(b"1" * 32),
        st.none() | st.integers(1, 2),
    ),
)


@given(rows, rows)
def test_changes_turn_one_set_of_rows_into_the_other(before: Rows, after: Rows) -> None:
    changes = compare(before, after)
    given_rows = changes.parameters
    result = dict(before)
    for directory, name in zip(given_rows["gone_dirs"], given_rows["gone_names"], strict=True):
        del result[directory, name]
    columns = ("dirs", "names", "kinds", "sizes", "digests", "classes")
    for directory, name, *row in zip(*(given_rows[column] for column in columns), strict=True):
        result[directory, name] = tuple(row)
    assert result == after


@given(rows, rows)
def test_every_change_is_named_once(before: Rows, after: Rows) -> None:
    changes = compare(before, after)
    named = [*changes.added, *changes.modified, *changes.removed]
    assert len(named) == len(set(named))
    every = before.keys() | after.keys()
    # Another class alone is no change of the file.
    changed = {key for key in every if before.get(key, ())[:3] != after.get(key, ())[:3]}
    assert len(named) == len(changed)
