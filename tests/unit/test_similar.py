"""Which files are like a file."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.intelligence.similar import similar_files


def code(paths: Iterable[str], edges: Iterable[tuple[str, str]] = ()) -> CodeBase:
    files = [CodeFile(path, _language(path), _category(path), b"", 1, 1) for path in sorted(paths)]
    numbers = {file.path: number for number, file in enumerate(files)}
    return CodeBase(
        files, sorted({Edge(numbers[one], numbers[other], 1, "import") for one, other in edges})
    )


def _language(path: str) -> str:
    return "Go" if path.endswith(".go") else "Python"


def _category(path: str) -> str:
    return "test" if "test" in path else "source"


def similar(base: CodeBase, path: str, most: int = 10) -> list[str]:
    return [base.files[number].path for number in similar_files(base, base.numbers[path], most)]


def test_files_with_words_in_common_are_alike_and_more_so_in_the_same_directory() -> None:
    base = code(
        ["a/user_repo.py", "a/order_repo.py", "a/UserRepo.py", "b/price_repo.py", "a/view.py"]
    )
    assert similar(base, "a/user_repo.py") == [
        "a/UserRepo.py",
        "a/order_repo.py",
        "b/price_repo.py",
    ]
    assert similar(base, "a/user_repo.py", most=1) == ["a/UserRepo.py"]


def test_files_that_import_the_same_or_are_imported_together_are_alike() -> None:
    base = code(
        ["app.py", "one/a.py", "two/b.py", "three/c.py", "base.py"],
        [
            ("one/a.py", "base.py"),
            ("two/b.py", "base.py"),
            ("app.py", "one/a.py"),
            ("app.py", "three/c.py"),
        ],
    )
    assert set(similar(base, "one/a.py")) == {"two/b.py", "three/c.py"}


def test_sharing_all_counts_more_than_sharing_some() -> None:
    base = code(
        ["x/a.py", "y/b.py", "z/c.py", "base.py", "more.py"],
        [
            ("x/a.py", "base.py"),
            ("y/b.py", "base.py"),
            ("y/b.py", "more.py"),
            ("z/c.py", "base.py"),
        ],
    )
    assert similar(base, "x/a.py") == ["z/c.py", "y/b.py"]


def test_only_files_of_the_same_language_and_category_are_alike() -> None:
    assert not similar(code(["repo.py", "repo.go", "test_repo.py"]), "repo.py")


def test_a_directory_or_a_name_that_all_have_makes_nothing_alike() -> None:
    assert not similar(code(["a/__init__.py", "b/__init__.py", "a/one.py", "a/two.py"]), "a/one.py")
    assert not similar(code(["a/__init__.py", "b/__init__.py"]), "a/__init__.py")


def test_what_everything_imports_tells_nothing() -> None:
    paths = [f"{number}.py" for number in range(600)]
    some = code([*paths[:9], "base.py"], [(path, "base.py") for path in paths[:9]])
    assert len(similar(some, "0.py")) == 8
    whole = code([*paths, "base.py"], [(path, "base.py") for path in paths])
    assert not similar(whole, "0.py")


NAMES = st.sampled_from(["a.py", "b_a.py", "x/a_c.py", "x/c.py", "y/index.py", "y/c_a.go", "z.go"])


@given(st.sets(NAMES, min_size=1), st.data())
def test_the_answer_is_always_the_same_and_holds_no_file_twice_nor_itself(
    paths: set[str], data: st.DataObject
) -> None:
    drawn = st.tuples(st.sampled_from(sorted(paths)), st.sampled_from(sorted(paths)))
    edges = [edge for edge in data.draw(st.lists(drawn)) if edge[0] != edge[1]]
    for path in paths:
        found = similar(code(paths, edges), path, most=3)
        assert found == similar(code(paths, reversed(edges)), path, most=3)
        assert len(found) == len(set(found)) <= 3
        assert path not in found
