"""The commands that ask: query, diff, history, churn, duplicates, growth, languages, lineage."""

import os
from pathlib import Path
from typing import Any

import pytest

from onextree.service import OnexTreeService
from tests.repositories import Repository
from tests.shell import Shell


@pytest.fixture
def commits(service: OnexTreeService, repository: Repository) -> list[str]:
    """Three versions of ``shop``: a commit, one with an edit and a rename, one in a Dagster run."""
    repository.write("src/app.py", "print(1)\n" * 20)
    repository.write("src/old_name.py", "items = []\n" * 10)
    repository.write("src/copy.py", "items = []\n" * 10)
    repository.write("README.md", "# Shop\n")
    made = [repository.commit()]
    service.add_project(repository.root, "shop")
    service.generate("shop")
    repository.git("mv", "src/old_name.py", "src/cart.py")
    repository.write("src/app.py", "print(2)\n" * 30)
    made.append(repository.commit())
    service.generate("shop")
    repository.write("src/cart.py", "items = [1]\n" * 10)
    made.append(repository.commit())
    service.generate("shop", run_id="run-3")
    return made


@pytest.mark.usefixtures("commits")
def test_query(shell: Shell) -> None:
    found = shell.json("onextree", "query", "shop", "**/*.py", "--limit", "2")
    assert [item["path"] for item in found["items"]] == ["src/app.py", "src/cart.py"]
    assert found["items"][0] == {
        "path": "src/app.py",
        "directory": "src",
        "name": "app.py",
        "extension": "py",
        "kind": "file",
        "size_bytes": 270,
        "blake3": found["items"][0]["blake3"],
        "language": "Python",
        "category": "source",
        "changed_in_version": 2,
    }
    cursor = found["next_cursor"]
    rest = shell.json("onextree", "query", "shop", "**/*.py", "--cursor", cursor)
    assert [item["path"] for item in rest["items"]] == ["src/copy.py"]
    assert rest["next_cursor"] is None
    _, out, _ = shell("onextree", "query", "shop", "", "--type", "directory", "--limit", "1")
    assert "README.md" in out
    assert "--cursor '3:/README.md'" in out
    _, out, _ = shell("onextree", "query", "shop", "old_name.py", "--at", "1")
    assert "src/old_name.py" in out


@pytest.mark.usefixtures("commits")
def test_query_at_a_version_time_or_commit(shell: Shell, commits: list[str]) -> None:
    def names(at: str) -> tuple[int, list[str]]:
        found = shell.json("onextree", "query", "shop", "src/*_*.py", "--at", at)
        return found["version"], [item["name"] for item in found["items"]]

    assert names("1") == names(commits[0]) == names(commits[0][:7]) == (1, ["old_name.py"])
    assert names("2") == names(commits[1]) == (2, [])
    assert names("2999-01-01T00:00Z") == (3, [])
    stored = shell.json("onextree", "versions", "list", "shop")
    assert names(stored[1]["created_at"]) == (2, [])


@pytest.mark.usefixtures("commits")
def test_diff(shell: Shell, commits: list[str]) -> None:
    found = shell.json("onextree", "diff", "shop", "1", "2")
    assert (found["modified"], found["renamed"], found["added"], found["removed"]) == (1, 1, 0, 0)
    changed, renamed = found["changes"]
    assert (changed["path"], changed["change"]) == ("src/app.py", "modified")
    assert (changed["before"]["size_bytes"], changed["after"]["size_bytes"]) == (180, 270)
    assert (renamed["old_path"], renamed["path"], renamed["similarity"]) == (
        *("src/old_name.py", "src/cart.py", 1.0),
    )
    assert [
        (each["directory"], each["renamed"], each["grown"]) for each in found["directories"]
    ] == [
        ("", 1, 90),
        ("src", 1, 90),
    ]
    assert found["period"]["from_version"] == 1
    assert shell.json("onextree", "diff", "shop", commits[0], commits[1]) == found
    backwards = shell.json("onextree", "diff", "shop", "2", "1")
    assert backwards["changes"][1]["old_path"] == "src/cart.py"
    newest = shell.json("onextree", "diff", "shop")
    assert (newest["from_version"], newest["to_version"]) == (2, 3)
    assert shell.json("onextree", "diff", "shop", "1")["to_version"] == 3
    assert shell.json("onextree", "diff", "shop", "2", "2")["changes"] == []
    _, out, _ = shell("onextree", "diff", "shop", "1", "2")
    assert "0 added, 1 modified, 0 removed, 1 renamed" in out
    assert "from src/old_name.py" in out
    assert "Versions 1 to 2" in out


@pytest.mark.usefixtures("commits")
def test_history_follows_a_rename(shell: Shell, commits: list[str]) -> None:
    found = shell.json("onextree", "history", "shop", "src/cart.py")
    told = [(each["version"], each["event"], each["path"]) for each in found["events"]]
    assert told == [
        (3, "modified", "src/cart.py"),
        (2, "renamed", "src/cart.py"),
        (1, "present", "src/old_name.py"),
    ]
    assert found["events"][0]["run_id"] == "run-3"
    assert found["events"][1]["commit_id"] == commits[1]
    assert found["first_seen"]["version"] == 1
    assert found["last_changed"]["version"] == 3
    gone = shell.json("onextree", "history", "shop", "src/old_name.py")
    assert gone["events"][0]["event"] == "renamed"
    assert gone["events"][0]["path"] == "src/cart.py"
    _, out, _ = shell("onextree", "history", "shop", "src/cart.py")
    assert "from src/old_name.py" in out
    _, out, _ = shell("onextree", "history", "shop", "nothing.py")
    assert "No stored version has that file." in out


@pytest.mark.usefixtures("commits")
def test_churn_duplicates_growth_and_languages(shell: Shell) -> None:
    churn = shell.json("onextree", "churn", "shop")
    assert [(each["place"], each["changes"]) for each in churn["rows"]] == [
        ("src/cart.py", 2),
        ("src/app.py", 1),
        ("src/old_name.py", 1),
    ]
    assert (churn["period"]["from_version"], churn["period"]["to_version"]) == (1, 3)
    churn = shell.json("onextree", "churn", "shop", "--directories", "--days", "1")
    assert [(each["place"], each["changes"]) for each in churn["rows"]] == [("src", 4)]
    assert shell.json("onextree", "duplicates", "shop") == []
    growth = shell.json("onextree", "growth", "shop")
    assert growth["largest"][0]["path"] == "src/app.py"
    assert [(each["path"], each["grown"]) for each in growth["files"]] == [
        ("src/cart.py", 120),  # another file than old_name.py of version 1, by its content and name
        ("src/app.py", 90),
    ]
    assert [(each["directory"], each["grown"]) for each in growth["directories"]] == [
        ("", 100),
        ("src", 100),
    ]
    drift = shell.json("onextree", "languages", "shop")
    python = [each for each in drift["rows"] if each["language"] == "Python"]
    assert [(each["version"], each["files"]) for each in python] == [(1, 3), (2, 3), (3, 3)]
    for words in (["churn", "shop"], ["growth", "shop"], ["languages", "shop"], ["duplicates"]):
        status, out, err = shell("onextree", *words)
        assert (status, err) == (0, "")
        assert out


def test_duplicates_across_projects(shell: Shell, service: OnexTreeService, tmp_path: Path) -> None:
    for name in ("one", "two"):
        root = Repository(tmp_path / name)
        root.write("shared.txt", "the same\n")
        root.write("own.txt", name)
        service.add_project(root.root, name)
        service.generate(name)
    (found,) = shell.json("onextree", "duplicates")
    assert (found["copies"], found["size_bytes"], found["wasted_bytes"]) == (2, 9, 9)
    assert list(zip(found["projects"], found["paths"], strict=True)) == [
        ("one", "shared.txt"),
        ("two", "shared.txt"),
    ]
    assert shell.json("onextree", "duplicates", "one") == []
    assert shell.json("onextree", "duplicates", "--least-size", "10") == []


@pytest.mark.usefixtures("commits")
def test_lineage_there_and_back(shell: Shell, commits: list[str], repository: Repository) -> None:
    found = shell.json("onextree", "lineage", str(repository.root / "src/cart.py"))
    assert (found["project_id"], found["path"]) == ("shop", "src/cart.py")
    assert found["file"]["size_bytes"] == 120
    version = found["version"]
    assert (version["version"], version["commit_id"], version["run_id"]) == (3, commits[2], "run-3")
    assert [each["what"] for each in found["happenings"]] == [
        *("stored, manual", "Dagster has to be told", "to be enriched")
    ]
    assert shell.json("onextree", "lineage", "--project-id", "shop", "src/cart.py") == found
    (made,) = shell.json("onextree", "lineage", "--run", "run-3")
    assert made == {"project_id": "shop", **version}
    (made,) = shell.json("onextree", "lineage", "--commit", commits[1][:8])
    assert (made["version"], made["added"], made["modified"], made["removed"]) == (2, 1, 1, 1)
    gone = shell.json("onextree", "lineage", str(repository.root / "src/old_name.py"))
    assert (gone["file"], gone["event"], gone["version"]["version"]) == (None, "renamed", 2)
    shell.patch.chdir(repository.root / "src")
    _, out, _ = shell("onextree", "lineage", "cart.py")
    for part in ("run-3", commits[2], "3 (modified)", "shop"):
        assert part in out
    _, out, _ = shell("onextree", "lineage", "--run", "nothing")
    assert "No stored version comes from it." in out
    _, out, _ = shell("onextree", "lineage", "--commit", commits[0])
    assert "shop" in out


def test_a_file_behind_a_link_is_the_link(
    shell: Shell, service: OnexTreeService, tmp_path: Path
) -> None:
    root = Repository(tmp_path / "linked")
    root.write("target", "x")
    os.symlink("target", root.root / "link")
    service.add_project(root.root, "linked")
    service.generate("linked")
    found = shell.json("onextree", "lineage", str(root.root / "link"))
    assert (found["path"], found["file"]["kind"]) == ("link", "symlink")


REFUSED: list[tuple[list[str], str]] = [
    (["query", "shop", "(a+)+$(?=x)", "--type", "regex"], "INVALID_QUERY"),
    (["query", "shop", "a" * 10_000, "--type", "regex"], "INVALID_QUERY"),
    (["query", "shop", "a" * 10_000, "--type", "glob"], "INVALID_QUERY"),
    (["query", "shop", "[a", "--type", "glob"], "INVALID_QUERY"),
    (["query", "shop", "a", "--type", "fuzzy"], "INVALID_QUERY"),
    (["query", "shop", "a", "--limit", "-1"], "INVALID_QUERY"),
    (["query", "shop", "a", "--cursor", "nonsense"], "INVALID_QUERY"),
    (["query", "shop", "a", "--cursor", "1:/a", "--at", "2"], "INVALID_QUERY"),
    (["query", "shop", "a", "--at", "99"], "TREE_NOT_FOUND"),
    (["query", "shop", "a", "--at", "0"], "INVALID_QUERY"),
    (["query", "shop", "a", "--at", "yesterday"], "INVALID_QUERY"),
    (["query", "shop", "a", "--at", "2026-01-01"], "INVALID_QUERY"),
    (["query", "shop", "a", "--at", "1999-01-01T00:00Z"], "TREE_NOT_FOUND"),
    (["query", "shop", "a", "--at", "abcdef012345"], "TREE_NOT_FOUND"),
    (["query", "nothing", "a"], "PROJECT_NOT_FOUND"),
    (["query", "shop", ""], "INVALID_QUERY"),
    (["diff", "shop", "1", "99"], "TREE_NOT_FOUND"),
    (["diff", "nothing"], "PROJECT_NOT_FOUND"),
    (["history", "nothing", "a"], "PROJECT_NOT_FOUND"),
    (["history", "shop", ""], "INVALID_QUERY"),
    (["churn", "shop", "--limit", "-1"], "INVALID_QUERY"),
    (["churn", "shop", "--days", "0"], "INVALID_QUERY"),
    (["churn", "nothing"], "PROJECT_NOT_FOUND"),
    (["duplicates", "nothing"], "PROJECT_NOT_FOUND"),
    (["duplicates", "--least-size", "-1"], "INVALID_QUERY"),
    (["duplicates", "--limit", "0"], "INVALID_QUERY"),
    (["growth", "shop", "--limit", "100000"], "INVALID_QUERY"),
    (["growth", "nothing"], "PROJECT_NOT_FOUND"),
    (["languages", "nothing"], "PROJECT_NOT_FOUND"),
    (["languages", "shop", "--days", "-3"], "INVALID_QUERY"),
    (["lineage"], "INVALID_QUERY"),
    (["lineage", "a", "--run", "b"], "INVALID_QUERY"),
    (["lineage", "--commit", "x"], "INVALID_QUERY"),
    (["lineage", "--project-id", "shop", "nothing.py"], "INVALID_QUERY"),
    (["lineage", "--project-id", "nothing", "a"], "PROJECT_NOT_FOUND"),
    (["lineage", "/nowhere/a"], "PROJECT_NOT_FOUND"),
]


def test_what_cannot_be_asked_is_a_clear_error(
    shell: Shell, service: OnexTreeService, repository: Repository
) -> None:
    repository.write("a")
    service.add_project(repository.root, "shop")
    service.generate("shop")
    answers: list[Any] = [(words, shell.refused("onextree", *words)) for words, _ in REFUSED]
    assert [(words, error["error_code"]) for words, error in answers] == REFUSED
    assert all(error["message"].endswith(".") for _, error in answers)


@pytest.mark.usefixtures("shell")
def test_a_project_without_a_version(shell: Shell, repository: Repository) -> None:
    shell.json("onextree", "projects", "add", str(repository.root), "--project-id", "shop")
    for words in (["query", "shop", "a"], ["diff", "shop"], ["churn", "shop"], ["growth", "shop"]):
        assert shell.refused("onextree", *words)["error_code"] == "TREE_NOT_FOUND"
    assert shell.json("onextree", "duplicates", "shop") == []
