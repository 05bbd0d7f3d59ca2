"""The commands, as a shell sees them: what they print, and with which status they end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from blake3 import blake3

from onextree.cli.progress import shown_progress
from onextree.store import schema
from onextree.tree.progress import Progress
from tests.repositories import Repository
from tests.shell import Shell


def test_generate(shell: Shell, repository: Repository) -> None:
    repository.write("src/app.py", "print()\n")
    first = shell.json("onextree", "generate", str(repository.root))
    assert first["project_id"] == "project"
    assert (first["version"], first["changed"]) == (1, True)
    assert (first["total_files"], first["total_directories"]) == (1, 1)
    assert first["total_size_bytes"] == 8
    assert len(first["tree_hash"]) == 64
    assert first["snapshot_id"]
    stages = {"list", "hash", "tree_hash", "provenance", "remember", "store"}
    assert set(first["stages_ms"]) == stages
    assert first["generation_time_ms"] == pytest.approx(sum(first["stages_ms"].values()), abs=0.01)
    again = shell.json("onextree", "generate", str(repository.root), "--project-id", "project")
    assert (again["version"], again["changed"]) == (1, False)
    status, out, _ = shell("onextree", "generate", str(repository.root))
    assert status == 0
    assert "1 (unchanged, verified)" in out


def test_bridge_tree_generate(shell: Shell, repository: Repository) -> None:
    repository.write("a", "x")
    made = shell.json("bridge-tree-generate", str(repository.root), "--project-id", "omni.bridge")
    assert (made["project_id"], made["version"]) == ("omni.bridge", 1)


def test_files(shell: Shell, repository: Repository) -> None:
    repository.write("a.txt", "old")
    repository.write(b"odd\n\xff", "x")
    (repository.root / "link").symlink_to("a.txt")
    shell.json("onextree", "generate", str(repository.root))
    repository.write("a.txt", "newer")
    shell.json("onextree", "generate", str(repository.root))
    _, out, _ = shell("onextree", "files", "project", "--json")
    rows = {row["path"]: row for row in map(json.loads, out.splitlines())}
    assert rows["a.txt"] == {
        "path": "a.txt",
        "kind": "file",
        "size": 5,
        "blake3": blake3(b"newer").hexdigest(),
    }
    assert rows["link"]["kind"] == "symlink"
    assert rows["odd\n\U0010ffff"]["size"] == 1
    _, out, _ = shell("onextree", "files", "project", "--version", "1", "--json")
    old = {row["path"]: row for row in map(json.loads, out.splitlines())}
    assert old["a.txt"]["blake3"] == blake3(b"old").hexdigest()
    _, out, _ = shell("onextree", "files", "project")
    assert len(out.splitlines()) == 3  # a newline in a name is shown, not sent


def test_show(shell: Shell, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("a", "x")
    shell.json("onextree", "generate", str(repository.root))
    repository.write("b", "x")
    shell.json("onextree", "generate", str(repository.root))
    shown = shell.json("onextree", "show", "project")
    assert (shown["version"], shown["paths_added"]) == (2, ["b"])
    assert shell.json("onextree", "show", "project", "--version", "1")["version"] == 1
    (repository.root / "below").mkdir()
    monkeypatch.chdir(repository.root / "below")
    assert shell.json("onextree", "show")["project_id"] == "project"
    monkeypatch.chdir("/")
    assert shell.refused("onextree", "show")["error_code"] == "PROJECT_NOT_FOUND"
    status, out, _ = shell("onextree", "show", "project")
    assert status == 0
    assert "added" in out


def test_projects(shell: Shell, repository: Repository) -> None:
    added = shell.json("onextree", "projects", "add", str(repository.root), "--project-id", "one")
    assert added["project_id"] == "one"
    assert added["project_root"] == str(repository.root)
    (listed,) = shell.json("onextree", "projects", "list")
    assert (listed["project_id"], listed["last_version"]) == ("one", 0)
    assert "one" in shell("onextree", "projects", "list")[1]
    assert shell.json("onextree", "projects", "remove", "one")["removed"] is True
    assert shell.json("onextree", "projects", "list") == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("generate", "{root}", "--project-id", "a..b"), "INVALID_PROJECT_ID"),
        (("generate", "{root}", "--project-id", "generate"), "INVALID_PROJECT_ID"),
        (("generate", "{root}", "--project-id", "x" * 201), "INVALID_PROJECT_ID"),
        (("generate", "{root}/missing"), "PROJECT_ROOT_NOT_FOUND"),
        (("generate", "{root}/file"), "PROJECT_ROOT_NOT_FOUND"),
        (("generate", "/etc"), "PROJECT_ROOT_NOT_ALLOWED"),
        (("generate", "{root}/.."), "PROJECT_ROOT_NOT_ALLOWED"),
        (("projects", "add", "/etc"), "PROJECT_ROOT_NOT_ALLOWED"),
        (("projects", "remove", "nobody"), "PROJECT_NOT_FOUND"),
        (("show", "nobody"), "PROJECT_NOT_FOUND"),
        (("files", "nobody"), "PROJECT_NOT_FOUND"),
    ],
)
def test_bad_input_changes_nothing(
    shell: Shell,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: str,
) -> None:
    repository.write("file", "x")
    monkeypatch.setenv("ONEXTREE_ALLOWED_ROOTS", str(repository.root))
    error = shell.refused("onextree", *(word.format(root=repository.root) for word in words))
    assert error["error_code"] == code
    assert error["message"].endswith(".")
    assert shell.json("onextree", "projects", "list") == []
    status, _, err = shell("onextree", *(word.format(root=repository.root) for word in words))
    assert status == 2
    assert err.startswith(code)


def test_words_that_are_no_command(shell: Shell) -> None:
    assert shell("onextree", "files", "project", "--version", "0")[0] == 2
    assert shell("onextree", "no-such-command")[0] == 2


def test_db(shell: Shell, monkeypatch: pytest.MonkeyPatch, empty_database_url: str) -> None:
    monkeypatch.setenv("ONEXTREE_DATABASE_URL", empty_database_url)
    assert shell.json("onextree", "db", "current") == {"revision": None, "latest": schema.LATEST}
    status, _, err = shell("onextree", "projects", "list")
    assert status == 1
    assert "onextree db upgrade" in err
    assert shell.json("onextree", "db", "upgrade")["revision"] == schema.LATEST
    assert shell.json("onextree", "projects", "list") == []
    assert shell.refused("onextree", "db", "upgrade", "no_such")["error_code"]
    assert shell.json("onextree", "db", "downgrade", "base")["revision"] is None
    assert shell("onextree", "db", "current")[1] == "no revision\n"


def test_a_database_that_is_not_there(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEXTREE_DATABASE_URL", "postgresql://u:s3cret@127.0.0.1:1/d")
    monkeypatch.setenv("ONEXTREE_RETRY_ATTEMPTS", "1")
    status, _, err = shell("onextree", "projects", "list")
    assert status == 1
    assert err.startswith("SERVICE_UNAVAILABLE")
    assert "s3cret" not in err


def test_the_default_roots_are_home_and_working_directory(
    shell: Shell, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONEXTREE_ALLOWED_ROOTS")
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.chdir("/usr")
    refused = shell.refused("onextree", "generate", str(repository.root))
    assert refused["error_code"] == "PROJECT_ROOT_NOT_ALLOWED"
    monkeypatch.chdir(repository.root)
    assert shell.json("onextree", "generate", os.curdir)["version"] == 1
    monkeypatch.chdir("/usr")
    refused = shell.refused("onextree", "projects", "add", "/etc")
    assert refused["error_code"] == "PROJECT_ROOT_NOT_ALLOWED"


def test_a_command_does_not_load_what_it_does_not_need() -> None:
    slow = ("alembic", "httpx", "pandas", "dagster")
    script = f"import sys, onextree.cli.app; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_a_tree_readably(shell: Shell, repository: Repository) -> None:
    repository.write("src/shop/app.py", "x" * 2048)
    repository.write("docs/odd\nname.md", "x")
    (repository.root / "link").symlink_to("docs")
    shell("onextree", "generate", str(repository.root))
    status, out, _ = shell("onextree", "tree", "project")
    assert status == 0
    assert out.splitlines() == [
        "project/  3 files, 2.0 KiB",
        "├── docs/  1 file, 1 B  [documentation]",
        r"│   └── odd\nname.md  1 B  Markdown, documentation",
        "├── link  symlink",
        "└── src/  1 file, 2.0 KiB  [source]",
        "    └── shop/  1 file, 2.0 KiB  [source]",
        "        └── app.py  2.0 KiB  Python, source",
    ]
    _, shallow, _ = shell("onextree", "tree", "project", "--depth", "1")
    assert len(shallow.splitlines()) == 4
    root = shell.json("onextree", "tree", "project")
    assert [node["name"] for node in root["children"]] == ["docs", "link", "src"]


def test_export_and_import(shell: Shell, repository: Repository, tmp_path: Path) -> None:
    repository.write("a.py", "x")
    made = shell.json("onextree", "generate", str(repository.root))
    file = tmp_path / "project.onextree"
    told = shell.json("onextree", "export", "project", "-o", str(file))
    assert told["tree_hash"] == made["tree_hash"]
    assert shell.json("onextree", "export", "project")["tree"]["children"][0]["name"] == "a.py"
    assert shell("onextree", "export", "project")[1] == file.read_text()
    again = shell.json("onextree", "import", "project", str(file))
    assert (again["changed"], again["tree_hash"]) == (False, made["tree_hash"])
    file.write_text("no tree")
    assert shell.refused("onextree", "import", "project", str(file))["error_code"] == (
        "INVALID_TREE_FILE"
    )
    nowhere = str(tmp_path / "no" / "file")
    assert (
        "cannot be written"
        in shell.refused("onextree", "export", "project", "-o", nowhere)["message"]
    )


def test_force_and_rehash(shell: Shell, repository: Repository) -> None:
    for name in "abcde":
        repository.write(name, name)
    shell("onextree", "generate", str(repository.root))
    for name in "abc":
        (repository.root / name).unlink()
    refused = shell.refused("onextree", "generate", str(repository.root))
    assert (refused["error_code"], refused["fallback"]) == ("TREE_SHRANK", "use_existing_tree")
    made = shell.json("onextree", "generate", str(repository.root), "--force", "--rehash")
    assert (made["version"], made["total_files"]) == (2, 2)


def test_a_terminal_sees_progress(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with shown_progress(wanted=True) as report:
        assert report is not None
        report(Progress("list"))
        report(Progress("hash", 500, 1000, 3 << 20))
        report(Progress("store"))
    shown = capsys.readouterr().err
    assert "Storing" in shown
    with shown_progress(wanted=False) as report:
        assert report is None


def test_a_tree_that_is_nested_too_deeply(
    shell: Shell, repository: Repository, tmp_path: Path
) -> None:
    descriptor = os.open(repository.root, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=descriptor)
        below = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(os.open("leaf", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor))
    os.close(descriptor)
    shell("onextree", "generate", str(repository.root))
    # Python's own removal of it would be nested too deeply too.
    subprocess.run(["rm", "-rf", repository.root], check=True, timeout=60)
    output = tmp_path / "deep.onextree"
    for words in (["export", "project", "-o", str(output)], ["export", "project"]):
        assert "too deeply" in shell.refused("onextree", *words)["message"]
    assert "too deeply" in shell.refused("onextree", "tree", "project")["message"]
    assert list(tmp_path.glob("*deep*")) == list(tmp_path.glob(".*deep*")) == []
    assert shell("onextree", "tree", "project", "--depth", "2")[0] == 0
