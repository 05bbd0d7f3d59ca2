"""POST /tree/incremental-update for the git hook that the specification prints."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from onextree.api.bridge.hook_bodies import repaired
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.bridges import Api, running_bridge
from tests.repositories import Repository

URL = "/tree/incremental-update"


@pytest.fixture
def project(repository: Repository, service: OnexTreeService) -> Repository:
    repository.write("src/app.py", "print(1)\n")
    repository.write("libs/one/a.py", "a\n")
    repository.write("README.md", "# Shop\n")
    repository.commit("first")
    for root, project_id in ((repository.root, "shop"), (repository.root / "libs/one", "one")):
        service.add_project(root, project_id)
        service.generate(project_id)
    return repository


@pytest.fixture
def api(settings: Settings, project: Repository) -> Iterator[Api]:
    with running_bridge(settings, debounce_seconds=0.05) as running:
        yield running


def body_of(root: str, files: str) -> str:
    """The hook's body, with what jq printed in the place of the files."""
    return (
        "{\n"
        f'    "project_root": "{root}",\n'
        f'    "modified_files": {files},\n'
        '    "trigger_type": "git_commit"\n'
        "  }"
    )


def post(api: Api, body: str) -> dict[str, Any]:
    """What an update stored, by project."""
    headers = {"Content-Type": "application/json"}
    answer = api.post(URL, content=body.encode(), headers=headers).json()
    assert answer["status"] == "success", answer
    return {each["project_id"]: each for each in answer["metadata"]["projects"]}


def echoed(paths: list[str]) -> str:
    """`echo $CHANGED_FILES | jq -R -s -c 'split("\\n")'`."""
    return json.dumps([" ".join(paths), ""])


@pytest.mark.parametrize(
    "printed",
    [
        lambda _: "",  # jq is not there, or refuses its program
        echoed,
        lambda paths: json.dumps([*paths, ""]),  # of a hook that quotes $CHANGED_FILES
    ],
    ids=["nothing", "one text", "a text each"],
)
def test_whatever_it_names_the_commit_is_found(
    api: Api, project: Repository, printed: Callable[[list[str]], str]
) -> None:
    project.write("src/app.py", "print(2)\n")
    project.write("README.md", "# Other shop\n")
    project.write("src/new name.py", "x = 1\n")
    project.write("libs/one/a.py", "b\n")
    project.commit("second")
    paths = ["README.md", "libs/one/a.py", "src/app.py", "src/new name.py"]
    told = post(api, body_of(str(project.root), printed(paths)))
    assert {name: each["files_updated"] for name, each in told.items()} == {"shop": 4, "one": 1}
    assert {each["mode"] for each in told.values()} == {"incremental"}
    changes = api.data("GET", "/tree/shop/diff")["changes"]
    assert sorted(each["path"] for each in changes) == paths


def test_a_commit_of_so_many_files_that_their_text_is_no_path(
    api: Api, project: Repository
) -> None:
    paths = [f"src/module-{number:03}.py" for number in range(400)]
    for path in paths:
        project.write(path, "x\n")
    project.commit("many")
    assert post(api, body_of(str(project.root), echoed(paths)))["shop"]["files_updated"] == 400
    longer_than_a_name = ["n" * 100 for _ in range(4)]
    project.write("src/app.py", "print(1 + 2)\n")
    project.commit("one more")
    post(api, body_of(str(project.root), echoed(["src/app.py", *longer_than_a_name])))
    # A look at all files, for the update before, may have been quicker: only what is there counts.
    assert api.data("GET", "/tree/shop/file?path=src/app.py")["size_bytes"] == 13
    assert api.data("GET", "/tree/shop/search?query=nnn&type=text")["items"] == []
    assert api.data("GET", "/tree/shop/stats")["total_files"] == 403


def test_a_commit_below_a_top_that_is_no_project(
    api: Api, project: Repository, service: OnexTreeService
) -> None:
    service.remove_project("shop")
    project.write("libs/one/a.py", "c\n")
    project.write("README.md", "# Third shop\n")
    project.commit("third")
    told = post(api, body_of(str(project.root), echoed(["README.md", "libs/one/a.py"])))
    assert told["one"]["files_updated"] == 1


def test_only_what_is_no_json_is_repaired() -> None:
    for value in ('"modified_files": ,', '"modified_files":,', ["modified_files", 1], "modified"):
        body = json.dumps({"project_root": value, "modified_files": ["a"]}).encode()
        assert repaired(body) == body
    assert json.loads(repaired(body_of("/r", "").encode()))["modified_files"] == []
