"""POST /tree/incremental-update: stored at once, made once, answered when it is made."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from onextree.hook.delivery import deliver
from onextree.hook.spool import Spool
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.bridges import Api, running_bridge
from tests.repositories import Repository

URL = "/tree/incremental-update"


@pytest.fixture
def project(repository: Repository, service: OnexTreeService) -> Repository:
    repository.write("src/app.py", "print(1)\n")
    repository.write("README.md", "# Shop\n")
    repository.commit("first")
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


@pytest.fixture
def api(settings: Settings, project: Repository) -> Iterator[Api]:
    with running_bridge(settings, debounce_seconds=0.2, debounce_longest=2.0) as running:
        yield running


def commit(project: Repository, text: str) -> None:
    project.write("src/app.py", text)
    project.commit("change")


def test_the_answer_has_the_fields_of_the_specification(api: Api, project: Repository) -> None:
    commit(project, "print(2)\n")
    body = {
        "project_root": str(project.root),
        "modified_files": ["src/app.py", ""],
        "trigger_type": "git_commit",
    }
    told = api.data("POST", URL, json=body)
    assert told["project_id"] == "shop"
    assert told["version"] == 2
    assert told["changed"] is True
    assert told["files_updated"] == 1
    assert told["mode"] == "incremental"
    assert told["update_time_ms"] > 0
    tree = api.data("GET", "/tree/shop")
    assert (tree["snapshot_id"], tree["tree_hash"]) == (
        told["updated_snapshot_id"],
        told["tree_hash"],
    )


def test_many_who_ask_meanwhile_share_one_update(api: Api, project: Repository) -> None:
    commit(project, "print(3)\n")

    def ask(number: int) -> Any:
        return api.data("POST", URL, json={"project_id": "shop", "modified_files": ["src/app.py"]})

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(ask, range(12)))
    assert {each["updated_snapshot_id"] for each in told} == {told[0]["updated_snapshot_id"]}
    assert [each["version"] for each in api.data("GET", "/tree/shop/versions")] == [2, 1]


def test_a_commit_without_named_files_is_found_by_its_commit(api: Api, project: Repository) -> None:
    commit(project, "print(4)\n")
    told = api.data("POST", URL, json={"project_root": str(project.root)})
    assert (told["version"], told["mode"], told["files_updated"]) == (2, "incremental", 1)
    project.write("README.md", "# Other\n")  # no commit: all of it is looked at
    told = api.data("POST", URL, json={"project_root": str(project.root)})
    assert (told["version"], told["mode"]) == (3, "full")


def test_projects_below_the_top_of_a_work_tree_are_updated(
    api: Api, project: Repository, service: OnexTreeService
) -> None:
    project.write("libs/one/a.py", "a\n")
    project.commit("libs")
    service.add_project(project.root / "libs/one", "one")
    service.generate("one")
    service.generate("shop")
    project.write("libs/one/a.py", "changed\n")
    project.commit("change")
    body = {"project_root": str(project.root), "modified_files": ["libs/one/a.py"]}
    answer = api.post(URL, json=body).json()
    told = {each["project_id"]: each["files_updated"] for each in answer["metadata"]["projects"]}
    assert told == {"shop": 1, "one": 1}
    elsewhere = {"project_root": str(project.root / "libs/one"), "modified_files": ["b.py"]}
    assert api.data("POST", URL, json=elsewhere)["project_id"] == "one"


def test_a_project_below_that_was_never_scanned_is_left_alone(
    api: Api, project: Repository, service: OnexTreeService
) -> None:
    project.write("libs/new/a.py", "a\n")
    project.commit("libs")
    service.add_project(project.root / "libs/new", "new")
    body = {"project_root": str(project.root), "modified_files": ["libs/new/a.py"]}
    told = api.post(URL, json=body).json()["metadata"]["projects"]
    assert [each["project_id"] for each in told] == ["shop"]
    own = {"project_root": str(project.root / "libs/new"), "modified_files": ["a.py"]}
    assert api.data("POST", URL, json=own)["version"] == 1


def test_who_does_not_want_to_wait_is_told_that_it_is_stored(
    api: Api, project: Repository, service: OnexTreeService
) -> None:
    commit(project, "print(5)\n")
    answer = api.post(
        URL,
        json={"project_id": "shop", "modified_files": ["src/app.py"]},
        headers={"Prefer": "respond-async"},
    )
    assert answer.status_code == 202
    assert answer.json()["status"] == "partial"
    waited = api.data("POST", URL, json={"project_id": "shop", "modified_files": ["README.md"]})
    assert waited["version"] == 2
    assert api.data("GET", "/tree/shop/diff")["changes"][0]["path"] == "src/app.py"


def test_an_update_that_takes_too_long_is_accepted_and_made_all_the_same(
    settings: Settings, project: Repository, service: OnexTreeService
) -> None:
    commit(project, "print(6)\n")
    slow = {"debounce_seconds": 4.0, "debounce_longest": 4.0, "api_timeout": 3.0}
    with running_bridge(settings, **slow) as api:
        answer = api.post(URL, json={"project_id": "shop", "modified_files": ["src/app.py"]})
        assert answer.status_code == 202
    # That process is gone; what it accepted is not.
    assert service.update_due("shop") is not None


def test_an_update_that_another_process_makes_is_waited_for(
    settings: Settings, project: Repository, service: OnexTreeService
) -> None:
    commit(project, "print(7)\n")
    told: list[Any] = []
    body = {"project_id": "shop", "modified_files": ["src/app.py"]}
    with running_bridge(settings, debounce_seconds=3.0) as api:
        asking = threading.Thread(target=lambda: told.append(api.data("POST", URL, json=body)))
        asking.start()
        while service.update_due("shop") is None:
            assert asking.is_alive()
        assert service.claim_updates(1, ["shop"], ahead=10)
        service.update("shop")
        asking.join(20)
    assert told[0]["version"] == 2
    assert told[0]["changed"] is None
    assert told[0]["files_updated"] == 1


def test_a_failing_update_is_an_error_for_all_who_wait(api: Api, project: Repository) -> None:
    project.root.rename(project.root.with_name("gone"))
    body = {"project_id": "shop", "modified_files": ["src/app.py"]}
    assert api.error("POST", URL, json=body) == (422, "PROJECT_ROOT_NOT_FOUND")


def test_paths_that_lead_out_are_refused(api: Api) -> None:
    for path in ("../secret", "/etc/passwd", "a/../../b"):
        body = {"project_id": "shop", "modified_files": [path]}
        assert api.error("POST", URL, json=body) == (422, "INVALID_REQUEST")


def test_the_git_hook_is_understood(
    api: Api, project: Repository, settings: Settings, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.directory.mkdir(mode=0o700)
    lines = ["onextree-hook 1", "post-commit", "", "", "", str(project.root)]
    commit(project, "print(8)\n")
    (spool.directory / "onextree-aaaaaaaaaa.entry").write_text(
        "".join(f"{line}\n" for line in lines)
    )
    assert deliver(spool, str(api.base_url), seconds=10) == 1
    assert not list(spool.entries(10))
    while api.data("GET", "/tree/shop/stats")["version"] != 2:
        pass


def test_what_was_acknowledged_survives_the_process(
    settings: Settings, project: Repository, service: OnexTreeService
) -> None:
    commit(project, "print(9)\n")
    with running_bridge(settings, debounce_seconds=60.0, debounce_longest=60.0) as api:
        body = {"project_id": "shop", "modified_files": ["src/app.py"]}
        accepted = api.post(URL, json=body, headers={"Prefer": "respond-async"})
        assert accepted.status_code == 202
    with service._database.transaction() as connection:
        connection.execute("UPDATE onextree.update_requests SET not_before = now()")
    (request,) = service.claim_updates(1)
    assert request.paths == ["src/app.py"]
    assert service.update("shop").changed


def test_a_client_that_gives_up_stops_nothing(api: Api, project: Repository) -> None:
    commit(project, "print(10)\n")
    body = {"project_id": "shop", "modified_files": ["src/app.py"]}
    with pytest.raises(httpx.ReadTimeout):
        api.post(URL, json=body, timeout=0.05)
    while api.data("GET", "/tree/shop/stats")["version"] != 2:
        pass
