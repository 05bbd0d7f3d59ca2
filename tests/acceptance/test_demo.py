"""The README's first command, in a fresh copy of this repository."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.repositories import Repository

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Repository:
    """What a clone of this repository would hold, as a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    ).stdout
    repository = Repository.init(tmp_path / "onextree")
    for path in filter(None, listed.decode().split("\0")):
        if (CHECKOUT / path).is_file():
            repository.write(path, (CHECKOUT / path).read_bytes())
    repository.commit()
    return repository


def demo(copy: Repository, *arguments: str) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ONEXTREE_")
    }
    done = subprocess.run(
        [sys.executable, "-m", "onextree_assets.demo", *arguments],
        cwd=copy.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def servers_of(copy: Repository) -> list[str]:
    marker = copy.root / ".onextree-home" / "cluster"
    name = marker.read_text() if marker.exists() else str(copy.root)
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if process.info["cmdline"] and name in " ".join(process.info["cmdline"])
    ]


def test_the_demo(copy: Repository) -> None:
    files = len(copy.listed())
    try:
        first = demo(copy)
        assert re.search(r"version +1 \(new\)", first)
        assert re.search(rf"files +{files:,} in", first)
        assert f"{files:,} files analysed" in first
        relationships = re.search(r"relationships +([\d,]+) between ([\d,]+) files", first)
        assert relationships is not None
        assert [int(number.replace(",", "")) > 300 for number in relationships.groups()] == [
            *(True, True),
        ]
        assert re.search(r"findings +(?:none|[\d,]+ \()", first)
        assert re.search(r"patterns +\w.*Dagster", first)
        assert "make up" in first
        assert "http://127.0.0.1:3000" in first
        assert servers_of(copy) == []
        assert copy.git("status", "--porcelain") == b""

        assert re.search(r"version +1 \(unchanged, verified\)", demo(copy))

        with (copy.root / "README.md").open("a") as readme:
            readme.write("\nOne more line.\n")
        third = demo(copy)
        assert re.search(r"version +2 \(new\)", third)
        assert re.findall(r"^(?:added|modified|removed) .*$", third, re.M) == [
            "modified  README.md"
        ]
        assert servers_of(copy) == []
    finally:
        destroyed = "from onextree.cli.app import main; main()"
        subprocess.run(
            [sys.executable, "-c", destroyed, "db", "destroy", "--yes"],
            cwd=copy.root,
            check=True,
            env={
                name: value
                for name, value in os.environ.items()
                if not name.startswith("ONEXTREE_")
            },
        )
