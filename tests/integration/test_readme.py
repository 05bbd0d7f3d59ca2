"""The README's commands and queries, run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from onextree.store.database import Database
from tests.repositories import Repository
from tests.shell import Shell

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def test_the_commands_and_queries_of_the_readme(
    shell: Shell, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Repository.init(tmp_path / "code" / "webshop").write("app.py", "print()\n")
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines]
    ran = [words for words in commands if words[0] == "onextree"]
    assert [words[1] for words in ran] == ["projects", "generate", "show", "files"]
    for words in ran:
        expanded = [word.replace("~", str(tmp_path)) for word in words]
        status, out, err = shell(*expanded)
        assert (status, err) == (0, ""), words
        assert "webshop" in out or "app.py" in out
    assert [words for words in commands if words[0] != "onextree"] == [
        ["make", "demo"],
        ["make", "test"],
        ["make", "up"],
        [".", ".venv/bin/activate"],
    ]
    (query,) = blocks("sql")
    with database.transaction() as connection:
        (row,) = connection.execute(query).fetchall()
    assert row[0] == 1
    assert row[3] == 1
