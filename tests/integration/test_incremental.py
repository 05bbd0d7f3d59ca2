"""Updates by what changed: when all files are looked at instead, and what an update promises."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from onextree.errors import InvalidRequest, TreeShrank
from onextree.service import OnexTreeService, incremental, sources
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store.snapshots import Snapshot
from onextree.tree.changes.decision import Mode, ScanReason
from onextree.tree.changes.look import look
from onextree.tree.reading.reader import ReadFiles, TreeReader
from onextree.tree.scan import scan
from tests.incremental import check_equals_scan, check_stored_digests
from tests.repositories import Repository

FILES = ("app.py", "lib/one.py", "lib/two.py", "lib/deep/three.py", "docs/four.md")


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """A project ``shop``, scanned at its first commit."""
    for path in FILES:
        repository.write(path, f"{path}\n")
    repository.write("build/out.o", "ignored")
    (repository.root / ".git" / "info" / "exclude").write_text("*.o\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


def edit(repository: Repository, *paths: str) -> None:
    for path in paths:
        repository.write(path, f"{path} again {os.urandom(4).hex()}\n")


def requests(database: Database) -> list[tuple[str, list[str]]]:
    with database.reading() as connection:
        return connection.execute("SELECT reason, paths FROM onextree.update_requests").fetchall()


def paths_of(service: OnexTreeService) -> set[bytes]:
    return {entry.path for entry in service.files("shop")}


def new_directory(shop: Repository) -> None:
    edit(shop, "new/file")


def emptied_directory(shop: Repository) -> None:
    (shop.root / "docs/four.md").unlink()


def ignore_rules(shop: Repository) -> None:
    shop.write("lib/.gitignore", "x\n")


def attributes(shop: Repository) -> None:
    shop.write(".gitattributes", "*.py linguist-language=Rust\n")


def many_files(shop: Repository) -> None:
    edit(shop, *FILES[:4])


def directory_for_a_file(shop: Repository) -> None:
    (shop.root / "app.py").unlink()
    edit(shop, "app.py/inside")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda shop: edit(shop, "app.py"), None),
        (lambda shop: edit(shop, "app.py", "lib/one.py", "lib/new.py"), None),
        (lambda shop: (shop.root / "lib/one.py").unlink(), None),
        (many_files, ScanReason.MANY_FILES),
        (new_directory, ScanReason.DIRECTORIES),
        (emptied_directory, ScanReason.DIRECTORIES),
        (directory_for_a_file, ScanReason.DIRECTORIES),
        (ignore_rules, ScanReason.RULES),
        (attributes, ScanReason.RULES),
    ],
)
def test_the_table_decides(
    database: Database,
    settings: Settings,
    shop: Repository,
    change: Callable[[Repository], None],
    reason: ScanReason | None,
) -> None:
    service = OnexTreeService(database, settings.model_copy(update={"incremental_files": 3}))
    change(shop)
    shop.commit()
    update = service.update("shop")
    assert update.reason is reason
    assert update.mode is (Mode.FULL if reason else Mode.INCREMENTAL)
    assert update.changed
    check_equals_scan(service, database, shop, update)


def test_a_first_version_is_a_scan(service: OnexTreeService, repository: Repository) -> None:
    repository.write("a")
    service.add_project(repository.root, "new")
    update = service.update("new", ["a"])
    assert (update.reason, update.recorded.version) == (ScanReason.FIRST_VERSION, 1)


def test_rules_above_the_root_count(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.add_project(shop.root / "lib", "lib")
    service.generate("lib")
    edit(shop, "lib/one.py", "app.py")
    shop.commit()
    update = service.update("lib")
    assert (update.mode, update.files) == (Mode.INCREMENTAL, 1)
    check_equals_scan(service, database, Repository(shop.root / "lib"), update)
    service.generate("lib")
    shop.write("docs/.gitignore", "x\n")
    shop.commit()
    assert service.update("lib").mode is Mode.INCREMENTAL
    shop.write(".gitignore", "two.py\n")
    shop.commit()
    assert service.update("lib").reason is ScanReason.RULES


def test_a_version_that_no_scan_of_this_root_has_stored(
    service: OnexTreeService, shop: Repository, tmp_path: Path
) -> None:
    tree = service.export_tree("shop")["tree"]
    edit(shop, "app.py")
    service.generate("shop")
    service.import_tree("shop", tree)
    assert service.update("shop", ["app.py"]).reason is ScanReason.UNFIT
    assert service.update("shop", ["app.py"]).mode is Mode.INCREMENTAL
    service.delete_versions("shop", [service.show("shop").version])
    assert service.update("shop", ["app.py"]).reason is ScanReason.UNFIT
    shutil.copytree(shop.root, tmp_path / "elsewhere", symlinks=True)
    (tmp_path / "elsewhere" / "app.py").write_text("other\n")
    service.move_project("shop", tmp_path / "elsewhere")
    assert service.update("shop", ["lib/one.py"]).reason is ScanReason.UNFIT


def test_commits_that_cannot_be_compared(service: OnexTreeService, shop: Repository) -> None:
    edit(shop, "app.py")
    shop.git("commit", "-q", "-a", "--amend", "-m", "other")
    shop.git("reflog", "expire", "--expire=now", "--all")
    shop.git("gc", "-q", "--prune=now")
    update = service.update("shop")
    assert (update.reason, update.changed) == (ScanReason.COMMITS, True)


def test_a_plain_directory(service: OnexTreeService, database: Database, tmp_path: Path) -> None:
    root = tmp_path / "plain"
    plain = Repository(root)
    for path in FILES:
        plain.write(path, path)
    service.add_project(root, "plain")
    service.generate("plain")
    edit(plain, "app.py")
    (root / "lib/one.py").unlink()
    update = service.update("plain", ["app.py", "lib/one.py", "lib/nothing.py"])
    assert (update.mode, update.recorded.changes.pairs()) == (
        Mode.INCREMENTAL,
        [("modified", "app.py"), ("removed", "lib/one.py")],
    )
    check_equals_scan(service, database, plain, update)
    edit(plain, "lib/new.py")
    assert service.update("plain", ["lib/new.py"]).reason is ScanReason.PLAIN


def test_only_the_named_files_are_read(
    service: OnexTreeService, shop: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    real = TreeReader.read

    def spying(reader: TreeReader, names: dict[bytes, list[bytes]]) -> ReadFiles:
        read.append(names)
        return real(reader, names)

    monkeypatch.setattr(TreeReader, "read", spying)
    edit(shop, "app.py", "lib/one.py")
    shop.commit()
    assert service.update("shop", ["lib/deep/three.py"]).mode is Mode.INCREMENTAL
    assert read == [{b"": [b"app.py"], b"lib": [b"one.py"], b"lib/deep": [b"three.py"]}]


def test_an_update_is_the_version_before_and_the_named_files(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    edit(shop, "app.py", "lib/one.py")
    verified = service.find_project("shop").verified_at
    update = service.update("shop", ["app.py"])
    assert update.recorded.changes.pairs() == [("modified", "app.py")]
    stored: Snapshot = service.show("shop")
    assert (stored.is_reconciled, stored.is_dirty) == (False, None)
    assert requests(database) == [("reconcile", [])]
    assert service.find_project("shop").verified_at == verified
    check_stored_digests(service, database, "shop")

    whole = service.update("shop")  # nothing is named: what is open is looked at
    assert (whole.reason, whole.changed) == (ScanReason.RECONCILE, True)
    assert whole.recorded.changes.pairs() == [("modified", "lib/one.py")]
    assert service.show("shop").is_reconciled
    assert requests(database) == []
    check_equals_scan(service, database, shop, whole)


def test_a_scan_that_finds_nothing_else_reconciles(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    edit(shop, "app.py")
    shop.commit()
    first, *others = service.refresh("shop")
    assert (first.changed, first.recorded.is_whole, others) == (True, True, [])
    assert first.mode is Mode.INCREMENTAL
    assert "reconcile" in first.stages
    stored = service.show("shop")
    assert (stored.version, stored.is_reconciled) == (2, True)
    assert stored.verified_at is not None
    assert requests(database) == []


def test_what_else_changed_is_a_version_of_its_own(
    service: OnexTreeService, shop: Repository
) -> None:
    edit(shop, "app.py")
    shop.commit()
    edit(shop, "lib/one.py")
    first, second = service.refresh("shop")
    assert first.recorded.changes.pairs() == [("modified", "app.py")]
    assert second.recorded.changes.pairs() == [("modified", "lib/one.py")]
    assert [version.version for version in service.list_versions("shop")] == [3, 2, 1]


def test_named_files_that_are_as_they_were(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    commit = shop.commit("empty")
    update = service.update("shop", ["app.py", "lib/one.py"])
    assert (update.changed, update.recorded.version, update.files) == (False, 1, 2)
    assert service.watch_heads().moved == []
    assert commit
    assert requests(database) == [("reconcile", [])]


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "", ".", "lib/../../x", "a\0b"])
def test_a_path_out_of_the_root_is_refused(
    service: OnexTreeService, shop: Repository, path: str
) -> None:
    with pytest.raises(InvalidRequest, match="no path of a file below"):
        service.update("shop", [path])
    with pytest.raises(InvalidRequest, match="no path of a file below"):
        service.request_update("shop", [path])
    assert shop.root.exists()


def test_what_does_not_belong_to_the_project_stays_out(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    nested = Repository.init(shop.root / "nested")
    nested.write("inside")
    nested.commit()
    service.generate("shop")
    before = paths_of(service)
    edit(shop, "build/out.o", "lib/x.o", "nested/inside", "lib/untracked.py")
    (shop.root / "lib" / "away").symlink_to("/etc")
    update = service.update(
        "shop",
        [
            *("build/out.o", "lib/x.o", "nested/inside", ".git/config", "lib/.git/x"),
            *("lib/away/passwd", "lib/untracked.py", "lib/nothing", str(shop.root / "app.py")),
        ],
    )
    assert update.mode is Mode.INCREMENTAL
    assert paths_of(service) - before == {b"lib/untracked.py"}
    check_stored_digests(service, database, "shop")


def test_a_tracked_file_that_is_ignored_belongs_to_it(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    edit(shop, "lib/forced.o")
    shop.git("add", "--force", "lib/forced.o")
    update = service.update("shop", ["lib/forced.o"])
    assert update.recorded.changes.added == ["lib/forced.o"]
    check_equals_scan(service, database, shop, update)


def test_a_submodule_that_moved_by_itself_needs_a_scan(
    service: OnexTreeService, shop: Repository, tmp_path: Path
) -> None:
    library = Repository.init(tmp_path / "library")
    library.write("a")
    library.commit()
    shop.git("submodule", "--quiet", "add", str(library.root), "lib/sub")
    shop.commit()
    service.generate("shop")
    assert service.update("shop", ["lib/sub"]).reason is ScanReason.SUBMODULE


def test_most_files_gone_is_no_update(service: OnexTreeService, shop: Repository) -> None:
    for path in FILES[:3]:
        (shop.root / path).unlink()
    with pytest.raises(TreeShrank):
        service.update("shop", FILES[:3])
    assert service.show("shop").version == 1


def test_damaged_digests_are_noticed(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    with database.transaction() as connection:
        connection.execute(
            "UPDATE onextree.current_directories SET digest = sha256('x') WHERE name = 'deep'"
        )
    edit(shop, "lib/deep/three.py")
    update = service.update("shop", ["lib/deep/three.py"])
    assert update.reason is ScanReason.UNFIT
    check_equals_scan(service, database, shop, update)


def test_what_is_known_is_carried_over_until_it_is_found_anew(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    service.enrich("shop")
    before = service.show("shop").enrichment_data
    for number in (2, 3):
        edit(shop, "app.py")
        service.update("shop", ["app.py"])
        stored = service.show("shop")
        assert (stored.version, stored.is_enriched) == (number, False)
        assert stored.enrichment_data == {**before, "carried_from_version": 1}
        assert stored.enrichment_sources == ["local"]
    (queued,) = service.claim_enrichments(10)
    assert queued.version == 3
    service.enrich("shop")
    assert "carried_from_version" not in service.show("shop").enrichment_data


def test_a_whole_scan_that_was_asked_for_is_not_replaced(
    service: OnexTreeService, shop: Repository
) -> None:
    service.request_update("shop")
    edit(shop, "app.py")
    update = service.update("shop", ["app.py"])
    assert (update.reason, update.changed) == (ScanReason.REQUESTED, True)


def test_a_name_that_no_file_can_have_is_not_there(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    edit(shop, "app.py")
    named = ["app.py", "n" * 300, f"lib/{'n' * 300}/one.py", "/".join(["d" * 200] * 30)]
    update = service.update("shop", named)
    assert update.summary.unreadable == 0
    check_equals_scan(service, database, shop, update)


def test_requests_name_files(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    edit(shop, "app.py", "lib/one.py", "lib/two.py")
    service.request_update("shop", ["app.py"])
    service.request_update("shop", [str(shop.root / "lib/one.py"), "app.py"])
    assert requests(database) == [("files", ["app.py", "lib/one.py"])]
    update = service.update("shop")
    assert (update.mode, update.files) == (Mode.INCREMENTAL, 2)
    assert requests(database) == [("reconcile", [])]


def test_a_request_during_an_update_is_kept(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = look

    def meanwhile(*args: object, **options: object) -> object:
        service.request_update("shop", ["lib/one.py"])
        return real(*args, **options)  # type: ignore[arg-type]

    edit(shop, "app.py", "lib/one.py")
    with monkeypatch.context() as patch:
        patch.setattr(incremental, "look", meanwhile)
        service.update("shop", ["app.py"])
    assert requests(database) == [("files", ["lib/one.py"])]
    assert service.update("shop").recorded.changes.pairs() == [("modified", "lib/one.py")]


def test_head_that_moves_meanwhile_is_followed(
    service: OnexTreeService,
    database: Database,
    shop: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moves: list[str] = []
    real = look

    def moving(*args: object, **options: object) -> object:
        found = real(*args, **options)  # type: ignore[arg-type]
        if len(moves) < 2:
            edit(shop, "lib/one.py")
            moves.append(shop.commit())
        return found

    monkeypatch.setattr(incremental, "look", moving)
    edit(shop, "app.py")
    shop.commit()
    update = service.update("shop")
    assert update.mode is Mode.INCREMENTAL
    check_equals_scan(service, database, shop, update)
    assert service.show("shop").commit_id == moves[-1]


def test_an_older_scan_does_not_undo_an_update(
    service: OnexTreeService, shop: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = scan

    def slow(*args: object, **options: object) -> object:
        scanned = real(*args, **options)  # type: ignore[arg-type]
        edit(shop, "app.py")
        service.update("shop", ["app.py"])
        return scanned

    edit(shop, "lib/one.py")
    with monkeypatch.context() as patch:
        patch.setattr(sources, "scan", slow)
        late = service.generate("shop")
    assert late.recorded.superseded
    assert late.recorded.version == 2
    assert {path for _, path in service.show("shop").changes} == {"app.py"}


def test_updates_at_the_same_time_lose_nothing(
    service: OnexTreeService, database: Database, shop: Repository
) -> None:
    paths = [f"lib/{number}.py" for number in range(8)]
    edit(shop, *paths)
    failures: list[BaseException] = []

    def update(path: str) -> None:
        try:
            service.update("shop", [path])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=update, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert {os.fsencode(path) for path in paths} <= paths_of(service)
    versions = [version.version for version in service.list_versions("shop")]
    assert versions == sorted(versions, reverse=True)
    assert not any(checked.findings for checked in service.check("shop"))
    check_stored_digests(service, database, "shop")
