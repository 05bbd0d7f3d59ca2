"""The commands that look after what is stored, as a shell sees them."""

import json
from pathlib import Path
from typing import Any

import pytest

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store.projects import lock_project
from tests.repositories import Repository
from tests.shell import Shell


@pytest.fixture
def history(shell: Shell, repository: Repository) -> Repository:
    """The work tree of project ``shop`` with three versions."""
    for number in range(1, 4):
        repository.write("app.py", f"print({number})\n")
        words = ("onextree", "generate", str(repository.root), "--project-id", "shop")
        assert shell.json(*words)["version"] == number
    return repository


@pytest.mark.usefixtures("history")
def test_a_history_is_listed_and_cut(shell: Shell) -> None:
    listed = shell.json("onextree", "versions", "list", "shop")
    assert [version["version"] for version in listed] == [3, 2, 1]
    assert [version["modified"] for version in listed] == [1, 1, 0]
    (newest,) = shell.json("onextree", "versions", "list", "shop", "--limit", "1")
    assert newest["version"] == 3
    out = shell("onextree", "versions", "list", "shop")[1]
    assert "+0 ~1 -0" in out

    deleted = shell.json("onextree", "versions", "delete", "shop", "1", "3", "--yes")
    assert deleted == {"project_id": "shop", "deleted": [1, 3]}
    assert shell.json("onextree", "show", "shop")["version"] == 2
    refused = shell.refused("onextree", "versions", "delete", "shop", "2", "9", "--yes")
    assert refused["error_code"] == "TREE_NOT_FOUND"
    assert [
        version["version"] for version in shell.json("onextree", "versions", "list", "shop")
    ] == [2]


@pytest.mark.usefixtures("history")
def test_a_pinned_version_outlives_its_retention(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEXTREE_RETENTION_VERSIONS", "1")
    pinned = shell.json("onextree", "versions", "pin", "shop", "1")
    assert pinned == {"project_id": "shop", "version": 1, "is_pinned": True}
    assert "pinned" in shell("onextree", "versions", "list", "shop")[1]
    (cleaned,) = shell.json("onextree", "db", "cleanup", "shop")
    assert cleaned == {"project_id": "shop", "deleted": 1, "error": None}
    assert "Nothing has outlived" in shell("onextree", "db", "cleanup")[1]
    assert shell("onextree", "versions", "unpin", "shop", "1")[1] == "Version 1 is not pinned.\n"
    assert "shop" in shell("onextree", "db", "cleanup")[1]
    assert (
        shell.refused("onextree", "versions", "pin", "shop", "1")["error_code"] == "TREE_NOT_FOUND"
    )


def test_a_project_is_renamed_and_moved(shell: Shell, history: Repository) -> None:
    renamed = shell.json("onextree", "projects", "rename", "shop", "webshop")
    assert (renamed["project_id"], renamed["last_version"]) == ("webshop", 3)
    assert shell.refused("onextree", "show", "shop")["error_code"] == "PROJECT_NOT_FOUND"
    elsewhere = history.root.with_name("elsewhere")
    history.root.rename(elsewhere)
    refused = shell.refused("onextree", "generate", str(history.root), "--project-id", "webshop")
    assert refused["error_code"] == "PROJECT_ROOT_NOT_FOUND"
    moved = shell.json("onextree", "projects", "move", "webshop", str(elsewhere))
    assert moved["project_root"] == str(elsewhere)
    assert shell.json("onextree", "generate", str(elsewhere))["changed"] is False


@pytest.mark.usefixtures("history")
def test_a_removed_project_leaves_its_history(shell: Shell) -> None:
    assert shell.json("onextree", "projects", "remove", "shop", "--keep-history")["history_kept"]
    assert shell.json("onextree", "projects", "list") == []
    (kept,) = shell.json("onextree", "projects", "list", "--all")
    assert kept["project_id"] == "shop"
    assert kept["removed_at"]
    assert shell.json("onextree", "show", "shop", "--version", "1")["version"] == 1


@pytest.mark.usefixtures("history")
def test_damage_ends_the_check_with_status_1_until_it_is_repaired(
    shell: Shell, database: Database
) -> None:
    assert shell("onextree", "db", "check")[:2] == (
        0,
        "3 versions of 1 projects checked, all sound.\n",
    )
    with database.transaction() as connection:
        connection.execute("UPDATE onextree.projects SET last_version = 1")
    status, out, _ = shell("onextree", "db", "check", "--json")
    (finding,) = findings(out)
    assert (status, finding["problem"], finding["is_repairable"]) == (1, "counter", True)
    status, out, _ = shell("onextree", "db", "check", "shop")
    assert status == 1
    assert "--repair" in out
    assert "1 findings repaired" in shell("onextree", "db", "check", "--repair")[1]
    assert shell("onextree", "db", "check")[0] == 0
    with database.transaction() as connection:
        connection.execute("UPDATE onextree.current_entries SET size = size + 1")
    status, out, _ = shell("onextree", "db", "check", "--repair", "--json")
    assert status == 1
    assert any(not finding["is_repairable"] for finding in findings(out))


def findings(out: str) -> list[dict[str, Any]]:
    return [finding for checked in json.loads(out) for finding in checked["findings"]]


@pytest.mark.usefixtures("history")
def test_a_project_that_is_held_ends_the_cleanup_with_status_1(
    shell: Shell,
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ONEXTREE_RETENTION_VERSIONS", "1")
    monkeypatch.setenv("ONEXTREE_LOCK_TIMEOUT", "0.1")
    other = tmp_path / "other"
    other.mkdir()
    service = OnexTreeService(database, settings)
    for number in range(2):
        (other / "file").write_text(str(number))
        service.generate(service.add_project(other, "other").project_id)
    with database.transaction() as connection:
        lock_project(connection, service.find_project("shop").project_key, 1)
        status, out, err = shell("onextree", "db", "cleanup")
    assert status == 1
    assert "other" in out
    assert "TIMEOUT" in err
    assert len(service.list_versions("shop")) == 3
