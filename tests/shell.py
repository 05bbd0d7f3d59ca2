"""Commands run in this process, as a shell sees them."""

import json
from typing import Any

import pytest

from onextree.cli.app import bridge_tree_generate, main

__all__ = ["Shell"]


class Shell:
    """Runs commands in this process; the database is the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.patch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self.patch.setattr("sys.argv", list(words))
        entry = bridge_tree_generate if words[0] == "bridge-tree-generate" else main
        with pytest.raises(SystemExit) as ended:
            entry()
        code = ended.value.code
        captured = self._capsys.readouterr()
        return (code if isinstance(code, int) else 0), captured.out, captured.err

    def json(self, *words: str) -> Any:
        status, out, err = self(*words, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    def refused(self, *words: str) -> dict[str, Any]:
        status, out, err = self(*words, "--json")
        assert (status, out) == (2, "")
        error: dict[str, Any] = json.loads(err)
        return error
