"""A tree as nodes is the same in SQL, JSON and `.onextree` files, and comes back from them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from onextree.errors import InvalidTreeFile, TreeShrank, TreeTooLarge
from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree.tree.classification.model import Category, FileClass
from onextree.tree.model import Entry, Kind
from onextree.tree.structure import entries_of, tree_structure
from onextree.tree.tree_file import read_tree_file, write_tree_file
from tests.repositories import Repository

names = st.binary(min_size=1, max_size=4).filter(
    lambda name: name not in {b".", b".."} and b"/" not in name and b"\0" not in name
)
paths = st.lists(names, min_size=1, max_size=4)
contents = st.one_of(
    st.tuples(
        st.sampled_from([Kind.FILE, Kind.EXECUTABLE, Kind.SYMLINK, Kind.SUBMODULE]),
        st.integers(0, 2**62),
        st.none() | st.binary(min_size=32, max_size=32),
        st.none()
        | st.builds(
            FileClass,
            st.none() | st.just("Python"),
            st.sampled_from(Category),
            st.just("imported"),
        ),
    ),
    st.just((Kind.REPOSITORY, 0, None, None)),
)


@given(st.lists(st.tuples(paths, contents), max_size=8))
def test_entries_come_back_from_nodes(drawn: list[tuple[list[bytes], Any]]) -> None:
    whole = {tuple(path): content for path, content in drawn}
    entries = sorted(
        Entry(b"/".join(path[:-1]), path[-1], *content)
        for path, content in whole.items()
        if not any(other[: len(path)] == path and other != path for other in whole)
    )
    root = json.loads(json.dumps(tree_structure(entries, {}, "root")))
    assert sorted(entries_of(root)) == entries


@pytest.fixture
def project_id(service: OnexTreeService, repository: Repository) -> str:
    for path in ("src/app.py", "src/deep/er/x.ts", "docs/readme.md", "Makefile", "a", "a.b/c"):
        repository.write(path, path)
    repository.write(b"odd/\xff\n", "x")
    repository.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    (repository.root / "link").symlink_to("a")
    Repository.init(repository.root / "nested")
    return service.add_project(repository.root).project_id


def test_sql_says_the_same(service: OnexTreeService, database: Database, project_id: str) -> None:
    service.generate(project_id)
    exported = service.export_tree(project_id)
    with database.transaction() as connection:
        row = connection.execute(
            "SELECT tree_structure FROM onextree_snapshots WHERE project_id = %s", (project_id,)
        ).fetchone()
    assert row is not None
    assert row[0] == exported["tree"]
    nodes = {node["name"]: node for node in exported["tree"]["children"]}
    assert nodes["src"]["inferred_purpose"] == "source"
    assert nodes["docs"]["children"][0]["language"] == "Markdown"
    assert nodes["Makefile"]["category"] == "build"
    assert nodes["link"]["kind"] == "symlink"
    assert nodes["run.sh"]["executable"] is True


def test_every_node_is_as_documented(service: OnexTreeService, project_id: str) -> None:
    schema = json.loads(
        (Path(__file__).parents[2] / "docs" / "tree-structure.schema.json").read_text()
    )["$defs"]["node"]
    service.generate(project_id)
    waiting = [service.export_tree(project_id)["tree"]]
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        seen |= node.keys()
        assert set(schema["required"]) <= node.keys() <= schema["properties"].keys()
        for name in ("type", "kind", "category"):
            assert name not in node or node[name] in schema["properties"][name]["enum"]
        waiting.extend(node["children"])
    assert seen == schema["properties"].keys()


def test_a_file_comes_back_as_the_same_version(
    service: OnexTreeService, project_id: str, tmp_path: Path
) -> None:
    first = service.generate(project_id)
    file = tmp_path / "it.onextree"
    with file.open("w") as stream:
        write_tree_file(service.export_tree(project_id), stream)
    again = service.import_tree(project_id, read_tree_file(file))
    assert (again.recorded.version, again.changed) == (1, False)
    assert again.tree.tree_hash == first.tree.tree_hash
    content = yaml.safe_load(file.read_text())
    assert content["version"] == "1.0.0"
    assert content["statistics"]["total_files"] == first.tree.total_files
    assert "null" not in file.read_text()


def test_the_older_dialect(service: OnexTreeService, project_id: str, tmp_path: Path) -> None:
    file = tmp_path / "old.onextree"
    file.write_text(
        "name: shop\ntype: directory\nchildren:\n"
        "- {name: src, type: directory, children: [{name: app.py, type: file}]}\n"
        "- {name: empty, type: directory, children: []}\n"
        "- {name: README, type: file}\n"
    )
    made = service.import_tree(project_id, read_tree_file(file))
    assert made.recorded.version == 1
    assert [entry.path for entry in service.files(project_id)] == [b"README", b"src/app.py"]
    assert service.show(project_id).trigger_type == "import"


BAD = {
    "no yaml": "{",
    "a list": "- 1\n",
    "a file": "{name: x, type: file}",
    "a bomb": "a: &a [x]\ntree: {type: directory, children: [*a, *a]}\n",
    "dots": "{type: directory, children: [{name: .., type: file}]}",
    "a slash": "{type: directory, children: [{name: a/b, type: file}]}",
    "no name": "{type: directory, children: [{type: file}]}",
    "no type": "{type: directory, children: [{name: a}]}",
    "twice": "{type: directory, children: [{name: a, type: file}, {name: a, type: file}]}",
    "another path": "{type: directory, children: [{name: a, type: file, path: b}]}",
    "children of a file": "{type: directory, children: [{name: a, type: file, children: [1]}]}",
    "a size": "{type: directory, children: [{name: a, type: file, size: -1}]}",
    "a digest": "{type: directory, children: [{name: a, type: file, digest: abc}]}",
    "a kind": "{type: directory, children: [{name: a, type: file, kind: socket}]}",
    "a category": "{type: directory, children: [{name: a, type: file, category: x}]}",
    "too deep": "{type: directory, children: " + "[" * 5000,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.onextree"
    file.write_text(BAD[name])
    with pytest.raises(InvalidTreeFile):
        list(entries_of(read_tree_file(file)))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidTreeFile, match="cannot be read"):
        read_tree_file(tmp_path / "none.onextree")


def test_a_tree_that_lost_most_of_its_files_needs_force(
    service: OnexTreeService, project_id: str, repository: Repository
) -> None:
    first = service.generate(project_id)
    verified = service.find_project(project_id).verified_at
    for entry in list(os.scandir(repository.root)):
        if entry.name not in (".git", "a", "Makefile", "src", "a.b"):
            (repository.root / entry.name).rename(repository.root.parent / entry.name)
    kept = service.generate(project_id)  # five of nine are left
    assert kept.recorded.version == 2
    (repository.root / "src").rename(repository.root.parent / "src")
    (repository.root / "a").unlink()
    with pytest.raises(TreeShrank, match="--force") as caught:
        service.generate(project_id)
    assert caught.value.details["files_before"] == 5
    assert caught.value.details["files_now"] == 2
    assert service.show(project_id).version == 2
    assert service.find_project(project_id).verified_at != verified
    assert service.generate(project_id, force=True).recorded.version == 3
    assert first.tree.total_files == 9 + 1


def test_limits_are_settings(
    service: OnexTreeService, project_id: str, repository: Repository
) -> None:
    service._settings.max_files = 3
    with pytest.raises(TreeTooLarge):
        service.generate(project_id)
    assert service.find_project(project_id).last_version == 0
