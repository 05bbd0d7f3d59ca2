"""Which removed and added files are told as one that was renamed."""

import pytest

from onextree.tree.diff.model import ChangeKind, FileState, sum_directories
from onextree.tree.diff.renames import as_changes, pair_renames


def file(content: int, size: int = 100, kind: str = "f") -> FileState:
    return FileState(kind, size, bytes([content]) * 32)


def pairs(removed: dict[str, FileState], added: dict[str, FileState]) -> set[tuple[str, str]]:
    return {(pair.old, pair.new) for pair in pair_renames(removed, added)}


def test_the_same_content_is_the_same_file() -> None:
    assert pairs({"a.py": file(1)}, {"lib/b.py": file(1)}) == {("a.py", "lib/b.py")}


def test_of_several_the_one_of_the_same_name() -> None:
    removed = {"x/a.py": file(1), "x/b.py": file(1)}
    added = {"y/b.py": file(1), "y/c.py": file(1)}
    assert pairs(removed, added) == {("x/b.py", "y/b.py"), ("x/a.py", "y/c.py")}


def test_a_copy_is_no_rename() -> None:
    assert pairs({"a": file(1)}, {"b": file(1), "c": file(1)}) == {("a", "b")}


def test_empty_files_tell_nothing() -> None:
    assert pairs({"a/x": file(1, 0)}, {"b/y": file(1, 0)}) == set()


def test_a_link_is_no_file_of_the_same_digest() -> None:
    assert pairs({"a": file(1, kind="l")}, {"b": file(1)}) == set()
    assert pairs({"a": file(1, kind="x")}, {"b": file(1)}) == {("a", "b")}


def test_moved_and_edited_with_its_directory() -> None:
    removed = {"old/__init__.py": file(1, 90), "old/app.py": file(2)}
    added = {"new/__init__.py": file(3, 100), "new/app.py": file(2)}
    (exact, alike) = pair_renames(removed, added)
    assert exact == ("old/app.py", "new/app.py", 1.0)
    assert alike[:2] == ("old/__init__.py", "new/__init__.py")
    assert 0.9 < alike.similarity < 1


def test_the_same_name_elsewhere_is_another_file() -> None:
    assert pairs({"a/__init__.py": file(1)}, {"z/__init__.py": file(2)}) == set()


def test_renamed_and_edited_in_its_directory() -> None:
    assert pairs({"src/user_service.py": file(1)}, {"src/user_services.py": file(2, 104)}) == {
        ("src/user_service.py", "src/user_services.py")
    }


@pytest.mark.parametrize(
    ("old", "new"), [("a.py", "zz.py"), ("src/app.py", "src/cart.py"), ("app.py", "app.ts")]
)
def test_a_size_alone_makes_no_rename(old: str, new: str) -> None:
    assert pairs({old: file(1)}, {new: file(2)}) == set()


def test_changes_are_sorted_and_summed_up() -> None:
    changes = as_changes(
        [
            ("src/new.py", None, file(1)),
            ("lib/old.py", file(1), None),
            ("src/app.py", file(2, 10), file(3, 30)),
            ("gone", file(4, 7), None),
        ]
    )
    assert [(each.change, each.path, each.old_path) for each in changes] == [
        (ChangeKind.REMOVED, "gone", None),
        (ChangeKind.MODIFIED, "src/app.py", None),
        (ChangeKind.RENAMED, "src/new.py", "lib/old.py"),
    ]
    sums = {each.directory: each for each in sum_directories(changes)}
    assert sorted(sums) == ["", "lib", "src"]
    assert (sums[""].changes, sums[""].renamed, sums[""].grown) == (3, 1, 20 - 7)
    assert (sums["lib"].renamed, sums["lib"].grown) == (1, -100)
    assert (sums["src"].renamed, sums["src"].modified, sums["src"].grown) == (1, 1, 120)
