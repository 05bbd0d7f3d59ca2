"""A difference tells which changes are of stamps alone; a lineage, where stamps come from."""

import re
from uuid import uuid4

import dagster as dg
import psycopg
import pytest

from onextree.analytics import Analytics
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.service.stamping.changes import tell_stamp_changes
from onextree.service.stamping.requests import Stamping
from onextree.settings import Settings
from onextree.stamping.model import StampType
from onextree.store.database import Database, RawConnection
from onextree.tree.diff.model import Change, ChangeKind, FileState, StampChange
from onextree_assets.changes import changes_report
from tests.bridges import running_bridge
from tests.repositories import Repository
from tests.shell import Shell
from tests.stamped_files import mark

APP, CART = "print(1)\n", "items = []\n"


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """``shop`` in version 1, committed and stored by a Dagster run."""
    repository.write("src/app.py", APP)
    repository.write("src/cart.py", CART)
    repository.write("data.json", '{"a": 1}\n')
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop", run_id="run-1")
    return repository


def told(shell: Shell) -> dict[str, tuple[str, str | None]]:
    found = shell.json("onextree", "diff", "shop")
    return {each["path"]: (each["change"], each["stamp"]) for each in found["changes"]}


def test_stamps_and_sidecars_are_told_apart_from_other_changes(
    shell: Shell, shop: Repository, service: OnexTreeService, database: Database
) -> None:
    found = shell.json("onextree", "stamp", str(shop.root), "--write")
    assert found["written"] == 3
    shop.write("src/new.py", "new\n")
    service.generate("shop")
    assert told(shell) == {
        ".data.json.onex-meta.json": ("added", "sidecar"),
        "src/app.py": ("modified", "stamp"),
        "src/cart.py": ("modified", "stamp"),
        "src/new.py": ("added", None),
    }
    assert shell.json("onextree", "diff", "shop")["stamps"] == {"stamp": 2, "sidecar": 1}
    _, out, _ = shell("onextree", "diff", "shop")
    assert "2 modified, 0 removed, 0 renamed (2 of stamps alone, 1 of sidecars)." in out
    assert "src/app.py (stamp)" in out
    assert ".data.json.onex-meta.json (sidecar)" in out
    frame = Analytics(service, database, RetryPolicy(attempts=1)).diff("shop")
    assert list(frame["stamp"].astype(object).where(frame["stamp"].notna(), None)) == [
        *("sidecar", "stamp", "stamp", None)
    ]
    grown = shell.json("onextree", "growth", "shop")
    assert {each["path"]: each["stamp"] for each in grown["files"]}["src/app.py"] == "stamp"


def test_an_edit_with_a_stamp_is_an_edit(
    shell: Shell, shop: Repository, service: OnexTreeService
) -> None:
    shell.json("onextree", "stamp", str(shop.root), "--write")
    service.generate("shop")
    app = shop.root / "src/app.py"
    app.write_bytes(app.read_bytes() + b"print(2)\n")
    shop.write("src/cart.py", CART)  # its stamp goes again
    service.generate("shop")
    assert told(shell) == {"src/app.py": ("modified", None), "src/cart.py": ("modified", "stamp")}
    shell.json("onextree", "stamp", str(shop.root), "--write")
    service.generate("shop")
    assert told(shell)["src/app.py"] == ("modified", "stamp")


def test_a_stamped_file_under_another_path(
    shell: Shell, shop: Repository, service: OnexTreeService
) -> None:
    shop.write("src/app.py", APP * 40)
    service.generate("shop")
    shell.json("onextree", "stamp", str(shop.root), "--write")
    (shop.root / "src/app.py").rename(shop.root / "src/app2.py")
    service.generate("shop")
    assert told(shell)["src/app2.py"] == ("renamed", "stamp")


def test_contents_that_were_read_for_their_stamps_are_known(
    shell: Shell, shop: Repository, service: OnexTreeService
) -> None:
    service.stamp_manifest("shop")
    shop.write("src/app.py", mark(APP, "app.py").content)
    service.generate("shop")
    assert told(shell) == {"src/app.py": ("modified", None)}
    service.stamp_manifest("shop")
    assert told(shell) == {"src/app.py": ("modified", "stamp")}
    shop.write("src/app.py", mark(APP, "app.py", StampType.RICH).content)
    service.generate("shop")
    service.stamp_manifest("shop")
    assert told(shell) == {"src/app.py": ("modified", "stamp")}


def test_blank_lines_are_no_stamp_although_the_content_hash_is_the_same(
    shell: Shell, shop: Repository, service: OnexTreeService
) -> None:
    for content in (f"{APP}\n\n", mark(f"{APP}\n", "app.py").content, None):
        service.stamp_manifest("shop")
        before = (shop.root / "src/app.py").read_bytes()
        shop.write("src/app.py", before + b"\n" if content is None else content)
        service.generate("shop")
        service.stamp_manifest("shop")
        is_stamped = content is not None and b"ONEX" in (shop.root / "src/app.py").read_bytes()
        assert told(shell) == {"src/app.py": ("modified", "stamp" if is_stamped else None)}


def test_the_api_and_dagster_tell_it_too(
    shell: Shell, shop: Repository, service: OnexTreeService, settings: Settings
) -> None:
    shell.json("onextree", "stamp", str(shop.root), "--write")
    service.generate("shop")
    theirs = Repository(shop.root.parent / "theirs")
    theirs.write("app.py", (shop.root / "src/app.py").read_bytes())
    service.add_project(theirs.root, "theirs")
    service.generate("theirs")
    all_of_them = service.add_key("all")[0].text
    one = service.add_key("one", ["theirs"])[0].text
    with running_bridge(settings, api_auth="keys") as api:
        found = api.data("GET", "/tree/shop/diff", headers={"X-API-Key": all_of_them})
        assert found["stamps"] == {"stamp": 2, "sidecar": 1}
        assert [each["stamp"] for each in found["changes"]] == ["sidecar", "stamp", "stamp"]
        url = "/tree/theirs/lineage?path=app.py"
        told = api.data("GET", url, headers={"X-API-Key": all_of_them})
        assert [each["project_id"] for each in told["stamps"]] == ["shop"]
        assert api.data("GET", url, headers={"X-API-Key": one})["stamps"] == []
    metadata = changes_report(service, "shop", 2, service.show("shop").tree_hash).metadata
    assert (metadata["stamp_changes"], metadata["sidecar_changes"]) == (2, 1)
    table = metadata["changes"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data["stamp"] for record in table.records] == ["sidecar", "stamp", "stamp"]


STATE = FileState("f", 3, b"a" * 32)


@pytest.mark.parametrize(
    "change",
    [
        Change(ChangeKind.ADDED, "a.py", None, STATE),
        Change(ChangeKind.REMOVED, "a.py", STATE, None),
        Change(ChangeKind.RENAMED, "b.py", STATE, STATE, "a.py", 1.0),
        Change(ChangeKind.MODIFIED, "a.py", STATE, STATE._replace(kind="x")),
        Change(ChangeKind.MODIFIED, "a.py", STATE, STATE._replace(digest=None)),
        Change(ChangeKind.MODIFIED, "a.py", None, STATE),
    ],
)
def test_the_database_is_asked_only_where_bytes_differ(change: Change, database_url: str) -> None:
    closed: RawConnection = psycopg.connect(database_url.replace("+psycopg", ""))
    closed.close()
    assert tell_stamp_changes(closed, [change]) == [change]
    sidecar = Change(ChangeKind.ADDED, "src/.a.png.onex-meta.json", None, STATE)
    (found,) = tell_stamp_changes(closed, [sidecar])
    assert found.stamp is StampChange.SIDECAR
    modified = Change(ChangeKind.MODIFIED, "a.py", STATE, STATE._replace(digest=b"b" * 32))
    with pytest.raises(psycopg.OperationalError):
        tell_stamp_changes(closed, [modified])


def test_the_stamps_of_a_file(shell: Shell, shop: Repository, service: OnexTreeService) -> None:
    path = str(shop.root / "src/app.py")
    assert shell.json("onextree", "lineage", path)["stamps"] == []
    stamped = service.stamp(
        Stamping(APP.encode(), "src/app.py", "shop", workflow_id="deploy-7", op_id="op-1")
    )
    shop.write("src/app.py", stamped.marked.content)
    service.generate("shop")
    (stamp,) = shell.json("onextree", "lineage", path)["stamps"]
    expected = {
        "stamp_id": str(stamped.stamp_id),
        "namespace": stamped.namespace,
        "content_hash": stamped.content_hash,
        "level": "live",
        "project_id": "shop",
        "file_path": "src/app.py",
        "tree_version": 1,
        "run_id": "run-1",
        "op_id": "op-1",
        "workflow_id": "deploy-7",
        "correlation_id": str(stamped.correlation_id),
        "is_event_published": False,
    }
    assert {name: stamp[name] for name in expected} == expected
    _, out, _ = shell("onextree", "lineage", path)
    assert re.search(rf"stamp {stamped.stamp_id} .*workflow deploy-7.*not published yet", out)
    shop.write("src/app.py", "print(2)\n")
    service.generate("shop")
    assert shell.json("onextree", "lineage", path)["stamps"] == []


def test_from_a_stamp_to_what_it_comes_from(
    shell: Shell, shop: Repository, service: OnexTreeService, database: Database
) -> None:
    stamped = service.stamp(Stamping(APP.encode(), "src/app.py", "shop"))
    version = service.show("shop")
    names: list[str] = [
        str(stamped.stamp_id),
        stamped.content_hash,
        stamped.blake3,
        stamped.marked.blake3,
    ]
    for name in names:
        (found,) = shell.json("onextree", "lineage", "--stamp", name)
        assert found["stamp_id"] == str(stamped.stamp_id)
        assert found["version"]["version"] == 1
        assert found["version"]["snapshot_id"] == found["snapshot_id"] == str(version.snapshot_id)
        assert found["commit_id"] == found["version"]["commit_id"] == version.commit_id
        assert found["run_id"] == "run-1"
    with database.transaction() as connection:
        connection.execute("UPDATE onextree.event_streams SET published_sequence = last_sequence")
    _, out, _ = shell("onextree", "lineage", "--stamp", names[0])
    for word in ("shop", "src/app.py", "run-1", str(version.commit_id), "published"):
        assert word in out
    assert "not published yet" not in out
    with database.transaction() as connection:
        connection.execute("DELETE FROM onextree.outbox")
    (found,) = shell.json("onextree", "lineage", "--stamp", names[0])
    assert found["is_event_published"] is None
    shop.write("src/app.py", "print(2)\n")
    service.generate("shop")
    service.delete_versions("shop", [1])
    (found,) = shell.json("onextree", "lineage", "--stamp", names[0])
    assert (found["version"], found["tree_version"], found["run_id"]) == (None, 1, "run-1")
    assert "1, not stored any more" in shell("onextree", "lineage", "--stamp", names[0])[1]


def test_a_stamp_of_no_project(shell: Shell, service: OnexTreeService) -> None:
    stamped = [
        service.stamp(Stamping(b"alone\n", namespace=namespace)) for namespace in ("one", "two")
    ]
    found = shell.json("onextree", "lineage", "--stamp", stamped[0].content_hash)
    assert [(each["namespace"], each["project_id"]) for each in found] == [
        ("two", None),
        ("one", None),
    ]
    assert all(each["level"] == "basic" and each["version"] is None for each in found)


def test_what_names_no_stamp(shell: Shell) -> None:
    for name, code in (
        ("nothing", "INVALID_REQUEST"),
        ("0" * 63 + "g", "INVALID_REQUEST"),
        ("0" * 64, "STAMP_NOT_FOUND"),
        (str(uuid4()), "STAMP_NOT_FOUND"),
    ):
        assert shell.refused("onextree", "lineage", "--stamp", name)["error_code"] == code
    refused = shell.refused("onextree", "lineage", "a.py", "--stamp", str(uuid4()))
    assert refused["error_code"] == "INVALID_QUERY"
