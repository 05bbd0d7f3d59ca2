"""Manifests where contents are away, the store fails, or others are at it, too."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from onextree.errors import DatabaseError
from onextree.service import OnexTreeService
from onextree.store.database import Database
from onextree.store.stamp_manifest import StampState
from tests.repositories import Repository
from tests.stamped_files import (
    beside,
    check_is_fresh,
    looked_at,
    manifest_of,
    stamped_project,
    states,
)

SIDECAR = beside("data.json")


@pytest.fixture
def shop(tmp_path: Path, service: OnexTreeService) -> Repository:
    return stamped_project(tmp_path / "shop", service)


def test_what_is_not_as_it_was_scanned_is_tried_again(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    service.generate("shop")
    shop.write("plain.py", "later\n")
    shop.write(SIDECAR, "later")
    manifest = service.stamp_manifest("shop")
    assert (manifest.counts[StampState.UNREAD], manifest.waiting) == (2, 2)
    rows = manifest_of(database, "shop")
    assert rows["plain.py"].content_hash is None
    assert rows["data.json"].content_hash is not None  # its sidecar is what is missing
    assert service.stamp_manifest("shop").waiting == 2
    shop.write("plain.py", "print()\n")
    again = service.stamp_manifest("shop")
    assert (again.contents_read, again.waiting, again.changed) == (1, 1, 1)
    service.generate("shop")
    assert states(database, service, "shop")["data.json"] == "unstamped"


def test_a_directory_that_is_away_and_comes_back(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    service.generate("shop")
    elsewhere = shop.root.with_name("elsewhere")
    shop.root.rename(elsewhere)
    assert set(states(database, service, "shop").values()) == {"unread", "sidecar"}
    elsewhere.rename(shop.root)
    manifest = service.stamp_manifest("shop")
    assert (manifest.version, manifest.waiting, manifest.contents_read) == (1, 0, 4)
    check_is_fresh(service, database)


def test_one_copy_that_can_be_read_is_enough(
    shop: Repository, service: OnexTreeService, database: Database
) -> None:
    for name in ("a.py", "b.py", "c.py"):
        shop.write(name, "the same\n")
    service.generate("shop")
    for name in ("a.py", "c.py"):
        shop.write(name, "others!!\n")
    assert "unread" not in states(database, service, "shop").values()


BREAK: dict[str, str] = {
    "refused": "RAISE EXCEPTION 'no more room'",
    "killed": "PERFORM pg_terminate_backend(pg_backend_pid())",
}


@pytest.mark.parametrize("how", BREAK)
@pytest.mark.parametrize("table", ["stamp_contents", "stamp_manifest", "stamp_manifests"])
def test_a_failure_leaves_the_manifest_that_was_there(
    shop: Repository, service: OnexTreeService, database: Database, table: str, how: str
) -> None:
    looked_at(service)
    rows = manifest_of(database, "shop")
    for number in range(20):
        shop.write(f"{number}.py", str(number))
    (shop.root / "plain.py").unlink()
    service.generate("shop")
    with database.transaction() as connection:
        connection.execute(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {BREAK[how]}; RETURN NEW; END $$".encode()
        )
        connection.execute(
            f"CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON onextree.{table}"
            " FOR EACH ROW EXECUTE FUNCTION broken()".encode()
        )
    with pytest.raises(DatabaseError):
        service.stamp_manifest("shop")
    assert manifest_of(database, "shop") == rows
    with database.transaction() as connection:
        connection.execute("DROP FUNCTION broken CASCADE")
    manifest = service.stamp_manifest("shop")
    assert manifest.before is not None
    assert (manifest.before.version, manifest.changed, manifest.removed) == (1, 20, 1)
    check_is_fresh(service, database)


def test_a_manifest_that_others_store_meanwhile(
    shop: Repository, service: OnexTreeService, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the one that the next is made of, and a later one stays."""
    looked_at(service)
    look = cast(Callable[..., object], service._look_at_stamps)
    left = [3, 2]

    def overtaken(examined: object) -> object:
        found = look(examined)
        if left:
            shop.write(f"{left.pop()}.py", "")
            looked_at(service)
        return found

    shop.write("new.py", "")
    service.generate("shop")
    monkeypatch.setattr(service, "_look_at_stamps", overtaken)
    manifest = service.stamp_manifest("shop", 2)
    assert (manifest.version, manifest.is_stored) == (2, False)
    assert service.stamp_manifest("shop").version == 4
    check_is_fresh(service, database)
