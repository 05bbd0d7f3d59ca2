"""The embedded server: shared, stopped by the last, alive again after any kill."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from onextree.errors import ConfigurationError, DatabaseUnavailable
from onextree.settings import Settings
from onextree.store.embedded.cluster import DATABASES, Cluster
from onextree.store.embedded.lease import destroy, embedded_cluster, lease

TABLE = "CREATE TABLE kept (number int)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(home=tmp_path / "home")
    yield settings
    destroy(settings)


def connect(cluster: Cluster) -> "psycopg.Connection[tuple[object, ...]]":
    url = cluster.url("onextree", driver="psycopg").replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


def servers(cluster: Cluster) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["name", "cwd", "status"])
        if process.info["name"] == "postgres"
        and process.info["cwd"] == str(cluster.data)
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def kept(cluster: Cluster) -> int:
    with connect(cluster) as connection:
        row = connection.execute("SELECT count(*)::int FROM kept").fetchone()
    assert row is not None
    return int(str(row[0]))


def test_the_last_one_stops_it(home: Settings) -> None:
    with lease(home) as first:
        with lease(home) as second:
            assert second == first
        assert servers(first)
        with connect(first) as connection:
            connection.execute(TABLE)
            connection.execute("INSERT INTO kept VALUES (1)")
    assert servers(first) == []
    with lease(home) as again:
        assert kept(again) == 1


def test_nobody_gets_in_over_tcp_or_as_somebody_else(home: Settings) -> None:
    with lease(home) as cluster:
        with connect(cluster) as connection:
            row = connection.execute("SHOW listen_addresses").fetchone()
            assert row == ("",)
            names = [name for (name,) in connection.execute("SELECT datname FROM pg_database")]
            assert set(DATABASES) <= set(names)
            rules = connection.execute("SELECT current_setting('is_superuser')").fetchone()
            assert rules == ("off",)
        with cluster.connect("postgres") as admin:
            methods = admin.execute(
                "SELECT DISTINCT type, auth_method FROM pg_hba_file_rules"
            ).fetchall()
            assert methods == [("local", "peer")]
            admin.execute("CREATE ROLE stranger LOGIN")
        with pytest.raises(psycopg.OperationalError, match="Peer authentication"):
            psycopg.connect(host=str(cluster.sockets), user="stranger", dbname="onextree")
        assert cluster.sockets.stat().st_mode & 0o077 == 0
        assert cluster.directory.stat().st_mode & 0o077 == 0


def owner_process(home: Settings, then: str) -> "subprocess.Popen[str]":
    script = f"""
import sys, time
from onextree.settings import Settings
from onextree.store.embedded.lease import lease
from pathlib import Path
import psycopg
with lease(Settings(home=Path(sys.argv[1]))) as cluster:
    url = cluster.url("onextree", driver="psycopg").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        {then}
        print("ready", flush=True)
        time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(home.home)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_killed_owner_loses_nothing_and_leaves_nothing_for_long(home: Settings) -> None:
    process = owner_process(
        home, f'connection.execute("{TABLE}"); connection.execute("INSERT INTO kept VALUES (1)")'
    )
    process.kill()
    process.wait()
    with lease(home) as cluster:
        assert kept(cluster) == 1
    assert servers(cluster) == []


@pytest.mark.parametrize("whole", [False, True], ids=["postmaster", "every process"])
def test_a_killed_server_loses_nothing(home: Settings, whole: bool) -> None:
    with lease(home) as cluster:
        with connect(cluster) as connection:
            connection.execute(TABLE)
            for number in range(50):
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
            number = int((cluster.data / "postmaster.pid").read_text().split()[0])
            for process in servers(cluster) if whole else [psutil.Process(number)]:
                process.kill()
        with lease(home) as restarted:
            assert kept(restarted) == 50


def test_a_server_killed_in_the_middle_of_writing(home: Settings) -> None:
    process = owner_process(home, f'connection.execute("{TABLE}")')
    cluster = embedded_cluster(home)
    acknowledged = 0
    connection = connect(cluster)
    with suppress(psycopg.OperationalError):
        while True:
            connection.execute("INSERT INTO kept VALUES (1)")
            acknowledged += 1
            if acknowledged == 200:
                for server in servers(cluster):
                    server.kill()
    process.kill()
    process.wait()
    with lease(home) as restarted:
        assert kept(restarted) in (acknowledged, acknowledged + 1)


def test_a_lock_file_whose_number_is_somebody_else_s(home: Settings) -> None:
    with lease(home) as cluster:
        pass
    lock_file = cluster.data / "postmaster.pid"
    lock_file.write_text(f"{os.getpid()}\n{cluster.data}\n0\n5432\n\n\n0 0\n")
    os.chown(lock_file, cluster.account.uid, cluster.account.gid)
    with lease(home) as again:
        assert servers(again)


def test_an_initialisation_that_was_killed_is_done_again(home: Settings) -> None:
    cluster = embedded_cluster(home)
    with lease(home):
        pass
    half = cluster.directory / "new-killed"
    cluster.data.rename(half)
    with lease(home) as again:
        assert servers(again)
    assert not half.exists()


def test_a_home_made_anew_has_nothing_of_the_old_one(home: Settings) -> None:
    with lease(home) as old, connect(old) as connection:
        connection.execute(TABLE)
    moved = Settings(home=home.home.with_name("moved"))
    home.home.rename(moved.home)
    with lease(home) as new, connect(new) as connection:
        found = connection.execute("SELECT to_regclass('kept')").fetchone()
        assert found == (None,)
    with lease(moved) as old:
        assert kept(old) == 0
    destroy(moved)


def test_data_in_use_is_not_destroyed(home: Settings) -> None:
    with lease(home) as cluster:
        with pytest.raises(ConfigurationError, match="in use"):
            destroy(home)
        assert servers(cluster)


def test_two_processes_start_one_server(home: Settings) -> None:
    processes = [owner_process(home, "pass") for _ in range(2)]
    cluster = embedded_cluster(home)
    assert sum("-D" in server.cmdline() for server in servers(cluster)) == 1
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.part("root")
def test_an_ordinary_user_runs_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As another user than root, who may read everything so that it finds the environment."""
    user = pwd.getpwnam("nobody")
    home = Path(f"/tmp/onextree-user-{os.getpid()}")
    home.mkdir(mode=0o700)
    os.chown(home, user.pw_uid, user.pw_gid)
    script = """
import sys, os, psutil
from pathlib import Path
from onextree.settings import Settings
from onextree.store.embedded.lease import lease
settings = Settings(home=Path(sys.argv[1]) / ("a long name " * 12))
with lease(settings) as cluster:
    import psycopg
    url = cluster.url("onextree", driver="psycopg").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        print(connection.execute("SELECT current_user").fetchone()[0])
    print(cluster.directory.stat().st_uid == os.getuid(), cluster.account.dropped)
from onextree.store.embedded.lease import destroy
destroy(settings)
"""
    capabilities = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    try:
        done = subprocess.run(
            [
                *("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"),
                *(*capabilities, sys.executable, "-c", script, str(home)),
            ],
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    finally:
        shutil.rmtree(home)
    assert (done.stdout, done.returncode) == ("onextree\nTrue False\n", 0), done.stderr


def test_a_server_that_cannot_start_says_why(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lease(home) as cluster:
        pass
    with (cluster.data / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    monkeypatch.setattr("onextree.store.embedded.cluster._DEADLINE", 1.0)
    with pytest.raises(DatabaseUnavailable, match="no_such_setting"), lease(home):
        pass
