"""Enrichments, from files to rows: what is found, what is known, and what cannot be read."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import psutil
import pytest

from onextree.clients import OnexTreeClient
from onextree.errors import DatabaseError, TreeNotFound
from onextree.intelligence.extraction.contents import MAX_BYTES
from onextree.intelligence.extraction.pool import ExtractionPool
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.service.enrichment import Enrichment
from onextree.settings import Settings
from onextree.store import enrichment_queue
from onextree.store.database import Database
from onextree.store.moments import Moment
from onextree.tree.reading.contents import W, WorkTreeContents
from tests.remotes import allowing, mirror_of, serving
from tests.repositories import ENVIRONMENT, Repository

ORPHANED = "import gone\nfrom app import missing\n" + "x = 1\n" * 30
HANGS = b"a<" * (1 << 18)
"""C# that takes its parser minutes."""

Row = tuple[Any, ...]


@pytest.fixture
def shop(repository: Repository, service: OnexTreeService) -> Repository:
    """A project of two Python files that use each other, and one in TypeScript, in version 1."""
    repository.write("app/__init__.py")
    repository.write("app/cart.py", "from app import prices\n\n\ndef fill():\n    prices.of()\n")
    repository.write("app/prices.py", "from app import cart\nfrom app.nowhere import x\n")
    repository.write("web/index.ts", "import { a } from './a';\nimport React from 'react';\n")
    repository.write("web/a.ts", "export const a = 1;\n")
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


def machine(database: Database, settings: Settings, home: Path) -> OnexTreeService:
    """A service with its own home, as in a process of its own."""
    own = settings.model_copy(update={"home": home})
    return OnexTreeService(database, own, RetryPolicy(attempts=1))


def changed(service: OnexTreeService, project_id: str = "shop") -> Enrichment:
    """Store what is there now as the next version, and enrich that."""
    assert service.generate(project_id).changed
    return service.enrich(project_id)


def statistics(enrichment: Enrichment) -> dict[str, Any]:
    found = enrichment.data["statistics"]
    assert isinstance(found, dict)
    return found


def extracted(enrichment: Enrichment) -> int:
    assert enrichment.analysed is not None
    return enrichment.analysed.analysis.extracted


def rows(database: Database, project_id: str = "shop") -> tuple[list[Row], list[Row]]:
    """All relationships and findings with the versions that they are of."""
    with database.reading() as connection:
        links = connection.execute(
            "SELECT source, target, line, kind, first_seen_version, gone_in_version"
            " FROM onextree_relationships WHERE project_id = %s ORDER BY 1, 2, 5",
            [project_id],
        ).fetchall()
        found = connection.execute(
            "SELECT path, rule, subject, line, severity, message, evidence::text,"
            " first_seen_version, resolved_in_version"
            " FROM onextree_findings WHERE project_id = %s ORDER BY 1, 2, 3, 8",
            [project_id],
        ).fetchall()
    return links, found


def pairs(service: OnexTreeService, version: int | None = None) -> set[tuple[str, str]]:
    moment = Moment(version=version)
    told = service.enrichment("shop", moment=moment)["file_relationships"]
    found = {(path, target) for path, each in told.items() for target in each["imports"]}
    assert found == {(user, path) for path, each in told.items() for user in each["imported_by"]}
    return found


CIRCLE = {("app/cart.py", "app/prices.py"), ("app/prices.py", "app/cart.py")}
WEB = {("web/index.ts", "web/a.ts")}


def test_each_version_is_told_as_its_code_was(service: OnexTreeService, shop: Repository) -> None:
    first = service.enrich("shop")
    assert first.data["architecture"]["cycles"]
    assert statistics(first)["relationships_mapped"] == 3
    shop.write("app/prices.py", "def of():\n    pass\n")
    shop.write("app/new.py", "from app import cart\n")
    shop.write("web/b.ts", "import './a';\n")
    second = changed(service)
    assert (second.introduced, second.resolved) == (0, 2)
    assert pairs(service, 1) == CIRCLE | WEB
    assert pairs(service) == WEB | {
        ("app/cart.py", "app/prices.py"),
        ("app/new.py", "app/cart.py"),
        ("web/b.ts", "web/a.ts"),
    }
    related = service.related("shop", "app/cart.py", moment=Moment(version=1))
    assert (related.version, related.analysed_version) == (1, 1)
    assert [link.target for link in related.imports] == ["app/prices.py"]
    assert [link.source for link in related.imported_by] == ["app/prices.py"]
    related = service.related("shop", "app/cart.py")
    assert [link.source for link in related.imported_by] == ["app/new.py"]
    impact = service.impact("shop", "app/prices.py")
    assert [(each.path, each.distance) for each in impact.files] == [
        ("app/cart.py", 1),
        ("app/new.py", 2),
    ]
    assert [each.path for each in service.impact("shop", "app/new.py").files] == []
    old = service.impact("shop", "app/prices.py", moment=Moment(version=1))
    assert [each.path for each in old.files] == ["app/cart.py"]
    (cycle,) = service.cycles("shop", moment=Moment(version=1)).introduced
    assert cycle.evidence["files"] == ["app/cart.py", "app/prices.py"]
    assert (cycle.first_seen_version, cycle.resolved_in_version) == (1, 2)
    assert service.cycles("shop").introduced == []
    since = service.findings("shop", since=1)
    assert since.introduced == []
    assert sorted(each.rule for each in since.resolved) == [
        "circular_dependency",
        "unresolved_import",
    ]
    with pytest.raises(TreeNotFound):
        service.related("shop", "no/such.py")
    assert service.related("shop", "web/index.ts").similar_files == ["web/b.ts"]
    assert service.related("shop", "web/index.ts", moment=Moment(version=1)).similar_files == []


def test_a_version_that_was_not_analysed_has_what_the_one_before_has(
    service: OnexTreeService, shop: Repository
) -> None:
    service.enrich("shop")
    shop.write("app/prices.py", "")
    service.generate("shop")
    shop.write("app/cart.py", "")
    changed(service)
    assert pairs(service, 2) == CIRCLE | WEB
    assert service.related("shop", "app/cart.py", moment=Moment(version=2)).analysed_version == 1
    assert pairs(service, 3) == WEB


def test_an_older_version_is_enriched_by_its_tree_alone(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    shop.write("app/cart.py", "")
    changed(service)
    before = rows(database)
    older = service.enrich("shop", 1)
    assert older.analysed is None
    assert "architecture" not in older.data
    assert statistics(older)["total_files_analyzed"] == 5
    assert rows(database) == before


def test_analysing_a_version_again_replaces_what_it_had(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.enrich("shop")
    shop.write("app/prices.py", "from app import cart\nimport app.new\n")
    shop.write("app/new.py", "")
    changed(service)
    expected = rows(database)
    again = service.enrich("shop")
    assert (again.introduced, again.resolved, extracted(again)) == (0, 0, 0)
    assert rows(database) == expected
    (shop.root / "app/cart.py").rename(shop.root / "app/moved")
    with database.transaction() as connection:
        connection.execute("DELETE FROM onextree.extractions")
    shutil.rmtree(service._settings.home / "analyses")
    blind = machine(database, service._settings, service._settings.home / "other")
    (shop.root / "app").rename(shop.root / "gone")
    assert statistics(blind.enrich("shop"))["unread_files"] == 4
    assert not pairs(service, 2) & CIRCLE
    assert pairs(service, 1) == CIRCLE | WEB
    (shop.root / "gone").rename(shop.root / "app")
    (shop.root / "app/moved").rename(shop.root / "app/cart.py")
    blind.enrich("shop")
    assert rows(database) == expected


def test_versions_that_are_deleted_leave_the_others_as_they_were(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.enrich("shop")
    first = rows(database)
    shop.write("app/prices.py", "from app import cart as c\n\n\nfrom app import new\n")
    shop.write("app/new.py", "import os\n")
    changed(service)
    shop.write("app/prices.py", "\nfrom app import cart as c\n")
    changed(service)
    service.delete_versions("shop", [3])
    with database.transaction() as connection:
        connection.execute("DELETE FROM onextree_snapshots WHERE version = 2")
    assert pairs(service) == CIRCLE | WEB
    assert service.related("shop", "app/cart.py").analysed_version == 1
    (shop.root / "app/new.py").unlink()
    shop.write("app/prices.py", "from app import cart\nfrom app.nowhere import x\n")
    service.generate("shop")
    again = service.enrich("shop")
    assert (again.introduced, again.resolved) == (0, 0)
    # Lines that were told of versions that are no more are told anew.
    assert rows(database) == first
    assert all(checked.is_sound for checked in service.check())


def test_the_oldest_versions_take_what_only_they_had(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.enrich("shop")
    shop.write("app/prices.py", "")
    changed(service)
    shop.write("web/a.ts", "export const a = 2;\n")
    service.generate("shop")
    service.delete_versions("shop", [1, 2])
    assert service.related("shop", "app/cart.py").analysed_version == 2
    links, found = rows(database)
    assert {link[:2] for link in links} == WEB | {("app/cart.py", "app/prices.py")}
    assert "circular_dependency" not in {row[1] for row in found}
    service.remove_project("shop")
    with database.reading() as connection:
        for table in ("analyses", "relationships", "findings"):
            count = connection.execute(f"SELECT count(*) FROM onextree.{table}".encode())
            assert count.fetchone() == (0,)


def spoil_nothing(directory: Path) -> None:
    """Leave it."""


def delete(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def truncate(directory: Path) -> None:
    for file in directory.glob("*"):
        file.write_bytes(file.read_bytes()[:-7])


def confuse(directory: Path) -> None:
    """As if another project's, or another database's, analysis were remembered."""
    kept = sorted(directory.glob("*.known"))
    contents = [file.read_bytes() for file in kept]
    for file, content in zip(kept, contents[1:] + contents[:1], strict=True):
        file.write_bytes(content)


@pytest.mark.parametrize("spoil", [spoil_nothing, delete, truncate, confuse])
def test_what_is_remembered_on_disk_makes_no_difference(
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    shop: Repository,
    spoil: Callable[[Path], None],
) -> None:
    copy = shop.root.parent / "copy"
    shutil.copytree(shop.root, copy)
    service.add_project(copy, "copy")
    changed(service, "copy")
    service.enrich("shop")
    edits = [
        ("app/prices.py", "from app import cart\n\nclass A:\n    pass\n"),
        ("app/cart/__init__.py", "import app\n"),
        ("web/a.ts", "import './index';\n"),
        ("tsconfig.json", '{"compilerOptions": {"baseUrl": "web"}}'),
    ]
    for path, content in edits:
        for root in (shop.root, copy):
            Repository(root).write(path, content)
        spoil(settings.home / "analyses")
        fresh = machine(database, settings, settings.home)
        assert extracted(changed(fresh)) <= 1
        changed(service, "copy")
        assert rows(database) == rows(database, "copy")


def test_contents_that_are_known_are_not_parsed_again(
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    shop: Repository,
    tmp_path: Path,
) -> None:
    assert extracted(service.enrich("shop")) == 5
    shutil.copytree(shop.root, tmp_path / "copy")
    service.add_project(tmp_path / "copy", "copy")
    assert extracted(changed(service, "copy")) == 0
    assert rows(database) == rows(database, "copy")
    shop.write("web/b.ts", "export const b = 1;\n")
    assert extracted(changed(machine(database, settings, tmp_path / "home2"))) == 1


@pytest.mark.parametrize("spoil", [spoil_nothing, delete])
def test_a_file_that_has_changed_since_it_was_scanned_is_taken_to_say_what_it_said(
    database: Database,
    settings: Settings,
    shop: Repository,
    spoil: Callable[[Path], None],
) -> None:
    machine(database, settings, settings.home).enrich("shop")
    spoil(settings.home / "analyses")
    service = machine(database, settings, settings.home)
    before = rows(database)
    shop.write("app/cart.py", "import app\n")
    service.generate("shop")
    shop.write("app/cart.py", "import app.prices\nimport app.other\n")
    found = service.enrich("shop")
    assert (statistics(found)["unread_files"], extracted(found)) == (1, 0)
    assert statistics(found)["unparsed_files"] == {}
    assert rows(database) == before
    last = changed(service)
    assert (statistics(last)["unread_files"], extracted(last)) == (0, 1)
    assert {each.rule for each in service.findings("shop", since=2).introduced} == {
        "unresolved_import"
    }


def test_settings_that_have_changed_since_they_were_scanned_are_taken_to_say_what_they_said(
    service: OnexTreeService, shop: Repository
) -> None:
    shop.write("tsconfig.json", '{"compilerOptions": {"paths": {"@/*": ["web/*"]}}}')
    shop.write("web/index.ts", "import '@/a';\n")
    changed(service)
    assert pairs(service) >= WEB
    shop.write("tsconfig.json", '{"compilerOptions": {}}')
    service.generate("shop")
    shop.write("tsconfig.json", "changed again")
    service.enrich("shop")
    assert pairs(service) >= WEB


def test_a_copy_stands_in_for_a_file_that_has_changed(
    service: OnexTreeService, shop: Repository
) -> None:
    for name in ("b", "c"):
        shop.write(f"web/{name}.ts", "import './index';\n")
    service.generate("shop")
    for name in ("b", "c"):
        shop.write(f"web/{name}.ts", "changed")
        assert statistics(service.enrich("shop"))["unread_files"] == 0


def test_a_project_whose_directory_is_gone_keeps_what_is_known(
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    shop: Repository,
    tmp_path: Path,
) -> None:
    service.enrich("shop")
    before = rows(database)
    shop.root.rename(tmp_path / "away")
    found = machine(database, settings, tmp_path / "other").enrich("shop")
    assert statistics(found)["unread_files"] == 0
    assert rows(database) == before


def test_a_project_that_was_never_read_says_so(
    service: OnexTreeService, database: Database, shop: Repository, tmp_path: Path
) -> None:
    shop.root.rename(tmp_path / "away")
    found = service.enrich("shop")
    assert statistics(found)["unread_files"] == statistics(found)["code_files"] == 5
    assert rows(database)[0] == []
    (tmp_path / "away").rename(shop.root)
    assert statistics(service.enrich("shop"))["unread_files"] == 0
    assert pairs(service) == CIRCLE | WEB


@pytest.fixture
def remote(database: Database, settings: Settings, tmp_path: Path) -> tuple[OnexTreeService, str]:
    """A project on a git server that is gone when the test begins."""
    with serving(tmp_path / "served") as host:
        allowed = allowing(settings, host.place)
        service = OnexTreeService(database, allowed, RetryPolicy(attempts=1))
        made = Repository.init(host.base / "shop.git")
        made.write("app/a.py", "from app import b\n")
        made.write("app/b.py", "from app import a\n")
        made.write("app/__init__.py")
        made.commit()
        url = host.url("shop.git")
        service.add_remote_project(url)
        service.generate("shop")
    return service, url


def test_a_remote_project_is_read_from_its_mirror(
    remote: tuple[OnexTreeService, str],
) -> None:
    service, _ = remote
    found = service.enrich("shop")
    assert (statistics(found)["unread_files"], extracted(found)) == (0, 3)
    assert pairs(service) == {("app/a.py", "app/b.py"), ("app/b.py", "app/a.py")}


def test_a_remote_project_without_server_and_mirror_is_enriched_by_its_tree(
    remote: tuple[OnexTreeService, str],
) -> None:
    service, url = remote
    mirror_of(service, url).discard()
    assert statistics(service.enrich("shop"))["unread_files"] == 3


def test_a_mirror_that_is_broken_is_no_reason_to_fail(
    remote: tuple[OnexTreeService, str],
) -> None:
    service, url = remote
    for pack in mirror_of(service, url).git_dir.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[: pack.stat().st_size // 2])
    for loose in mirror_of(service, url).git_dir.glob("objects/??/*"):
        loose.chmod(0o600)
        loose.write_bytes(b"broken")
    assert statistics(service.enrich("shop"))["unread_files"] > 0


def test_what_an_onextree_service_has_scanned_is_enriched_by_its_tree(
    database: Database, settings: Settings, shop: Repository
) -> None:
    client = OnexTreeClient("http://127.0.0.1:1")
    try:
        service = OnexTreeService(database, settings, RetryPolicy(attempts=1), client=client)
        found = service.enrich("shop")
    finally:
        client.close()
    assert statistics(found)["unread_files"] == 5
    assert found.data["architecture"]["layers"] is not None


def test_code_of_others_is_no_code(service: OnexTreeService, shop: Repository) -> None:
    shop.write("node_modules/x/index.js", "import './a';\n")
    shop.write("vendor/y/y.go", "package y\n")
    shop.write("app/made_pb2.py", "# Generated by the protocol buffer compiler.\nimport app\n")
    shop.write(".gitattributes", "app/prices.py linguist-generated\n")
    changed(service)
    assert pairs(service) == WEB | {("app/cart.py", "app/prices.py")}


def test_no_symlink_is_followed(service: OnexTreeService, shop: Repository, tmp_path: Path) -> None:
    outside = Repository(tmp_path / "outside")
    outside.write("secret.py", "import app.cart\n")
    outside.write("web/a.ts", "import './index';\nexport const a = 1;\n")
    (shop.root / "linked").symlink_to(outside.root)
    (shop.root / "app/linked.py").symlink_to(outside.root / "secret.py")
    shop.write("web/a.ts", "import './index';\nexport const a = 1;\n")
    service.generate("shop")
    # What was a directory, or a file, when it was scanned.
    shutil.rmtree(shop.root / "web")
    (shop.root / "web").symlink_to(outside.root / "web")
    (shop.root / "app/cart.py").rename(tmp_path / "cart.py")
    (shop.root / "app/cart.py").symlink_to(tmp_path / "cart.py")
    found = service.enrich("shop")
    assert statistics(found)["unread_files"] == 3
    assert pairs(service) == {("app/prices.py", "app/cart.py")}


def test_what_could_not_be_parsed_is_tried_again_only_where_that_is_asked_for(
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = ExtractionPool(1, deadline=1)
    monkeypatch.setattr("onextree.intelligence.analysis.reading.extraction_pool", lambda: pool)
    shop.write("Slow.cs", HANGS)
    shop.write("Crash.kt", b"(" * 100_000 + b")" * 100_000)
    shop.write("large.py", b"#" * (MAX_BYTES + 1))
    found = changed(service)
    failures = {"timeout": 1, "crash": 1, "too_large": 1}
    assert statistics(found)["unparsed_files"] == failures
    assert {each.path for each in service.findings("shop").introduced} >= {
        "Slow.cs",
        "Crash.kt",
        "large.py",
    }
    again = service.enrich("shop")
    assert (statistics(again)["unparsed_files"], extracted(again)) == (failures, 0)
    forced = service.enrich("shop", force=True)
    assert (statistics(forced)["unparsed_files"], extracted(forced)) == (failures, 2)
    # Whoever was slow, it may have been the machine.
    other = machine(database, settings, settings.home / "other").enrich("shop")
    assert (statistics(other)["unparsed_files"], extracted(other)) == (failures, 1)
    pool.close()


def test_names_and_contents_may_be_any_bytes(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    shop.write(b"web/\xff\xfe\n\"'.ts", "import './a';\n")
    shop.write("web/\U0010ff41.ts", "import './a';\n")
    far = "# far\n" * 20_000
    shop.write("app/nul.py", f"{far}import os\nimport app.a\0b\nx = '\0'\n")
    shop.write("web/nul.ts", f"{far.replace('#', '//')}import './no\0where';\nimport 'b\0c';\n")
    shop.write("web/surrogate.ts", b"import './\xed\xa0\x80';\nimport './\\ud800';\n")
    shop.write("web/latin.ts", "import './größe';\n".encode("latin-1"))
    shop.write("web/wide.ts", "import './wide\ud7ff';\n".encode("utf-16"))
    shop.write("app/nodes.py", "class Ü" + "ü" * 5_000 + ":\n    pass\n")
    found = changed(service)
    assert statistics(found)["unread_files"] == 0
    odd = {source for source, target in pairs(service) if target == "web/a.ts"}
    assert len(odd) == 3
    for path in odd:
        assert "web/a.ts" in [each.target for each in service.related("shop", path).imports]
        assert path in [each.path for each in service.impact("shop", "web/a.ts").files]
    assert "./no\ufffdwhere" in {row[2] for row in rows(database)[1]}


def test_configuration_may_say_anything(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    nul, lone, long = "\\u0000", "\\ud800", "x" * 50_000
    for directory, odd in (("a", nul), ("js/lone", lone), ("js/long", long)):
        name = f"a{odd}b"
        shop.write(
            f"{directory}/package.json",
            f'{{"name": "{name}", "main": "./{name}.js", "bin": {{"{name}": "./a.ts"}},'
            f' "scripts": {{"{name}": "node a.ts {name}"}}, "imports": {{"#x": "z{odd}"}},'
            f' "dependencies": {{"{name}": "{name}"}}, "workspaces": ["{name}"]}}',
        )
        shop.write(f"{directory}/odd.ts", f"import '#x';\nimport './a';\nimport '{name}';\n")
        shop.write(
            f"{directory}/composer.json",
            f'{{"name": "v/{name}", "require": {{"shop/mail{odd}": "1", "{name}": "1"}},'
            f' "autoload": {{"psr-4": {{"Shop\\\\": "{name}/"}}}}}}',
        )
        shop.write(f"{directory}/a.php", "<?php\nnamespace Shop;\nuse Shop\\Mail\\A;\nclass B {}\n")
        shop.write(
            f"{directory}/pyproject.toml",
            f'[project]\nname = "{name.replace(nul, chr(92) + "u0001")}"\n'
            f'[project.scripts]\n"{name.replace(lone, "")}" = "app.cart:fill"\n',
        )
        shop.write(f"{directory}/Cargo.toml", f'[package]\nname = "{name}"\n')
        shop.write(f"{directory}/go.mod", f"module {name}\0\n")
        shop.write(f"{directory}/x.csproj", f'<PackageReference Include="{name}\0" />')
    found = changed(service)
    names = set(statistics(found)["external_packages"])
    assert {"z\ufffd", "shop/mail\ufffd"} <= names
    assert max(map(len, names)) < 300
    assert len(str(found.data)) < 300_000


def test_what_is_stored_is_bounded(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    deep = "/".join(["d" * 200] * 6)
    directory = os.open(shop.root, os.O_RDONLY)
    for name in deep.split("/"):
        os.mkdir(name, dir_fd=directory)
        directory = os.open(name, os.O_RDONLY, dir_fd=directory)
    for name, content in (("deep.ts", b"import './x';"), ("data.json", b"{}"), ("x.ts", b"1")):
        file = os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=directory)
        os.write(file, content)
        os.close(file)
    long = "x" * 100_000
    near = "/".join(["d" * 200] * 4)
    shop.write(f"{near}/near.ts", f"import './{'d' * 200}/{'d' * 200}/data.json';\n")
    lines = "// of people, not of a program\n" * 20_000
    shop.write("web/long.ts", f"{lines}import './{long}';\nimport './{long}y';\nimport '{long}';\n")
    shop.write("app/long.py", f"class {long.upper()}:\n" + _methods(60))
    many = "".join(f"import './m{number % 2_000}';\n" for number in range(10_000))
    shop.write("web/many.ts", many)
    for number in range(2_000):
        shop.write(f"web/m{number}.ts", "")
    changed(service)
    links, found = rows(database)
    assert len([link for link in links if link[0] == "web/many.ts"]) == 2_000
    assert all(len(text.encode()) <= 1_000 for link in links for text in link[:2])
    assert len(found) < 1_000
    assert all(len(row[2]) <= 1_000 and len(row[5]) < 1_000 for row in found)
    assert all(len(row[6]) < 10_000 for row in found)
    missing = "".join(f"import './missing{number}';\n" for number in range(10_000))
    shop.write("web/many.ts", missing)
    changed(service)
    assert len(rows(database)[1]) < 1_000
    with database.reading() as connection:
        (size,) = connection.execute(
            "SELECT max(octet_length(enrichment_data::text)) FROM onextree.versions"
        ).fetchone() or (0,)
    assert size < 300_000


def _methods(number: int) -> str:
    body = "".join(f"        if x == {line}:\n            x += 1\n" for line in range(60))
    return "".join(f"    def m{each}(self, x):\n{body}" for each in range(number))


def test_two_at_once_find_one_result(
    service: OnexTreeService,
    database: Database,
    settings: Settings,
    shop: Repository,
    tmp_path: Path,
) -> None:
    service.enrich("shop")
    shutil.copytree(shop.root, tmp_path / "copy")
    service.add_project(tmp_path / "copy", "copy")
    changed(service, "copy")
    homes = (settings.home, tmp_path / "1", tmp_path / "2")
    others = [machine(database, settings, home) for home in homes]
    failures: list[BaseException] = []
    for number in range(4):
        for root in (shop.root, tmp_path / "copy"):
            Repository(root).write("app/cart.py", f"import app.new{number}\n" * (number % 3))
            Repository(root).write(f"app/new{number}.py", "from app import cart\n")
        changed(service, "copy")
        service.generate("shop")
        begin = Barrier(len(others) + 1)

        def enrich(each: OnexTreeService, begin: Barrier = begin) -> None:
            begin.wait()
            try:
                each.enrich("shop")
            except BaseException as error:
                failures.append(error)

        threads = [Thread(target=enrich, args=(each,)) for each in (service, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert rows(database) == rows(database, "copy")


def test_a_version_that_is_deleted_meanwhile_leaves_nothing(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.enrich("shop")
    before = rows(database)
    shop.write("app/prices.py", "")
    service.generate("shop")
    analyse = OnexTreeService._analyse

    def analysing(self: OnexTreeService, *arguments: Any, **options: Any) -> Any:
        analysed = analyse(self, *arguments, **options)
        self.delete_versions("shop", [2])
        return analysed

    monkeypatch.setattr(OnexTreeService, "_analyse", analysing)
    with pytest.raises(TreeNotFound):
        service.enrich("shop")
    monkeypatch.undo()
    assert rows(database) == before
    assert service.related("shop", "app/cart.py").analysed_version == 1


def test_what_fails_at_its_last_statement_leaves_nothing(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.enrich("shop")
    before = rows(database)
    shop.write("app/prices.py", "import app.new\n")
    shop.write("app/new.py", "")
    finish = enrichment_queue.finish_enrichment

    def finishing(connection: Any, *arguments: Any, **options: Any) -> None:
        finish(connection, *arguments, **options)
        connection.execute("SELECT 1 / 0")

    monkeypatch.setattr(enrichment_queue, "finish_enrichment", finishing)
    with pytest.raises(DatabaseError):
        changed(service)
    assert rows(database) == before
    assert service.related("shop", "app/cart.py").analysed_version == 1
    monkeypatch.undo()
    service.enrich("shop")
    assert pairs(service) == WEB | {
        ("app/cart.py", "app/prices.py"),
        ("app/prices.py", "app/new.py"),
    }
    assert pairs(service, 1) == CIRCLE | WEB


KILLED = """
import os, signal, sys

from onextree.opening import open_service
from onextree.settings import Settings
from onextree.store import enrichment_queue, extractions

owner, name = {"extracted": (extractions, "add_extractions"),
               "stored": (enrichment_queue, "finish_enrichment")}[sys.argv[1]]
function = getattr(owner, name)


def dying(*arguments, **options):
    function(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)


setattr(owner, name, dying)
with open_service(Settings()) as service:
    service.enrich("shop")
"""


@pytest.mark.parametrize("point", ["extracted", "stored"])
def test_who_is_killed_leaves_nothing_half_written(
    service: OnexTreeService,
    database: Database,
    database_url: str,
    shop: Repository,
    point: str,
) -> None:
    service.enrich("shop")
    before = rows(database)
    shop.write("app/prices.py", "import app.new\n")
    shop.write("app/new.py", "")
    service.generate("shop")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, point],
        env={
            **ENVIRONMENT,
            "ONEXTREE_HOME": str(shop.root.parent / "home"),
            "ONEXTREE_DATABASE_URL": database_url,
            "ONEXTREE_ALLOWED_ROOTS": str(shop.root.parent),
        },
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert rows(database) == before
    service.enrich("shop")
    assert pairs(service, 1) == CIRCLE | WEB
    assert pairs(service) == WEB | {
        ("app/cart.py", "app/prices.py"),
        ("app/prices.py", "app/new.py"),
    }


def test_workers_that_are_killed_cost_nothing(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(300):
        shop.write(f"app/m{number}.py", f"from app import m{number + 1}, cart\n" * 50)
    service.generate("shop")
    killed = 0
    read = WorkTreeContents.read

    def reading(self: WorkTreeContents, wanted: Sequence[W]) -> Iterator[tuple[W, bytes]]:
        nonlocal killed
        for number, found in enumerate(read(self, wanted)):
            if number == 200:
                for child in psutil.Process().children():
                    if "onextree.intelligence.extraction.worker" in child.cmdline():
                        child.kill()
                        killed += 1
            yield found

    monkeypatch.setattr(WorkTreeContents, "read", reading)
    found = service.enrich("shop")
    assert killed > 0
    assert statistics(found)["unparsed_files"] == {}
    assert len([link for link in rows(database)[0] if link[1] == "app/cart.py"]) == 301
