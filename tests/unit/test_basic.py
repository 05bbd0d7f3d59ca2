"""Basic enrichment tells what a tree is made of."""

from onextree.intelligence.basic import describe, directory_purposes
from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.model import Entry, Kind


def entries(*paths: str) -> list[Entry]:
    classify = shared_classifier(()).classify
    made = []
    for number, path in enumerate(sorted(paths)):
        directory, _, name = path.encode().rpartition(b"/")
        found = classify(directory, name, Kind.FILE, b"x", number)
        made.append(Entry(directory, name, Kind.FILE, number, bytes(32), found))
    return made


def test_every_file_is_counted() -> None:
    tree = entries("src/app.py", "src/b.PY", "tests/test_app.py", "README.md", ".env", "a.", "x.b")
    data = describe(tree)
    statistics = data["statistics"]
    assert statistics["total_files_analyzed"] == 7
    assert statistics["file_type_distribution"] == {"py": 3, "": 2, "md": 1, "b": 1}
    assert sum(statistics["categories"].values()) == 7
    assert statistics["categories"]["test"] == 1
    python = next(row for row in statistics["languages"] if row["language"] == "Python")
    assert python["files"] == 3
    assert python["size"] == sum(
        entry.size for entry in tree if entry.name.lower().endswith(b".py")
    )
    assert [row["size"] for row in statistics["largest_files"]] == [6, 5, 4, 3, 2, 1, 0]
    assert data["directory_purposes"] == {"src": "source", "tests": "tests"}


def test_a_purpose_is_stored_where_it_changes() -> None:
    tree = entries("src/a/b/c.py", "src/a/tests/t.py", "pile/x/a.md", "pile/x/y/b.md")
    every = directory_purposes(tree)
    assert every["src/a/b"] == "source"
    assert every["pile/x/y"] == every["pile"] == "documentation"
    assert describe(tree)["directory_purposes"] == {
        "pile": "documentation",
        "src": "source",
        "src/a/tests": "tests",
    }


def test_patterns_name_their_evidence() -> None:
    data = describe(entries("dagster.yaml", "src/shop/__init__.py", "pyproject.toml"))
    found = {pattern["name"]: pattern for pattern in data["architectural_patterns"]}
    assert found["Dagster"]["affected_files"] == ["dagster.yaml"]
    assert found["Python src layout"]["affected_files"] == ["src/shop/__init__.py"]
    assert data["statistics"]["patterns_detected"] == len(found)


def test_an_empty_tree() -> None:
    data = describe([])
    assert data["statistics"]["total_files_analyzed"] == 0
    assert data["directory_purposes"] == {}
