"""A key stamps for what it may write to, and sees the stamps of what it may read."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.stamping.content import content_hash
from onextree.store.database import Database
from tests.bridges import Api, running_bridge
from tests.repositories import Repository

PREFIX = "/api/v1/metadata-stamping"
FORBIDDEN = (403, "FORBIDDEN")
MISSING = (404, "STAMP_NOT_FOUND")
NAMESPACE = "team.keys"


@pytest.fixture
def root(service: OnexTreeService, tmp_path: Path) -> Path:
    """The projects ``theirs``, and ``mine`` with one of theirs inside of it."""
    for name, path in (("theirs", "theirs"), ("mine", "mine"), ("inner", "mine/inner")):
        Repository.init(tmp_path / path).write("a.py", f"x = '{name}'\n")
        service.add_project(tmp_path / path, name)
        service.generate(name)
    return tmp_path


@pytest.fixture
def keys(service: OnexTreeService, root: Path) -> Mapping[str, str]:
    return {
        "all": service.add_key("all", may_write=True)[0].text,
        "reader": service.add_key("reader")[0].text,
        "mine": service.add_key("mine", ["mine"], may_write=True)[0].text,
        "my-reader": service.add_key("my-reader", ["mine"])[0].text,
        "none": service.add_key("none", [], may_write=True)[0].text,
    }


@pytest.fixture
def api(settings: Settings, keys: Mapping[str, str]) -> Iterator[Api]:
    with running_bridge(settings, api_auth="keys") as running:
        yield running


def bearing(keys: Mapping[str, str], name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {keys[name]}"}


def test_who_may_stamp_for_which_project(
    api: Api, keys: Mapping[str, str], root: Path, database: Database
) -> None:
    named: dict[str, dict[str, object]] = {
        "theirs": {"project_id": "theirs", "file_path": "a.py"},
        "theirs by metadata": {"metadata": {"project_id": "theirs"}, "file_path": "a.py"},
        "theirs by its path": {"file_path": str(root / "theirs/a.py")},
        "theirs within mine": {"file_path": str(root / "mine/inner/a.py")},
        "theirs by way of mine": {"file_path": str(root / "mine/../theirs/a.py")},
        "nobody's by its path": {"file_path": "/nowhere/a.py"},
        "nobody's": {"project_id": "nobodys"},
        "mine": {"project_id": "mine", "file_path": "a.py"},
        "mine by its path": {"file_path": str(root / "mine/a.py")},
        "of no project": {},
        "of no project, with a path": {"file_path": "a.py"},
    }
    free = {"of no project", "of no project, with a path"}
    allowed = {
        "all": set(named),
        "reader": set(),
        "mine": {"mine", "mine by its path", *free},
        "my-reader": set(),
        "none": free,
    }
    for key, may in allowed.items():
        for name, where in named.items():
            asked = {"content": f"# {key} {name}\n", "namespace": NAMESPACE, **where}
            answer = api.post("/stamp", json=asked, headers=bearing(keys, key))
            assert answer.status_code == (200 if name in may else 403), (key, name)
            items = {"items": [{"id": "1", **asked}], "namespace": NAMESPACE}
            answer = api.post("/batch", json=items, headers=bearing(keys, key))
            if key in ("reader", "my-reader"):
                assert answer.status_code == 403
                continue
            (result,) = answer.json()["data"]["results"]
            assert result["success"] is (name in may), (key, name)
            if name not in may:
                assert result["error"]["code"] == "FORBIDDEN"
            elif name.startswith("mine"):
                assert (result["project_id"], result["file_path"]) == ("mine", "a.py")
    with database.reading() as connection:
        query = (
            "SELECT count(*) FROM onextree.stamps s JOIN onextree.projects p USING (project_key)"
            " WHERE p.project_id = 'mine'"
        )
        ((count,),) = connection.execute(query)
    assert count == 4


def test_without_a_key_nothing_is_told(api: Api) -> None:
    for prefix in ("", PREFIX):
        for path in ("/stamp", "/batch", "/validate", "/validate-protocol", "/hash"):
            assert api.error("POST", prefix + path, json={"content": ""}) == (401, "UNAUTHORIZED")
        for path in (f"/stamp/{'0' * 64}", f"/namespace/{NAMESPACE}", "/metrics"):
            assert api.error("GET", prefix + path) == (401, "UNAUTHORIZED")
        for path in ("/health", "/health/live", "/health/ready"):
            assert api.get(prefix + path).status_code == 200


def test_any_key_validates_and_hashes(api: Api, keys: Mapping[str, str]) -> None:
    for name in keys:
        for path in ("/validate", "/validate-protocol"):
            assert api.data("POST", path, json={"content": "x"}, headers=bearing(keys, name))
        assert api.data("POST", "/hash", files={"file": b"x"}, headers=bearing(keys, name))


def test_who_sees_which_stamps(api: Api, keys: Mapping[str, str]) -> None:
    contents = {"theirs": "x = 'theirs'\n", "mine": "x = 'mine'\n", "": "x = 'nobodys'\n"}
    for project_id, content in contents.items():
        asked = {"content": content, "namespace": NAMESPACE, "file_path": "a.py"}
        if project_id:
            asked["project_id"] = project_id
        assert api.post("/stamp", json=asked, headers=bearing(keys, "all")).is_success
    seen = {
        "all": {"theirs", "mine", ""},
        "reader": {"theirs", "mine", ""},
        "mine": {"mine"},
        "my-reader": {"mine"},
        "none": set(),
    }
    unknown = content_hash(b"never stamped")
    for key, projects in seen.items():
        headers = bearing(keys, key)
        messages = set()
        for project_id, content in contents.items():
            url = f"/stamp/{content_hash(content.encode())}"
            if project_id in projects:
                found = api.data("GET", url, headers=headers)
                assert (found["project_id"] or "") == project_id
            else:
                assert api.error("GET", url, headers=headers) == MISSING
                messages.add(api.get(url, headers=headers).json()["message"])
        assert api.error("GET", f"/stamp/{unknown}", headers=headers) == MISSING
        messages.add(api.get(f"/stamp/{unknown}", headers=headers).json()["message"])
        assert len(messages) == 1
        page = api.data("GET", f"/namespace/{NAMESPACE}", headers=headers)
        assert {each["project_id"] or "" for each in page["stamps"]} == projects
        assert page["total_stamps"] == page["pagination"]["total"] == len(projects)
    assert api.error("GET", f"{PREFIX}/metrics", headers=bearing(keys, "mine")) == FORBIDDEN
