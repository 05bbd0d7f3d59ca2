"""The queries of docs/store.md, run as they stand: each answers what its comment says."""

import re
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from onextree.service import OnexTreeService
from onextree.store.database import Database
from tests.repositories import Repository

STORE = (Path(__file__).parents[2] / "docs" / "store.md").read_text()
QUERIES = dict(re.findall(r"^```sql\n-- ([^\n]*)\n(.*?)^```$", STORE, re.M | re.S))

CONTENTS = ("print(1)\n", "import new")
BEFORE, NOW = (blake3(content.encode()).hexdigest() for content in CONTENTS)

Rows = list[tuple[Any, ...]]
EXPECTED: dict[str, Rows] = {
    "A file of the newest tree": [("f", 10, NOW, 2)],
    "All below a directory": [
        ("src", "app.py", 10),
        ("src", "new.py", 0),
        ("src/pages", "home.html", 4),
    ],
    "A file's history": [(1, 2, 9, BEFORE), (2, None, 10, NOW)],
    "Every entry of any version": [
        ("", "README.md", "f", 10),
        ("src", "app.py", "f", 9),
        ("src/pages", "home.html", "f", 4),
    ],
    "Files and bytes by language": [("HTML", 1, 4), ("Markdown", 1, 10), ("Python", 2, 10)],
    "Which version touched a path": [(2, None, None)],
    "The delta of a version": [(["src/new.py"], ["src/app.py"], [])],
    "What is known of versions": [("webshop", 1), ("webshop", 2)],
    "All files that a change": [("src/app.py",)],
}


@pytest.fixture
def versions(service: OnexTreeService, tmp_path: Path) -> None:
    """Two versions of the project ``webshop``, a directory without git; the second is analysed."""
    project = Repository(tmp_path / "webshop")
    project.write("src/pages/home.html", "<p>\n")
    project.write("README.md", "# Webshop\n")
    service.add_project(project.root, "webshop")
    for content in CONTENTS:
        project.write("src/app.py", content)
        service.generate("webshop")
        project.write("src/new.py", "")
    service.enrich("webshop", sources=["local"])


@pytest.mark.parametrize("title", QUERIES)
@pytest.mark.usefixtures("versions")
def test_a_query_answers_what_its_comment_says(title: str, database: Database) -> None:
    (expected,) = (rows for start, rows in EXPECTED.items() if title.startswith(start))
    with database.reading() as connection:
        rows = connection.execute(QUERIES[title].encode()).fetchall()
    assert sorted(rows, key=repr) == sorted(expected, key=repr)


def test_every_query_is_run() -> None:
    assert len(QUERIES) == STORE.count("```sql") == len(EXPECTED)
