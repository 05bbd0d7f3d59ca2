"""The commands about code: related, impact, cycles, findings."""

from pathlib import Path
from typing import Any

import pytest

from onextree.service import OnexTreeService
from onextree.store.database import Database
from tests.code_projects import cut_circle, write_shop
from tests.repositories import Repository
from tests.shell import Shell

RELATED = [
    ("src/shop/cart.py", ["src/shop/prices.py", "src/shop/stock.py"], ["src/shop/main.py"]),
    ("web/src/page.ts", [], ["web/src/index.ts"]),
    ("cmd/main.go", ["mail/send.go"], []),
    ("README.md", list[str](), list[str]()),
]
CIRCLE = ("src/shop/cart.py", "src/shop/prices.py")


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """Two analysed versions of ``shop``; the second has no circle any more."""
    write_shop(repository)
    repository.commit()
    service.add_project(repository.root, "shop")
    for change in (lambda _: None, cut_circle):
        change(repository)
        service.generate("shop")
        service.enrich("shop", sources=["local"])
    return repository


def rules(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["rule"], each["path"]) for each in findings]


def test_a_file_of_any_language_is_told_with_what_belongs_to_it(
    shell: Shell, shop: Repository
) -> None:
    for path, uses, used_by in RELATED:
        found = shell.json("onextree", "related", str(shop.root / path))
        assert (found["project_id"], found["path"]) == ("shop", path)
        assert (found["version"], found["analysed_version"]) == (2, 2)
        assert (found["imports"], found["imported_by"]) == (uses, used_by)
        assert found["totals"] == {"imports": len(uses), "imported_by": len(used_by)}
        edges = [(each["source"], each["target"]) for each in found["edges"]]
        assert edges == [*((path, each) for each in uses), *((each, path) for each in used_by)]
        _, out, _ = shell("onextree", "related", str(shop.root / path))
        assert all(each in out for each in (*uses, *used_by))


def test_a_file_is_named_from_where_the_caller_is_or_from_the_projects_root(
    shell: Shell, shop: Repository, tmp_path: Path
) -> None:
    whole = shell.json("onextree", "impact", str(shop.root / "src/shop/stock.py"))
    shell.patch.chdir(shop.root / "src")
    assert shell.json("onextree", "impact", "shop/stock.py") == whole
    shell.patch.chdir(tmp_path)
    named = ("--project-id", "shop", "src/shop/stock.py")
    assert shell.json("onextree", "impact", *named) == whole
    assert whole["files"] == [
        {"path": "src/shop/cart.py", "distance": 1},
        {"path": "src/shop/main.py", "distance": 2},
    ]
    _, out, _ = shell("onextree", "impact", *named)
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["1", "src/shop/cart.py"],
        ["2", "src/shop/main.py"],
    ]


def test_what_nothing_belongs_to_is_said(shell: Shell, shop: Repository) -> None:
    _, out, _ = shell("onextree", "related", str(shop.root / "README.md"))
    assert out == "README.md is related to no other file.\n"
    _, out, _ = shell("onextree", "impact", str(shop.root / "src/shop/main.py"))
    assert out == "No file uses src/shop/main.py.\n"


def test_long_tables_end_where_nobody_reads_on(
    shell: Shell, service: OnexTreeService, repository: Repository
) -> None:
    for number in range(150):
        repository.write(f"part_{number}.py", "import base\n")
    repository.write("base.py", "x = 1\n")
    service.add_project(repository.root, "wide")
    service.generate("wide")
    service.enrich("wide", sources=["local"])
    for command, lines in (("impact", 150), ("related", 150)):
        words = ("onextree", command, str(repository.root / "base.py"))
        _, out, _ = shell(*words)
        assert f"… and {lines - 100} more: --all" in out
        _, out, _ = shell(*words, "--all")
        assert out.count("part_") == lines
    assert len(shell.json(*words)["imported_by"]) == 150


def test_a_circle_is_told_with_the_imports_to_cut(shell: Shell, shop: Repository) -> None:
    shell.patch.chdir(shop.root / "web")
    found = shell.json("onextree", "cycles", "--at", "1")
    assert found == shell.json("onextree", "cycles", "shop", "--at", "1")
    (circle,) = found["findings"]
    assert circle["evidence"]["files"] == list(CIRCLE)
    _, out, _ = shell("onextree", "cycles", "--at", "1")
    assert "src/shop/cart.py and src/shop/prices.py depend on each other." in out
    assert "  cut at src/shop/cart.py:1 the import of src/shop/prices.py\n" in out
    assert shell.json("onextree", "cycles")["findings"] == []
    assert shell("onextree", "cycles")[1] == "No files use each other in a circle.\n"


def test_circles_that_are_not_listed_are_counted(
    shell: Shell, shop: Repository, database: Database
) -> None:
    """As the rule has them beyond its bound: one finding for the rest, without a cut."""
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.findings SET v_to = NULL, message = '7 more findings of this rule are"
            """ not listed.', evidence = '{"more": 7}' WHERE rule = 'circular_dependency'"""
        )
    _, out, _ = shell("onextree", "cycles", "shop")
    assert out == "7 more findings of this rule are not listed.\n"


def test_findings_of_a_version_the_worst_first(shell: Shell, shop: Repository) -> None:
    shell.patch.chdir(shop.root)
    first = shell.json("onextree", "findings", "--at", "1")
    assert rules(first["findings"]) == [
        ("circular_dependency", "src/shop/cart.py"),
        ("god_object", "src/shop/stock.py"),
        ("duplicate", "src/shop/old_rates.py"),
    ]
    newest = shell.json("onextree", "findings", "shop")
    assert rules(newest["findings"]) == rules(first["findings"])[1:]
    assert newest["findings"][0]["evidence"] == {"lines": 861, "methods": 41, "branches": 0}
    _, out, _ = shell("onextree", "findings")
    title, header, *lines = out.splitlines()
    assert title == "Findings: 1 medium, 1 low."
    assert header.split() == ["severity", "rule", "where", "what", "versions"]
    assert lines[0].split()[:3] == ["medium", "god_object", "src/shop/stock.py:1"]
    assert lines[0].endswith("since 1 ")


def test_findings_that_came_and_went(
    shell: Shell, shop: Repository, service: OnexTreeService
) -> None:
    since = shell.json("onextree", "findings", "shop", "--since", "1")
    assert rules(since["introduced"]) == []
    assert rules(since["resolved"]) == [("circular_dependency", "src/shop/cart.py")]
    assert since["totals"] == {"introduced": 0, "resolved": 1}
    shop.write("src/shop/broken.py", "x = = 3\n")
    service.generate("shop")
    service.enrich("shop", sources=["local"])
    since = shell.json("onextree", "findings", "shop", "--since", "2")
    assert ("syntax_error", "src/shop/broken.py") in rules(since["introduced"])
    _, out, _ = shell("onextree", "findings", "shop", "--since", "1")
    introduced, resolved = out.split("Resolved: ")
    assert introduced.startswith("Introduced: ")
    assert "src/shop/broken.py" in introduced
    assert resolved.startswith("1 medium.")
    assert shell.json("onextree", "findings", "shop", "--since", "3")["introduced"] == []


def test_what_was_not_analysed_yet_says_so(
    shell: Shell, service: OnexTreeService, repository: Repository
) -> None:
    write_shop(repository)
    service.add_project(repository.root, "shop")
    service.generate("shop")
    assert shell.json("onextree", "findings", "shop")["analysed_version"] is None
    for words in (["findings", "shop"], ["cycles", "shop"], ["impact", str(repository.root)]):
        path = ["src/shop/cart.py"] if words[0] == "impact" else []
        shell.patch.chdir(repository.root)
        _, out, _ = shell("onextree", words[0], *path)
        assert out.endswith("Version 1 has not been analysed yet; it is when it is enriched.\n")
    service.enrich("shop", sources=["local"])
    repository.write("new.py", "x = 1\n")
    service.generate("shop")
    _, out, _ = shell("onextree", "cycles", "shop")
    assert "src/shop/prices.py" in out
    assert out.endswith("This is as analysed at version 1; version 2 has not been analysed yet.\n")


REFUSED: list[tuple[list[str], str]] = [
    (["related", "--project-id", "shop", "nothing.py"], "TREE_NOT_FOUND"),
    (["related", "--project-id", "shop", "src"], "TREE_NOT_FOUND"),
    (["related", "--project-id", "shop", ""], "INVALID_QUERY"),
    (["related", "--project-id", "shop", "."], "INVALID_QUERY"),
    (["related", "--project-id", "nothing", "a.py"], "PROJECT_NOT_FOUND"),
    (["related", "--project-id", "shop", "README.md", "--at", "9"], "TREE_NOT_FOUND"),
    (["related", "--project-id", "shop", "README.md", "--at", "yesterday"], "INVALID_QUERY"),
    (["related", "/nowhere/a.py"], "PROJECT_NOT_FOUND"),
    (["impact", "--project-id", "shop", "nothing.py"], "TREE_NOT_FOUND"),
    (["impact", "/nowhere/a.py"], "PROJECT_NOT_FOUND"),
    (["cycles"], "PROJECT_NOT_FOUND"),
    (["cycles", "nothing"], "PROJECT_NOT_FOUND"),
    (["findings"], "PROJECT_NOT_FOUND"),
    (["findings", "shop", "--since", "0"], "INVALID_QUERY"),
    (["findings", "shop", "--since", "3"], "INVALID_QUERY"),
    (["findings", "shop", "--since", "-1"], "INVALID_QUERY"),
    (["findings", "shop", "--since", "99999999999"], "INVALID_QUERY"),
    (["findings", "shop", "--since", "2", "--at", "1"], "INVALID_QUERY"),
]


@pytest.mark.usefixtures("shop")
def test_what_cannot_be_asked_is_a_clear_error(shell: Shell, tmp_path: Path) -> None:
    shell.patch.chdir(tmp_path)
    answers: list[Any] = [(words, shell.refused("onextree", *words)) for words, _ in REFUSED]
    assert [(words, error["error_code"]) for words, error in answers] == REFUSED
    assert all(error["message"].endswith(".") for _, error in answers)
