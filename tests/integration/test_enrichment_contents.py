"""Enrichments, from files to rows: which contents are read, and what cannot be."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from onextree.clients import OnexTreeClient
from onextree.intelligence.extraction.contents import MAX_BYTES
from onextree.intelligence.extraction.pool import ExtractionPool
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from tests.enrichments import (
    CIRCLE,
    WEB,
    changed,
    delete,
    extracted,
    machine,
    pairs,
    rows,
    spoil_nothing,
    statistics,
)
from tests.remotes import allowing, mirror_of, serving
from tests.repositories import Repository

HANGS = b"a<" * (1 << 18)
"""C# that takes its parser minutes."""


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
