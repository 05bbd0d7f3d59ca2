"""Manifests: which file of a version carries which stamp, on real PostgreSQL and git."""

import shutil
from pathlib import Path

import pytest
from blake3 import blake3

from onextree.errors import ProjectNotFound, TreeNotFound
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.stamping.content import content_hash
from onextree.stamping.model import NAMESPACE, StampType, stamp_id
from onextree.store.database import Database
from onextree.store.stamp_manifest import ManifestRow, StampState
from onextree.tree.names import decode_name
from tests.remotes import allowing, machine, serving
from tests.repositories import Repository
from tests.stamped_files import (
    FOREIGN_HASH,
    beside,
    check_is_fresh,
    looked_at,
    manifest_of,
    stamped_project,
    states,
    write_sidecar,
    write_stamped,
)

SIDECAR = beside("data.json")


@pytest.fixture
def shop(tmp_path: Path, service: OnexTreeService) -> Repository:
    return stamped_project(tmp_path / "shop", service)


def state(database: Database, service: OnexTreeService, path: str) -> tuple[str, str | None]:
    """Of a file in a new version: its state, and how its stamp is written."""
    service.generate("shop")
    found = states(database, service, "shop")
    return found[path], manifest_of(database, "shop")[path].form


@pytest.mark.parametrize("has_git", [True, False])
def test_files_of_every_kind(
    service: OnexTreeService, database: Database, tmp_path: Path, has_git: bool
) -> None:
    root = Repository.init(tmp_path / "shop") if has_git else Repository(tmp_path / "shop")
    marked = {
        "src/app.py": write_stamped(root, "src/app.py", "print(1)\n"),
        "README.md": write_stamped(root, "README.md", "# Shop\n", StampType.RICH),
        "run.sh": write_stamped(root, "run.sh", "#!/bin/sh\ntrue\n"),
        "data.json": write_stamped(root, "data.json", '{"a": 1}\n'),
        "caf\udce9.py": write_stamped(root, "caf\udce9.py", "é\n"),
        "changed.py": write_stamped(root, "changed.py", "print(1)\n"),
        "changed.json": write_stamped(root, "changed.json", "{}"),
    }
    (root.root / "run.sh").chmod(0o755)
    root.write("changed.py", marked["changed.py"].content + b"print(2)\n")
    root.write("changed.json", "[]")
    root.write("plain.py", "print()\n")
    root.write("empty")
    root.write("picture.png", b"\x89PNG\0\xff\xfe")
    root.write("old.md", f"<!-- ONEX:META:{FOREIGN_HASH} -->\n# Old\n")
    root.write("docs.md", "# How\n\nA stamp is `# ONEX:uid=a,hash=b,ts=c`, in the first line.\n")
    root.write(".gone.json.onex-meta.json", "{}")
    (root.root / "link").symlink_to("plain.py")
    service.add_project(root.root, "shop")
    service.generate("shop")

    foreign = decode_name(b"caf\xe9.py")
    assert states(database, service, "shop") == {
        **dict.fromkeys(("src/app.py", "README.md", "run.sh", "data.json", foreign), "stamped"),
        **dict.fromkeys(("changed.py", "changed.json"), "mismatched"),
        **dict.fromkeys(("plain.py", "empty", "picture.png", "old.md", "docs.md"), "unstamped"),
        **dict.fromkeys(
            (SIDECAR, ".changed.json.onex-meta.json", ".gone.json.onex-meta.json"), "sidecar"
        ),
    }
    rows = manifest_of(database, "shop")
    assert {path: row.form for path, row in rows.items() if row.form} == {
        **dict.fromkeys(("src/app.py", "run.sh", foreign, "changed.py"), "lightweight"),
        "README.md": "rich",
        "old.md": "reference",
        **dict.fromkeys(("data.json", "changed.json"), "sidecar"),
    }
    assert {path: row.sidecar_path for path, row in rows.items() if row.sidecar_path} == {
        "data.json": SIDECAR,
        "changed.json": ".changed.json.onex-meta.json",
    }
    said = content_hash(b"print(1)\n")
    assert rows["src/app.py"] == ManifestRow(
        "src/app.py",
        bytes.fromhex(marked["src/app.py"].blake3),
        bytes.fromhex(said),
        StampState.STAMPED,
        "lightweight",
        str(stamp_id(NAMESPACE, said)),
        bytes.fromhex(said),
        None,
    )
    changed = rows["changed.py"]
    assert changed.stamp_hash == bytes.fromhex(said) != changed.content_hash
    assert rows["plain.py"].digest == blake3(b"print()\n").digest()
    assert rows["plain.py"].content_hash == blake3(b"print()").digest()


def test_sidecars_come_change_and_go(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    written = (shop.root / SIDECAR).read_bytes()
    assert state(database, service, "data.json") == ("stamped", "sidecar")
    (shop.root / SIDECAR).unlink()
    assert state(database, service, "data.json") == ("unstamped", None)
    shop.write(SIDECAR, written)
    assert state(database, service, "data.json") == ("stamped", "sidecar")
    shop.write(SIDECAR, "no JSON")
    assert state(database, service, "data.json") == ("unstamped", None)
    write_stamped(shop, "data.json", "[]")
    shop.write("data.json", '{"a": 1}\n')
    assert state(database, service, "data.json") == ("mismatched", "sidecar")
    shop.write(SIDECAR, written)
    assert state(database, service, "data.json") == ("stamped", "sidecar")
    (shop.root / "data.json").unlink()
    assert state(database, service, SIDECAR) == ("sidecar", None)
    assert "data.json" not in manifest_of(database, "shop")
    # A sidecar is one by its name alone; what it says holds for no other file.
    (shop.root / SIDECAR).rename(shop.root / "data.json")
    assert state(database, service, "data.json") == ("unstamped", None)


def test_of_two_stamps_one_that_does_not_hold_is_told(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    embedded = write_stamped(shop, "src/app.py", "print(1)\n").content
    write_sidecar(shop, "src/app.py", embedded)
    assert state(database, service, "src/app.py") == ("stamped", "lightweight")
    stale = embedded + b"print(2)\n"
    shop.write("src/app.py", stale)
    assert state(database, service, "src/app.py") == ("mismatched", "lightweight")
    write_sidecar(shop, "src/app.py", stale)
    assert state(database, service, "src/app.py") == ("mismatched", "lightweight")
    shop.write("src/app.py", embedded)
    assert state(database, service, "src/app.py") == ("mismatched", "sidecar")


def test_each_content_is_read_once(
    shop: Repository, service: OnexTreeService, tmp_path: Path
) -> None:
    first = looked_at(service)
    assert (first.contents_read, first.changed, first.removed, first.before) == (4, 4, 0, None)
    again = service.stamp_manifest("shop")
    assert (again.contents_read, again.changed, again.removed, again.waiting) == (0, 0, 0, 0)

    shop.write("src/new.py", "new\n")
    assert (looked_at(service).contents_read, service.show("shop").version) == (1, 2)
    (shop.root / "src/new.py").rename(shop.root / "moved.py")
    moved = looked_at(service)
    assert (moved.contents_read, moved.changed, moved.removed) == (0, 1, 1)
    assert moved.before is not None
    assert moved.before.version == 2
    (shop.root / "moved.py").unlink()
    assert looked_at(service).contents_read == 0

    shutil.copytree(shop.root, tmp_path / "copy")
    service.add_project(tmp_path / "copy", "copy")
    service.generate("copy")
    copy = service.stamp_manifest("copy")
    assert (copy.contents_read, copy.counts) == (0, service.stamp_manifest("shop").counts)


def test_without_dagster_whoever_enriches_a_version_looks_at_its_stamps(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    service.generate("shop")
    assert service.work_off().enrichments == 1
    shop.write("plain.py", "print(2)\n")
    service.generate("shop")
    assert service.work_off().failed == 0
    rows = manifest_of(database, "shop")
    assert (len(rows), rows["plain.py"].content_hash) == (4, blake3(b"print(2)").digest())


def test_many_versions_at_once(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    looked_at(service)
    for number in range(4):
        shop.write("plain.py", f"print({number})\n")
        shop.write(f"{number}.py", "")
        service.generate("shop")
    (shop.root / "0.py").unlink()
    service.delete_versions("shop", [3])  # what it changed is told by no other
    manifest = looked_at(service)
    assert (manifest.version, manifest.changed, manifest.removed) == (6, 4, 0)
    check_is_fresh(service, database)


def test_more_changes_than_are_looked_up_one_by_one(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    looked_at(service)
    for number in range(1_100):
        shop.write(f"many/{number}.py", str(number % 7))
    manifest = looked_at(service)
    assert (manifest.changed, manifest.contents_read) == (1_100, 7)
    check_is_fresh(service, database)


def test_what_is_too_large_is_not_read(
    shop: Repository, database: Database, settings: Settings
) -> None:
    def limited(most: int) -> OnexTreeService:
        return machine(database, settings.model_copy(update={"stamp_max_bytes": most}))

    shop.write("large.txt", "x" * 1_001)
    manifest = looked_at(limited(1_000))
    assert (manifest.counts[StampState.UNREAD], manifest.waiting) == (1, 0)
    assert states(database, limited(1_001), "shop")["large.txt"] == "unstamped"


def test_an_older_version_is_answered_and_not_stored(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    looked_at(service)
    shop.write("new.py", "")
    looked_at(service)
    rows = manifest_of(database, "shop")
    older = service.stamp_manifest("shop", 1)
    assert (older.version, older.is_stored, older.contents_read) == (1, False, 0)
    assert older.counts == {
        **dict.fromkeys(StampState, 0),
        StampState.STAMPED: 2,
        StampState.UNSTAMPED: 1,
        StampState.SIDECAR: 1,
    }
    assert manifest_of(database, "shop") == rows
    for project_id, error in {"shop": TreeNotFound, "nothing": ProjectNotFound}.items():
        with pytest.raises(error):
            service.stamp_manifest(project_id, 9)


def test_a_version_that_was_deleted_meanwhile(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    looked_at(service)
    for content in ("1", "2"):
        shop.write("plain.py", content)
        shop.write(f"{content}.py", content)
        service.generate("shop")
    service.delete_versions("shop", [1, 2])
    manifest = service.stamp_manifest("shop")
    assert (manifest.changed, manifest.removed, manifest.contents_read) == (3, 0, 2)
    check_is_fresh(service, database)
    # The newest one goes, too: the one before is newest again.
    shop.write("4.py", "4")
    looked_at(service)
    with database.transaction() as connection:
        connection.execute("DELETE FROM public.onextree_snapshots WHERE version = 4")
    manifest = service.stamp_manifest("shop")
    assert (manifest.version, manifest.is_stored, manifest.removed) == (3, True, 1)
    check_is_fresh(service, database)


@pytest.mark.usefixtures("shop")
def test_contents_that_are_read_otherwise_are_read_anew(
    service: OnexTreeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at(service)
    for module in ("examined", "manifest"):
        monkeypatch.setattr(f"onextree.service.stamping.{module}.READING_VERSION", 1_000)
    anew = service.stamp_manifest("shop")
    assert (anew.contents_read, anew.changed) == (4, 0)
    assert service.stamp_manifest("shop").contents_read == 0


def test_a_repository_on_a_server(database: Database, settings: Settings, tmp_path: Path) -> None:
    """Contents come from git's objects, of the commit that was scanned."""
    with serving(tmp_path / "served") as host:
        served = host.repository("shop.git")
        write_stamped(served, "src/app.py", "print(1)\n")
        write_stamped(served, "data.json", "{}")
        served.commit()
        service = machine(database, allowing(settings, host.place))
        service.add_remote_project(host.url("shop.git"), "shop")
        service.generate("shop")
    found = states(database, service, "shop")
    assert (found["src/app.py"], found["data.json"]) == ("stamped", "stamped")
    assert "unread" not in found.values()


def test_projects_with_stamps_that_do_not_hold(
    shop: Repository, service: OnexTreeService, tmp_path: Path
) -> None:
    assert looked_at(service).mismatched == []
    assert service.mismatched_stamps() == []
    for name in ("b.py", "a.py", "c.py"):
        content = write_stamped(shop, name, f"{name}\n").content
        shop.write(name, content + b"more\n")
    assert [row.path for row in looked_at(service).mismatched] == ["a.py", "b.py", "c.py"]
    other = Repository(tmp_path / "other")
    other.write("a.py", content + b"more\n")
    service.add_project(other.root, "other")
    service.generate("other")
    service.stamp_manifest("other")
    found = service.mismatched_stamps(most=2)
    assert [(each.project_id, each.number) for each in found] == [("other", 1), ("shop", 3)]
    assert [row.path for row in found[1].rows] == ["a.py", "b.py"]
    assert found[1].rows[0].uid == str(stamp_id(NAMESPACE, content_hash(b"a.py\n")))
    service.remove_project("other", keep_history=True)
    assert [each.project_id for each in service.mismatched_stamps()] == ["shop"]
