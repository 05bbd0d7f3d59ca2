"""`onextree stamp` and `onextree validate`: what they write, leave alone, and tell."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from onextree.errors import OnexTreeError
from onextree.service import OnexTreeService
from onextree.service.stamping.alone import stamp_all_alone
from onextree.service.stamping.file_stamps import FileState, StampMode, Wanted
from onextree.service.stamping.files import FileStamper
from onextree.service.stamping.places import Places
from onextree.service.stamping.requests import Stamped, Stamping
from onextree.settings import Settings
from onextree.stamping.files import RefusalCode
from onextree.store.database import Database
from tests.repositories import Repository
from tests.shell import Shell

DOCUMENT = (Path(__file__).parents[2] / "docs" / "stamping.md").read_text()
NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"
CONTENTS: dict[str, str | bytes] = {
    "run.sh": "#!/bin/sh\necho hello\n",
    "app.py": "print(1)\n",
    "README.md": "# Shop\n\nBuy.\n",
    "data.json": '{"a": 1}\n',
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0binary",
}
WITHOUT_COMMENTS = {"data.json", "logo.png"}


@pytest.fixture
def files(tmp_path: Path) -> Repository:
    """A directory without git, of no project."""
    made = Repository(tmp_path / "files")
    for name, content in CONTENTS.items():
        made.write(name, content)
    (made.root / "run.sh").chmod(0o755)
    return made


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git/" not in str(path)
    }


def times(root: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_ino) for path in root.iterdir()}


def by_name(found: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {os.path.basename(each["path"]): each[field] for each in found["files"]}


def codes(found: Mapping[str, Any]) -> dict[str, str]:
    return {os.path.basename(each["path"]): each["code"] for each in found["refused"]}


def failing(shell: Shell, *words: str) -> Any:
    import json

    status, out, err = shell(*words, "--json")
    assert (status, err) == (1, "")
    return json.loads(out)


def stored(database: Database) -> int:
    with database.reading() as connection:
        row = connection.execute("SELECT count(*) FROM public.onextree_stamps").fetchone()
    assert row is not None
    return int(row[0])


def test_by_default_stamps_are_stored_and_no_file_is_written(
    shell: Shell, files: Repository, database: Database
) -> None:
    before = times(files.root)
    found = shell.json("onextree", "stamp", str(files.root))
    assert by_name(found, "state") == dict.fromkeys(CONTENTS, "new")
    assert by_name(found, "level") == dict.fromkeys(CONTENTS, "basic")
    assert by_name(found, "form") == {
        name: "sidecar" if name in WITHOUT_COMMENTS else "stamp" for name in CONTENTS
    }
    assert found["size_bytes"] == sum(map(len, contents(files.root).values()))
    assert (found["written"], found["is_stored"], found["errors"]) == (0, True, {})
    assert times(files.root) == before
    assert stored(database) == len(CONTENTS)
    again = shell.json("onextree", "stamp", str(files.root))
    assert again["states"] == {"known": len(CONTENTS)}
    assert by_name(again, "stamp_id") == by_name(found, "stamp_id")
    assert stored(database) == len(CONTENTS)


def test_write_and_again(shell: Shell, files: Repository) -> None:
    before = contents(files.root)
    found = shell.json("onextree", "stamp", str(files.root), "--write")
    assert by_name(found, "is_written") == dict.fromkeys(CONTENTS, True)
    after = contents(files.root)
    sidecars = {f".{name}.onex-meta.json" for name in WITHOUT_COMMENTS}
    assert after.keys() == CONTENTS.keys() | sidecars
    assert after["run.sh"].startswith(b"#!/bin/sh\n# ONEX:uid=")
    assert (files.root / "run.sh").stat().st_mode & 0o777 == 0o755
    assert {name for name in CONTENTS if after[name] == before[name]} == WITHOUT_COMMENTS
    assert shell.json("onextree", "validate", str(files.root))["valid"] == len(CONTENTS)
    seen = times(files.root)
    again = shell.json("onextree", "stamp", str(files.root), "--write")
    assert again["states"] == {"unchanged": len(CONTENTS)}
    assert again["written"] == 0
    assert times(files.root) == seen
    status, out, _ = shell("onextree", "stamp", str(files.root), "--write")
    assert status == 0
    assert f"{len(CONTENTS)} files: {len(CONTENTS)} unchanged" in out
    assert "app.py" not in out
    assert "app.py" in shell("onextree", "stamp", str(files.root), "--all")[1]


def test_a_changed_file_is_stamped_anew_in_the_same_place(shell: Shell, files: Repository) -> None:
    shell.json("onextree", "stamp", str(files.root), "--write")
    for name in ("app.py", "data.json"):
        (files.root / name).write_bytes(contents(files.root)[name] + b"\n2\n")
    assert failing(shell, "onextree", "validate", str(files.root))["mismatched"] == 2
    found = shell.json("onextree", "stamp", str(files.root), "--write", "--author", "jo")
    assert {name for name, written in by_name(found, "is_written").items() if written} == {
        *("app.py", "data.json")
    }
    text = (files.root / "app.py").read_bytes()
    assert text.count(b"ONEX:uid=") == 1
    assert b"author=jo" in text
    assert shell.json("onextree", "validate", str(files.root))["valid"] == len(CONTENTS)


def test_sidecars_beside_all_and_then_kept(shell: Shell, files: Repository) -> None:
    before = contents(files.root)
    found = shell.json("onextree", "stamp", str(files.root), "--sidecar")
    assert set(by_name(found, "form").values()) == {"sidecar"}
    after = contents(files.root)
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(before)
    assert shell.json("onextree", "validate", str(files.root))["valid"] == len(CONTENTS)
    assert shell.json("onextree", "stamp", str(files.root), "--sidecar")["written"] == 0
    assert shell.json("onextree", "stamp", str(files.root), "--write")["written"] == 0
    files.write("app.py", "print(2)\n")
    found = shell.json("onextree", "stamp", str(files.root), "--write")
    assert [each["path"] for each in found["files"] if each["is_written"]] == [
        str(files.root / "app.py")
    ]
    assert (files.root / "app.py").read_text() == "print(2)\n"
    assert shell.json("onextree", "validate", str(files.root))["valid"] == len(CONTENTS)


def test_a_stamp_moves_beside_its_file(shell: Shell, files: Repository) -> None:
    before = contents(files.root)
    shell.json("onextree", "stamp", str(files.root), "--write")
    found = shell.json("onextree", "stamp", str(files.root), "--sidecar")
    assert found["written"] == len(CONTENTS) - len(WITHOUT_COMMENTS)
    after = contents(files.root)
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(before)
    assert shell.json("onextree", "validate", str(files.root))["valid"] == len(CONTENTS)


def test_what_lies_in_a_sidecars_place_is_not_overwritten(shell: Shell, files: Repository) -> None:
    files.write(".data.json.onex-meta.json", "my own notes")
    (files.root / ".logo.png.onex-meta.json").symlink_to("app.py")
    found = failing(shell, "onextree", "stamp", str(files.root), "--write")
    assert codes(found) == dict.fromkeys(("data.json", "logo.png"), "SIDECAR_TAKEN")
    assert found["written"] == len(CONTENTS) - 2
    assert (files.root / ".data.json.onex-meta.json").read_text() == "my own notes"


def test_check_writes_and_stores_nothing(
    shell: Shell, files: Repository, database: Database
) -> None:
    before = times(files.root)
    found = failing(shell, "onextree", "stamp", str(files.root), "--check")
    assert found["states"] == {"outdated": len(CONTENTS)}
    status, out, _ = shell("onextree", "stamp", str(files.root), "--check")
    assert (status, times(files.root), stored(database)) == (1, before, 0)
    assert "would change" in out
    shell.json("onextree", "stamp", str(files.root), "--write")
    found = shell.json("onextree", "stamp", str(files.root), "--check")
    assert found["states"] == {"unchanged": len(CONTENTS)}
    found = failing(shell, "onextree", "stamp", str(files.root), "--check", "--type", "rich")
    assert found["states"]["outdated"] >= len(CONTENTS) - len(WITHOUT_COMMENTS)


def test_what_cannot_be_asked_for(shell: Shell, files: Repository) -> None:
    file = str(files.root / "app.py")
    error = shell.refused("onextree", "stamp", file, "--write", "--check")
    assert error["error_code"] == "INVALID_REQUEST"
    found = failing(shell, "onextree", "stamp", file, "--namespace", "a b\n")
    assert codes(found) == {"app.py": "INVALID_REQUEST"}


def test_a_directory_stands_for_the_files_of_its_tree(
    shell: Shell, repository: Repository, tmp_path: Path
) -> None:
    other = Repository.init(tmp_path / "other")
    other.write("b.py", "2\n")
    other.commit()
    repository.write(".gitignore", "ignored/\n")
    repository.write("src/a.py", "1\n")
    repository.write(b"src/\xff.py", "1, too\n")
    repository.write("ignored/c.py", "3\n")
    repository.write("tree.onextree", "a: 1\n")
    repository.write("src/.a.py.onex-meta.json", "{}")
    repository.write(".onextree-0123456789abcdef.partial", "half")
    repository.write("src/gone.py", "")
    repository.git("submodule", "add", "-q", str(other.root), "sub")
    repository.commit()
    (repository.root / "src/gone.py").unlink()
    Repository.init(repository.root / "nested").write("d.py", "4\n")
    (repository.root / "src/link.py").symlink_to("a.py")
    (repository.root / "elsewhere").symlink_to(tmp_path / "other")
    found = shell.json("onextree", "stamp", str(repository.root), str(repository.root / "src"))
    assert sorted(by_name(found, "state")) == [".gitignore", ".gitmodules", "a.py", "\U0010ffff.py"]
    assert len(found["files"]) == 4
    assert found["refused"] == []
    found = shell.json("onextree", "stamp", str(repository.root / "nested"))
    assert list(by_name(found, "state")) == ["d.py"]
    assert "\\U0010ffff.py" in shell("onextree", "stamp", str(repository.root))[1]


def test_a_directory_that_became_a_link_is_not_entered(
    shell: Shell, repository: Repository, tmp_path: Path
) -> None:
    repository.write("sub/a.py", "1\n")
    repository.write("b.py", "2\n")
    repository.commit()
    outside = Repository(tmp_path / "outside").write("a.py", "3\n")
    (repository.root / "sub/a.py").unlink()
    (repository.root / "sub").rmdir()
    (repository.root / "sub").symlink_to(outside.parent)
    assert b"sub/a.py" in repository.git("ls-files")
    found = shell.json("onextree", "stamp", str(repository.root), "--write")
    assert list(by_name(found, "state")) == ["b.py"]
    assert (outside.read_text(), len(list(outside.parent.iterdir()))) == ("3\n", 1)


def test_a_link_within_the_roots_leads_to_its_directory(shell: Shell, files: Repository) -> None:
    files.write("deep/a.py", "1\n")
    (files.root / "link").symlink_to("deep")
    shell.patch.chdir(files.root)
    found = shell.json("onextree", "stamp", "link", "./deep/a.py", "link/a.py")
    assert [each["path"] for each in found["files"]] == ["deep/a.py"]


def test_rules_of_a_plain_project_hold_in_its_directories(
    shell: Shell, service: OnexTreeService, files: Repository
) -> None:
    files.write(".gitignore", "*.log\n")
    files.write("below/a.log", "1\n")
    files.write("below/b.py", "import os\n")
    service.add_project(files.root, "plain")
    found = shell.json("onextree", "stamp", str(files.root / "below"))
    assert by_name(found, "project_id") == {"b.py": "plain"}
    assert by_name(found, "level") == {"b.py": "basic"}
    service.generate("plain")
    found = shell.json("onextree", "stamp", str(files.root / "below" / "b.py"))
    assert by_name(found, "level") == {"b.py": "live"}


def test_files_that_stay_as_they_are(
    shell: Shell, files: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEXTREE_ALLOWED_ROOTS", str(files.root))
    outside = Repository(tmp_path / "outside").write("secret.py", "1\n")
    (files.root / "link.py").symlink_to("app.py")
    (files.root / "out").symlink_to(outside.parent)
    os.mkfifo(files.root / "fifo")
    os.link(files.root / "app.py", files.root / "twin.py")
    named = ("link.py", "out/secret.py", "fifo", "nothing.py", "twin.py", ".x.onex-meta.json")
    files.write(".x.onex-meta.json", "{}")
    words = [str(files.root / name) for name in (*named, "README.md")]
    below = failing(shell, "onextree", "stamp", str(files.root), words[2])
    assert codes(below) == {"fifo": "NOT_A_FILE"}
    found = failing(shell, "onextree", "stamp", *words, "/dev/null", str(outside), "--write")
    assert codes(found) == {
        "link.py": "SYMLINK",
        "secret.py": "OUTSIDE_ROOTS",
        "fifo": "NOT_A_FILE",
        "nothing.py": "NOT_FOUND",
        "twin.py": "HARD_LINKED",
        ".x.onex-meta.json": "LEFT_OUT",
        "null": "OUTSIDE_ROOTS",
    }
    assert by_name(found, "is_written") == {"README.md": True}
    assert found["errors"]["OUTSIDE_ROOTS"] == 3
    assert outside.read_text() == "1\n"
    status, out, err = shell("onextree", "stamp", *words, "--write")
    assert status == 1
    assert "1 file: 1 unchanged" in out
    assert re.search(r"^SYMLINK .*link\.py: It is a symlink", err, re.M)
    assert "Errors: 1 HARD_LINKED, 1 LEFT_OUT, 1 NOT_A_FILE" in err
    assert shell.json("onextree", "stamp", str(files.root / "twin.py"), "--sidecar")["written"] == 1


def test_large_files_are_passed_over(
    shell: Shell, files: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEXTREE_STAMP_MAX_BYTES", "20")
    found = shell.json("onextree", "stamp", str(files.root))
    assert [each["code"] for each in found["skipped"]] == ["TOO_LARGE"] * len(found["skipped"])
    assert {os.path.basename(each["path"]) for each in found["skipped"]} == {"run.sh"}
    status, out, err = shell("onextree", "stamp", str(files.root))
    assert status == 0
    assert "1 skipped" in out
    assert "TOO_LARGE" in err
    found = failing(shell, "onextree", "stamp", str(files.root / "run.sh"))
    assert codes(found) == {"run.sh": "TOO_LARGE"}


@pytest.mark.parametrize("mode", [StampMode.WRITE, StampMode.SIDECAR])
def test_a_file_that_changes_while_it_is_stamped_keeps_what_was_written(
    mode: StampMode, files: Repository, settings: Settings
) -> None:
    def stamp_all(asked: Sequence[Stamping]) -> Sequence[Stamped | OnexTreeError]:
        files.write("app.py", "print(2)\n")
        return stamp_all_alone(asked, most_bytes=1 << 20)

    stamper = FileStamper(Places(settings), stamp_all, most_bytes=1 << 20)
    found = stamper.stamp([str(files.root)], Wanted(mode))
    assert codes(found.as_dict()) == {"app.py": "CHANGED"}
    assert found.written == len(CONTENTS) - 1
    assert (files.root / "app.py").read_text() == "print(2)\n"
    assert not (files.root / ".app.py.onex-meta.json").exists()


def test_many_files_are_stamped_in_chunks(
    files: Repository, settings: Settings, service: OnexTreeService
) -> None:
    names = [f"d{number % 7}/f{number}.py" for number in range(450)]
    for name in names:
        files.write(name, f"print('{name}')\n")
    files.write("d3/.onextree-0123456789abcdef.partial", "half")
    chunks: list[int] = []
    open_files = len(os.listdir("/proc/self/fd"))

    def stamp_all(asked: Sequence[Stamping]) -> Sequence[Stamped | OnexTreeError]:
        chunks.append(len(asked))
        return service.stamp_all(asked)

    stamper = FileStamper(Places(settings), stamp_all, most_bytes=1 << 20)
    found = stamper.stamp([str(files.root)], Wanted(StampMode.WRITE))
    assert chunks == [200, 200, 50 + len(CONTENTS)]
    assert found.states == {FileState.NEW: 450 + len(CONTENTS)}
    assert found.written == 450 + len(CONTENTS)
    assert len(os.listdir("/proc/self/fd")) <= open_files + 1  # the pool's connection
    assert all(b"ONEX:uid=" in (files.root / name).read_bytes() for name in names)
    assert not list(files.root.rglob("*.partial"))  # the one that was left before, neither


def test_without_a_database(
    shell: Shell, files: Repository, database: Database, database_url: str
) -> None:
    shell.patch.setenv("ONEXTREE_DATABASE_URL", NOWHERE)
    status, out, err = shell("onextree", "stamp", str(files.root), "--write")
    assert status == 0
    assert err.count("\n") == 1
    assert err.startswith("Stamps are basic and not stored: PostgreSQL cannot be reached")
    assert f"{len(CONTENTS)} unstored, {len(CONTENTS)} written" in out
    assert shell.json("onextree", "validate", str(files.root))["valid"] == len(CONTENTS)
    assert shell.json("onextree", "stamp", str(files.root), "--check")["refused"] == []
    shell.patch.setenv("ONEXTREE_DATABASE_URL", database_url)
    found = shell.json("onextree", "stamp", str(files.root), "--write")
    assert (found["states"], found["written"]) == ({"unchanged": len(CONTENTS)}, 0)
    assert stored(database) == len(CONTENTS)


@pytest.mark.part("root")
def test_a_closed_directory_is_told_and_the_others_go_on(files: Repository, tmp_path: Path) -> None:
    files.write("closed/a.py", "1\n")
    (files.root / "closed").chmod(0o555)
    environment = {
        "PATH": os.environ["PATH"],
        "ONEXTREE_HOME": str(tmp_path / "home"),
        "ONEXTREE_ALLOWED_ROOTS": str(tmp_path),
        "ONEXTREE_DATABASE_URL": NOWHERE,
    }
    ended = subprocess.run(
        [
            *("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
            *(sys.executable, "-m", "onextree.cli.app", "stamp", str(files.root), "--write"),
        ],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "Errors: 1 PERMISSION_DENIED." in ended.stderr
    assert f"{len(CONTENTS)} written" in ended.stdout
    assert (files.root / "closed/a.py").read_text() == "1\n"


def test_validate(shell: Shell, files: Repository) -> None:
    shell.patch.setenv("ONEXTREE_DATABASE_URL", "no database at all")
    found = shell.json("onextree", "validate", str(files.root))
    assert (found["valid"], found["mismatched"], found["unstamped"]) == (0, 0, len(CONTENTS))
    assert failing(shell, "onextree", "validate", str(files.root), "--require") == {
        **found,
        "seconds": pytest.approx(0, abs=60),
    }
    shell.patch.setenv("ONEXTREE_DATABASE_URL", NOWHERE)
    shell("onextree", "stamp", str(files.root), "--write")
    shell.patch.setenv("ONEXTREE_DATABASE_URL", "no database at all")
    shell.json("onextree", "validate", str(files.root), "--require")
    stamped = (files.root / "app.py").read_text()
    (files.root / "app.py").write_text(stamped.replace("print(1)", "print(9)"))
    found = failing(shell, "onextree", "validate", str(files.root))
    assert (found["valid"], found["mismatched"]) == (len(CONTENTS) - 1, 1)
    assert [each["path"] for each in found["files"] if each["validity"] == "mismatched"] == [
        str(files.root / "app.py")
    ]
    status, out, _ = shell("onextree", "validate", str(files.root))
    assert status == 1
    assert "lightweight (mismatched)" in out
    assert f"{len(CONTENTS)} files: {len(CONTENTS) - 1} valid, 1 mismatched" in out
    assert codes(failing(shell, "onextree", "validate", "nothing")) == {"nothing": "NOT_FOUND"}


def test_the_commands_of_the_document(
    shell: Shell, files: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("src/app.py", "print()\n")
    monkeypatch.chdir(files.root)
    (block,) = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.M | re.S)
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert {tuple(words[:2]) for words in commands} == {
        *(("onextree", "stamp"), ("onextree", "validate"))
    }
    for words in commands:
        status, out, err = shell(*words)
        assert (status, err) == (0, ""), words
        assert " file" in out


def test_codes_and_states_are_documented() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.M))
    assert rows == {*RefusalCode, *FileState}
