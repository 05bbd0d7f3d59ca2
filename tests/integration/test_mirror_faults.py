"""Mirrors of servers that fail, and mirrors that were damaged."""

import itertools
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from onextree.errors import (
    DeadlineExceeded,
    OnexTreeError,
    RemoteTooLarge,
    RemoteUnreachable,
)
from onextree.git.mirror import Mirror
from tests.git_servers import Relay, mirror_of, wait_until
from tests.mirrors import files, grow, head_of, judged, kept, leftovers
from tests.repositories import Repository

CHECKOUT = Path(__file__).parents[2]


def test_too_many_bytes_leave_nothing(
    tmp_path: Path, relay: Relay, relayed: Mirror, served: Repository
) -> None:
    judged(relayed, served)
    before = files(relayed)
    commit = grow(served, 8 << 20)
    small = mirror_of(relayed.directory, str(relayed.url), max_bytes=1 << 20)
    for most, then in ((None, ""), (3 << 20, "hang")):
        relay.most, relay.then = most, then
        with pytest.raises(RemoteTooLarge, match="ONEXTREE_REMOTE_MAX_BYTES"):
            small.fetch(commit)
        assert files(small) == before
    relay.most = None
    judged(relayed, served)


@pytest.mark.parametrize("most", [0, 10, 5_000, 300_000])
@pytest.mark.parametrize("then", ["hang", "close"])
def test_a_server_that_stops_in_the_middle(
    relay: Relay, relayed: Mirror, served: Repository, most: int, then: str
) -> None:
    commit = grow(served)
    relay.most, relay.then = most, then
    started = time.monotonic()
    hasty = mirror_of(relayed.directory, str(relayed.url), timeout=1.5 if then == "hang" else 30)
    with pytest.raises(DeadlineExceeded if then == "hang" else RemoteUnreachable) as caught:
        hasty.fetch(commit)
    assert time.monotonic() - started < 10
    assert "ONEXTREE_REMOTE_TIMEOUT" in str(caught.value) or then == "close"
    assert leftovers(hasty) == []
    assert not list((hasty.git_dir / "objects" / "pack").iterdir())
    relay.most = None
    judged(relayed, served)


@pytest.mark.parametrize("scheme", ["git", "http"])
def test_a_server_that_says_nothing(tmp_path: Path, scheme: str) -> None:
    with Relay(None) as relay:
        url = f"{scheme}://127.0.0.1:{relay.port}/project"
        mirror = mirror_of(tmp_path / "mirrors", url, timeout=0.5)
        started = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            mirror.head()
        with pytest.raises(DeadlineExceeded):
            mirror.fetch("1" * 40)
        assert time.monotonic() - started < 10


@pytest.mark.parametrize("scheme", ["git", "http", "https"])
@pytest.mark.parametrize(
    "garbage", [b"\0" * 10_000, b"0009ok\n\x1b[2J", b"\xff" * 999, b"HTTP/1.1 200 OK\r\n\r\n<html>"]
)
def test_a_server_that_talks_nonsense(tmp_path: Path, scheme: str, garbage: bytes) -> None:
    with Relay(None) as relay:
        relay.instead = lambda: garbage
        url = f"{scheme}://127.0.0.1:{relay.port}/project"
        mirror = mirror_of(tmp_path / "mirrors", url, timeout=1.5)
        for ask in (mirror.head, lambda: mirror.fetch("1" * 40)):
            with pytest.raises((RemoteUnreachable, DeadlineExceeded)) as caught:
                ask()
            assert str(caught.value).isprintable()
            assert len(str(caught.value)) < 1_000


def test_a_server_that_never_stops_complaining(tmp_path: Path) -> None:
    """What it says goes to standard error, of which little is kept."""
    with Relay(None) as relay:
        relay.instead = lambda: b"000eversion 2\n" + b"0000" + b"fff0" + b"\2" + b"x" * 0xFFEB
        mirror = mirror_of(tmp_path / "m", f"git://127.0.0.1:{relay.port}/p", timeout=2)
        with pytest.raises(OnexTreeError):
            mirror.fetch("1" * 40)


def test_a_server_that_lists_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not take all of the machine's memory until the deadline."""
    monkeypatch.setattr("onextree.git.exchange._MOST_MEMORY", 64 << 20)
    sent = itertools.count()

    def lines() -> bytes:
        every = (b"1" * 40 + b" refs/heads/%020d\n" % next(sent) for _ in range(1_000))
        return b"".join(b"%04x" % (len(line) + 4) + line for line in every)

    with Relay(None) as relay:
        relay.instead = lines
        mirror = mirror_of(tmp_path / "m", f"git://127.0.0.1:{relay.port}/p", timeout=60)
        with pytest.raises(RemoteUnreachable, match=r"(?i)memory"):
            mirror.head()


def test_a_server_that_is_gone(relayed: Mirror, relay: Relay) -> None:
    relay.__exit__()
    for ask in (relayed.head, lambda: relayed.fetch("1" * 40)):
        with pytest.raises(RemoteUnreachable, match="try again later") as caught:
            ask()
        assert caught.value.transient
        assert caught.value.code == "REMOTE_UNREACHABLE"


FETCHING = """
import sys
from pathlib import Path
from tests.git_servers import mirror_of
mirror = mirror_of(Path(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
mirror.fetch(sys.argv[3])
"""


def fetching(mirror: Mirror, commit: str) -> "subprocess.Popen[bytes]":
    """Another process, which begins to fetch when it gets a line."""
    words = [sys.executable, "-c", FETCHING, str(mirror.directory), str(mirror.url), commit]
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def go(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def test_two_processes_fetch_at_once(mirror: Mirror, served: Repository) -> None:
    commits = [head_of(served), grow(served), grow(served, seed=2)]
    with ExitStack() as stack:
        processes = [stack.enter_context(fetching(mirror, commit)) for commit in commits * 2]
        for process in processes:
            go(process)
        for process in processes:
            _, said = process.communicate(timeout=60)
            assert (process.returncode, said) == (0, b"")
    assert set(kept(mirror)) == set(commits)
    judged(mirror, served)


def test_who_waits_too_long_for_another_gives_up(
    relay: Relay, relayed: Mirror, served: Repository
) -> None:
    commit = head_of(served)
    relay.most = 10
    with fetching(relayed, commit) as process:
        go(process)
        assert relay.hung.wait(30)
        hasty = mirror_of(relayed.directory, str(relayed.url), timeout=0.3)
        with pytest.raises(DeadlineExceeded, match="Another process"):
            hasty.fetch(commit)
        process.kill()
    relay.most = None
    judged(relayed, served)


def test_a_fetch_that_was_killed_is_no_trouble(
    relay: Relay, relayed: Mirror, served: Repository
) -> None:
    commit = grow(served, 4 << 20)
    relay.most = 2 << 20
    with fetching(relayed, commit) as process:
        go(process)
        assert relay.hung.wait(30)
        wait_until(lambda: any("tmp_pack" in name for name in files(relayed)))
        orphans = psutil.Process(process.pid).children(recursive=True)
        assert orphans
        process.kill()
    (relayed.git_dir / "shallow.lock").write_text("")
    relay.most = None
    judged(relayed, served)
    psutil.wait_procs(orphans, timeout=10)
    assert not [each for each in orphans if each.is_running() and each.status() != "zombie"]


@pytest.mark.parametrize("damage", ["config", "HEAD", "objects", "packs", "refs", "one pack"])
def test_a_damaged_mirror_is_made_anew(mirror: Mirror, served: Repository, damage: str) -> None:
    grow(served)
    judged(mirror, served)
    packs = mirror.git_dir / "objects" / "pack"
    match damage:
        case "config":
            (mirror.git_dir / "config").write_text("[core\n")
        case "HEAD":
            (mirror.git_dir / "HEAD").unlink()
        case "objects":
            shutil.rmtree(mirror.git_dir / "objects")
        case "packs":
            for path in packs.iterdir():
                path.unlink()
        case "refs":
            (mirror.git_dir / "packed-refs").write_text("nonsense\n")
        case "one pack":
            pack = next(packs.glob("*.pack"))
            content = bytearray(pack.read_bytes())
            content[500_000:500_100] = bytes(100)
            pack.chmod(0o644)
            pack.write_bytes(content)
    judged(mirror, served)
    served.write("new", "x")
    served.commit()
    judged(mirror, served)
    assert [path.name for path in mirror.directory.iterdir() if ".new-" in path.name] == []
