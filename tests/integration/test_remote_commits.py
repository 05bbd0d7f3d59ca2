"""The sensor `remote_commits`, and remote projects in Dagster and on the command line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import dagster as dg
import pytest

from onextree.service import OnexTreeService, remote_watching
from onextree.settings import Settings
from onextree.store.database import Database
from onextree_assets.definitions import defs
from sensors.git_commits import git_commits
from sensors.remote_commits import remote_commits
from tests.git_servers import HttpServer, Relay, http_server
from tests.mirrors import head_of
from tests.remotes import Host, allowing, machine, serving
from tests.repositories import Repository
from tests.shell import Shell
from tests.shop import Shop, dagster_instance


@pytest.fixture
def settings(settings: Settings, host: Host) -> Settings:
    return allowing(settings, host.place)


@pytest.fixture
def service(database: Database, settings: Settings) -> OnexTreeService:
    return machine(database, settings)


def environ(patch: pytest.MonkeyPatch, *places: str) -> None:
    """What the processes of an installation read."""
    patch.setenv("ONEXTREE_REMOTE_SCHEMES", "git,http")
    patch.setenv("ONEXTREE_REMOTE_HOSTS", ",".join(places))
    patch.setenv("ONEXTREE_DEBOUNCE_SECONDS", "0")
    patch.setenv("ONEXTREE_RETRY_ATTEMPTS", "1")


@dataclass
class Ticks:
    """Ticks of the sensor, each with what the one before has left."""

    shop: Shop
    cursor: str | None = None
    named: list[str] = field(default_factory=list)

    def remote(self) -> str:
        """What a tick of `remote_commits` says; it starts nothing."""
        with dg.build_sensor_context(
            instance=self.shop.instance, resources=self.shop.resources, cursor=self.cursor
        ) as context:
            skipped = remote_commits(context)
            self.cursor = context.cursor
        assert isinstance(skipped, dg.SkipReason)
        return str(skipped.skip_message)

    def started(self) -> list[dg.RunRequest]:
        """What a tick of `git_commits` starts."""
        with dg.build_sensor_context(
            instance=self.shop.instance, resources=self.shop.resources
        ) as context:
            yielded = list(cast(Iterator[object], git_commits(context)))
        return [each for each in yielded if isinstance(each, dg.RunRequest)]

    def left(self) -> dict[str, list[str]]:
        return dict(json.loads(self.cursor or "{}"))

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        return defs.resolve_job_def("update_project_tree").execute_in_process(
            instance=self.shop.instance,
            partition_key=request.partition_key,
            tags={**request.tags, "dagster/sensor_name": "git_commits"},
            raise_on_error=False,
        )


@pytest.fixture
def ticks(
    *,
    service: OnexTreeService,
    database: Database,
    database_url: str,
    host: Host,
    remote: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Ticks]:
    environ(monkeypatch, host.place)
    service.add_remote_project(host.url("shop.git"), "shop")
    service.generate("shop")
    with dagster_instance(monkeypatch, database_url) as instance:
        yield Ticks(Shop(service, remote, instance, database, database_url))


def test_a_push_is_a_run_and_a_version(ticks: Ticks, remote: Repository) -> None:
    shop = ticks.shop
    old = head_of(remote)
    assert ticks.remote() == (
        "1 remote projects asked for, 0 moved, 0 broken; 0 wait for the next tick."
    )
    assert ticks.started() == []
    remote.write("a.py", "print(2)\n")
    new = remote.commit()
    assert "1 moved" in ticks.remote()
    assert "1 moved" in ticks.remote()  # until a scan has seen it; it is requested once
    (request,) = ticks.started()
    assert (request.partition_key, request.run_key) == ("shop", None)
    assert request.tags == {
        "onextree/reason": "commit",
        "onextree/old_commit": old,
        "onextree/new_commit": new,
    }
    assert ticks.run(request).success
    snapshot = shop.service.show("shop")
    assert (snapshot.version, snapshot.commit_id, snapshot.trigger_type) == (2, new, "event")
    assert snapshot.paths_modified == ["a.py"]
    tree = remote.git("rev-parse", f"{new}^{{tree}}").decode().strip()
    assert snapshot.git_tree == tree
    event = shop.told("project_tree")[-1]
    assert (event.metadata["commit"].value, event.metadata["git_tree"].value) == (new, tree)
    assert event.metadata["update"].value == "all files: a remote repository"
    assert shop.told("snapshot_changes")[-1].metadata["version"].value == 2
    assert len(shop.told("project_tree")) == 2  # the first one was stored outside of Dagster
    assert shop.told("project_tree")[0].metadata["git_tree"].value != tree
    assert "0 moved" in ticks.remote()
    assert ticks.started() == []


def test_a_whole_generation_in_dagster(ticks: Ticks, remote: Repository) -> None:
    shop = ticks.shop
    remote.write("a.py", "print(2)\n")
    remote.commit()
    shop.become_partition()
    assert shop.run("generate_project_tree").success
    assert shop.service.show("shop").version == 2
    assert shop.statuses() == ["FRESH", "FRESH", "FRESH"]
    assert shop.run("generate_project_tree").success  # verified by the commit
    assert shop.told("tree_snapshot")[-1].metadata["result"].value == "verified, unchanged"
    assert shop.statuses() == ["FRESH", "FRESH", "FRESH"]
    assert shop.run("regenerate_projects").success


def test_one_that_is_down_is_named_and_hurts_no_other(
    ticks: Ticks, host: Host, remote: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop = ticks.shop
    with ExitStack() as stack:
        other = stack.enter_context(serving(tmp_path / "other"))
        other.repository("gone")
        places = (host.place, other.place)
        environ(monkeypatch, *places)
        service = machine(shop.database, allowing(shop.service._settings, *places))
        service.add_remote_project(other.url("gone"), "gone")
        service.generate("gone")
        assert "2 remote projects asked for, 0 moved, 0 broken" in ticks.remote()
    remote.write("a.py", "2\n")
    remote.commit()
    assert "1 moved, 1 broken" in ticks.remote()
    assert ticks.left() == {"broken": ["gone"], "waiting": []}
    assert [each.partition_key for each in ticks.started()] == ["shop"]
    shop.service.generate("shop")
    assert "0 moved, 1 broken" in ticks.remote()
    assert service.show("gone").version == 1


def test_what_was_given_up_comes_up_again_when_the_server_does(
    ticks: Ticks, remote: Repository
) -> None:
    shop = ticks.shop
    remote.write("a.py", "2\n")
    remote.commit()
    ticks.remote()
    with shop.database.transaction() as connection:
        connection.execute("UPDATE onextree.update_requests SET attempts = 5")
    ticks.remote()
    assert ticks.started() == []
    trunk = remote.root / ".git/refs/heads/trunk"
    trunk.rename(trunk.with_name("away"))
    assert "0 moved, 1 broken" in ticks.remote()
    trunk.with_name("away").rename(trunk)
    assert "1 moved, 0 broken" in ticks.remote()
    (request,) = ticks.started()
    assert request.tags["onextree/reason"] == "requested"
    assert ticks.run(request).success
    assert shop.service.show("shop").version == 2


def test_a_branch_that_is_deleted(ticks: Ticks, host: Host, remote: Repository) -> None:
    shop = ticks.shop
    remote.git("branch", "dev")
    shop.service.add_remote_project(host.url("shop.git"), "dev", branch="dev")
    shop.service.generate("dev")
    remote.git("branch", "-D", "dev")
    found = shop.service.watch_remotes()
    (broken,) = found.broken
    assert (broken.project_id, broken.error.code) == ("dev", "REMOTE_COMMIT_NOT_FOUND")
    assert "no branch dev" in broken.error.message
    assert shop.service.show("dev").version == 1
    remote.write("a.py", "2\n")
    remote.commit()
    remote.git("branch", "dev")
    found = shop.service.watch_remotes()
    assert [each.project_id for each in found.moved] == ["dev", "shop"]


def test_a_host_that_is_not_allowed_any_more(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch, host: Host
) -> None:
    monkeypatch.setenv("ONEXTREE_REMOTE_HOSTS", "example.org")
    assert "1 broken" in ticks.remote()
    (broken,) = (
        machine(ticks.shop.database, allowing(ticks.shop.service._settings, "example.org"))
        .watch_remotes()
        .broken
    )
    assert broken.error.code == "REMOTE_NOT_ALLOWED"
    monkeypatch.setenv("ONEXTREE_REMOTE_HOSTS", host.place)
    assert "0 broken" in ticks.remote()


def test_broken_ones_are_named_once(
    ticks: Ticks, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    named = []
    for hosts in ("example.org", "example.org"):
        monkeypatch.setenv("ONEXTREE_REMOTE_HOSTS", hosts)
        ticks.remote()
        named.append("REMOTE_NOT_ALLOWED" in "".join(capfd.readouterr()))
    assert named == [True, False]


def test_a_cursor_that_nobody_wrote_is_empty(ticks: Ticks) -> None:
    for cursor in ("nonsense", "[]", '{"broken": 1, "waiting": []}', "{}"):
        ticks.cursor = cursor
        assert "1 remote projects" in ticks.remote()
        assert ticks.left() == {"broken": [], "waiting": []}


def test_a_tick_ends_in_time_and_the_next_one_begins_with_the_others(
    ticks: Ticks, host: Host, monkeypatch: pytest.MonkeyPatch, remote: Repository
) -> None:
    """Twenty projects of a server that says nothing, and one that works."""
    shop = ticks.shop
    with Relay(None) as silent:
        places = (host.place, f"127.0.0.1:{silent.port}")
        environ(monkeypatch, *places)
        service = machine(shop.database, allowing(shop.service._settings, *places))
        for number in range(20):
            name = f"dead-{number:02}"
            service.add_remote_project(f"git://127.0.0.1:{silent.port}/{number}", name)
        with shop.database.transaction() as connection:
            connection.execute(
                "UPDATE onextree.projects SET head_commit = repeat('0', 40) WHERE is_remote"
                " AND project_id <> 'shop'"
            )
        monkeypatch.setattr(remote_watching, "_BUDGET", 1.0)
        monkeypatch.setattr(remote_watching, "_LONGEST_ASK", 0.7)
        remote.write("a.py", "2\n")
        remote.commit()
        seen: set[str] = set()
        started = time.monotonic()
        message = ticks.remote()
        assert time.monotonic() - started < 10
        first = ticks.left()
        assert len(first["waiting"]) == 21 - 8
        assert "13 wait" in message
        seen |= set(first["broken"])
        for _ in range(3):
            ticks.remote()
            assert seen <= set(ticks.left()["broken"])  # also those that had to wait
            seen |= set(ticks.left()["broken"])
        assert len(seen) == 20
        (request,) = ticks.started()
        assert request.partition_key == "shop"


LOGIN = "jo:s3cret-of-jo"


@pytest.fixture
def private(tmp_path: Path) -> Iterator[HttpServer]:
    made = Repository.init(tmp_path / "web" / "shop")
    made.write("a.py", "print()\n")
    made.write("b.py", "print()\n")
    made.commit()
    with http_server(tmp_path / "web", login=LOGIN) as server:
        yield server


def everything_stored(database: Database) -> str:
    """All text of all tables, Dagster's and ours."""
    with database.transaction() as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('public', 'onextree')"
        ).fetchall()
        return "\n".join(
            str(row[0])
            for (table,) in tables
            for row in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
        )


def test_a_secret_is_nowhere(
    *,
    shell: Shell,
    private: HttpServer,
    settings: Settings,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = f"127.0.0.1:{private.port}"
    environ(monkeypatch, place)
    monkeypatch.setenv("SHOP_LOGIN", LOGIN)
    url = private.url("shop")
    told: list[str] = []

    def said(*words: str, status: int = 0) -> str:
        found, out, err = shell(*words)
        assert found == status, (words, out, err)
        told.append(out + err)
        return out + err

    refused = said("onextree", "projects", "add", f"http://{LOGIN}@{place}/shop", status=2)
    assert "INVALID_REMOTE" in refused
    said("onextree", "projects", "add", url)
    assert "REMOTE_ACCESS_DENIED" in said("onextree", "generate", url, status=2)
    added = said("onextree", "projects", "add", url, "--credential", "env:SHOP_LOGIN")
    assert "credential env:SHOP_LOGIN" in added
    said("onextree", "generate", url)
    said("onextree", "projects", "list")
    said("onextree", "projects", "list", "--json")
    said("onextree", "show", "shop", "--json")
    with dagster_instance(monkeypatch, database_url) as instance:
        service = machine(database, allowing(settings, place))
        root = Repository(tmp_path / "web" / "shop")
        ticks = Ticks(Shop(service, root, instance, database, database_url))
        root.write("a.py", "2\n")
        root.commit()
        assert "1 moved" in ticks.remote()
        (request,) = ticks.started()
        result = ticks.run(request)
        assert result.success
        told += [str(event) for event in instance.all_logs(result.run_id)]
        root.write("a.py", "3\n")
        root.commit()
        monkeypatch.setenv("SHOP_LOGIN", "jo:wr0ng-of-jo")
        assert "1 broken" in ticks.remote()
        failed = ticks.run(request)
        assert not failed.success
        logged = [str(event) for event in instance.all_logs(failed.run_id)]
        assert any("REMOTE_ACCESS_DENIED" in line for line in logged)
        monkeypatch.delenv("SHOP_LOGIN")
        lost = ticks.run(request)
        assert not lost.success
        told += logged + [str(event) for event in instance.all_logs(lost.run_id)]
        assert "env:SHOP_LOGIN holds no credential" in "".join(told)
        told += [everything_stored(database), ticks.cursor or ""]
    told += [*capsys.readouterr()]
    secrets = ("s3cret", "czNjcmV0", "wr0ng", "d3IwbmctZ")
    for text in told:
        assert not [secret for secret in secrets if secret in text]
    assert any("env:SHOP_LOGIN" in text for text in told)
    for path in tmp_path.rglob("*"):
        if path.is_file() and not path.is_relative_to(tmp_path / "web"):
            assert not [secret for secret in secrets if secret.encode() in path.read_bytes()], path


def test_the_commands(
    *, shell: Shell, host: Host, remote: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environ(monkeypatch, host.place)
    url = host.url("shop.git")
    added = shell.json("onextree", "projects", "add", url, "--id", "webshop", "--branch", "trunk")
    assert added["project_root"] == url
    assert (added["is_remote"], added["remote_branch"], added["credential"]) == (
        *(True, "trunk"),
        None,
    )
    (listed,) = shell.json("onextree", "projects", "list")
    assert (listed["project_id"], listed["project_root"]) == ("webshop", url)
    _, out, _ = shell("onextree", "projects", "list")
    assert url in out
    assert "branch trunk" in out
    made = shell.json("onextree", "generate", url)
    tree = remote.git("rev-parse", "HEAD^{tree}").decode().strip()
    assert (made["project_id"], made["version"], made["git_tree"]) == ("webshop", 1, tree)
    _, out, _ = shell("onextree", "generate", url)
    assert "1 (unchanged, verified)" in out
    assert f"git tree {tree}" in out
    shown = shell.json("onextree", "show", "webshop")
    assert (shown["git_tree"], shown["is_dirty"], shown["project_root"]) == (tree, False, url)
    _, out, _ = shell("onextree", "show", "webshop")
    assert tree in out
    remote.write("a.py", "2\n")
    remote.commit()
    updated = shell.json("onextree", "update", "webshop", "--reconcile")
    assert (updated["version"], updated["mode"]) == (2, "full")
    assert updated["reason"] == "a remote repository"
    refused = shell.refused("onextree", "update", "webshop", "a.py")
    assert refused["error_code"] == "INVALID_REQUEST"
    assert "no directory here" in refused["message"]
    refused = shell.refused("onextree", "projects", "move", "webshop", str(tmp_path))
    assert refused["error_code"] == "PROJECT_ROOT_MISMATCH"
    refused = shell.refused("onextree", "projects", "add", str(tmp_path), "--branch", "x")
    assert refused["error_code"] == "INVALID_REQUEST"
    refused = shell.refused("onextree", "projects", "add", "git://example.org/x")
    assert refused["error_code"] == "REMOTE_NOT_ALLOWED"
    assert "ONEXTREE_REMOTE_HOSTS" in refused["message"]
    assert shell.json("onextree", "projects", "rename", "webshop", "shop")["is_remote"] is True
    assert shell.json("onextree", "projects", "remove", "shop")["removed"] is True
    assert shell.json("onextree", "projects", "list") == []


@pytest.mark.parametrize(("triggers", "status"), [("production", "STOPPED"), ("hybrid", "RUNNING")])
def test_what_starts_it_by_itself(triggers: str, status: str) -> None:
    script = (
        "from sensors.remote_commits import remote_commits as sensor;"
        "print(sensor.default_status.name, sensor.minimum_interval_seconds)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "ONEXTREE_TRIGGERS": triggers, "ONEXTREE_REMOTE_INTERVAL": "120"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == [status, "120"]
