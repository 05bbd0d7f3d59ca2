"""What the deliverer sends, what it leaves, and when it gives up."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onextree.errors import InvalidRequest
from onextree.hook.address import check_address
from onextree.hook.delivery import deliver
from onextree.hook.script import Baked, render
from onextree.hook.spool import Spool
from onextree.tree.names import decode_name
from tests.hooks import SHELLS, awaited, entries, hook, is_idle, run_script, stand_in
from tests.repositories import ENVIRONMENT, Repository
from tests.trees import fill_directory

OLD, NEW = "a" * 40, "b" * 40


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    place = tmp_path / "spool"
    place.mkdir()
    return place


def leave(spool: Path, name: bytes = b"work tree") -> bytes:
    """An entry of a switch in such a directory."""
    top = os.path.join(os.fsencode(spool.parent), name)
    os.makedirs(top, exist_ok=True)
    run_script("sh", top, spool, "post-checkout", OLD, NEW, "1")
    return top


def start(*words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "onextree.hook", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes]:
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def test_a_commit_is_told_at_once(
    repository: Repository, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From git to the API, with the interpreter and the address that were installed."""
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, ENVIRONMENT[name])
    old = repository.commit()
    repository.git("switch", "-q", "-c", "side")
    names = (b"a", b"below/b \n'", b"latin-\xe9")
    for path in names:
        repository.write(path, "x")
    new = repository.commit()
    with stand_in(lambda: 200) as api:
        hook(repository, spool, api.url)
        repository.git("switch", "-q", "trunk")
        awaited(lambda: len(api.asked) == 1, "it was told")
        awaited(lambda: entries(spool) == [], "it was taken")
        awaited(lambda: is_idle(spool), "it ended")
        assert api.asked == [
            (
                "/tree/incremental-update",
                {
                    "project_root": str(repository.root),
                    "modified_files": [decode_name(name) for name in names],
                    "trigger_type": "git_commit",
                    "old_commit": new,
                    "new_commit": old,
                },
            )
        ]
        repository.commit()
        awaited(lambda: len(api.asked) == 2, "it was told")
        assert "old_commit" not in api.asked[1][1]
        awaited(lambda: entries(spool) == [] and is_idle(spool), "it was taken")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("is_session", [True, False])
def test_every_shell_starts_it(
    shell: str, is_session: bool, spool: Path, tmp_path: Path, repository: Repository
) -> None:
    """In a session of its own where the machine has `setsid`; holding nobody's output anyway."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("mktemp", "mv", "rm", *(["setsid"] if is_session else [])):
        (programs / name).symlink_to(shutil.which(name) or "")
    script = tmp_path / "post-commit"
    interpreter = shutil.which(SHELLS[shell][0]) or ""
    with stand_in(lambda: 200) as api:
        values = Baked(os.fsencode(spool), api.url.encode(), os.fsencode(sys.executable))
        script.write_bytes(render("post-commit", values))
        done = subprocess.run(
            [interpreter, *SHELLS[shell][1:], script],
            env={"PATH": str(programs)},
            cwd=repository.root,
            capture_output=True,
            check=False,
            timeout=30,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        awaited(lambda: len(api.asked) == 1, "it was told")
        awaited(lambda: entries(spool) == [] and is_idle(spool), "it was taken")


def test_too_many_files_are_not_named(repository: Repository, spool: Path) -> None:
    old = repository.commit()
    fill_directory(repository.root / "many", 1_001, lambda _: b"")
    new = repository.commit()
    run_script("sh", repository.root, spool, "post-checkout", old, new, "1")
    with stand_in(lambda: 200) as api:
        assert deliver(Spool(spool), api.url, seconds=10) == 1
        ((_, body),) = api.asked
    assert (body["modified_files"], body["old_commit"], body["new_commit"]) == ([], old, new)


@pytest.mark.parametrize(
    ("status", "taken", "asked"),
    [(200, 2, 2), (202, 2, 2), (204, 2, 2), (404, 0, 2), (422, 0, 2), (302, 0, 2), (503, 0, 1)],
)
def test_only_what_was_taken_is_deleted(status: int, taken: int, asked: int, spool: Path) -> None:
    tops = {os.fsdecode(leave(spool)), os.fsdecode(leave(spool, b"new\nline '\"\\ \xc3\xa4"))}
    with stand_in(lambda: status) as api:
        assert deliver(Spool(spool), f"{api.url}/", seconds=10) == taken
        assert len(api.asked) == asked
        assert {path for path, _ in api.asked} == {"/tree/incremental-update"}
        if asked == 2:
            assert {body["project_root"] for _, body in api.asked} == tops
    assert len(entries(spool)) == 2 - taken


def test_it_waits_for_no_update(spool: Path) -> None:
    leave(spool)
    with stand_in(lambda: 202) as api:
        assert deliver(Spool(spool), api.url, seconds=10) == 1
        assert api.preferences == ["respond-async"]


def test_what_json_cannot_hold_is_left(spool: Path) -> None:
    leave(spool, b"latin-\xe9")
    (spool / "onextree-0123456789.entry").write_bytes(b"garbage")
    with stand_in(lambda: 200) as api:
        assert deliver(Spool(spool), api.url, seconds=10) == 0
        assert api.asked == []
    assert len(entries(spool)) == 2


def test_what_comes_meanwhile_is_sent_too(spool: Path) -> None:
    leave(spool)

    def answer() -> int:
        if len(api.asked) < 3:
            leave(spool)
        return 200

    with stand_in(answer) as api:
        assert deliver(Spool(spool), api.url, seconds=10) == 3
    assert entries(spool) == []


def test_who_handled_it_first_is_no_matter(spool: Path) -> None:
    leave(spool)

    def answer() -> int:
        for name in os.listdir(spool):
            (spool / name).unlink()
        return 200

    with stand_in(answer) as api:
        deliver(Spool(spool), api.url, seconds=10)
        assert len(api.asked) == 1


@pytest.mark.parametrize("api", ["http://127.0.0.1:1", "http://[::1", "http://\x00"])
def test_nobody_listens(api: str, spool: Path) -> None:
    leave(spool)
    assert deliver(Spool(spool), api, seconds=10) == 0
    assert len(entries(spool)) == 1


def test_an_api_that_does_not_answer(spool: Path) -> None:
    leave(spool)
    with stand_in(lambda: None) as api:
        begun = time.monotonic()
        assert deliver(Spool(spool), api.url, seconds=2) == 0
        assert time.monotonic() - begun < 8
        assert len(api.asked) == 1
    assert len(entries(spool)) == 1


def test_the_process_is_gone_at_its_deadline(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever holds it up: the kernel ends it."""
    leave(spool)
    with stand_in(lambda: None) as api:
        process = start("deliver", str(spool), api.url)
        awaited(lambda: bool(api.asked), "it asked")
        process.send_signal(signal.SIGALRM)  # as its own alarm does
        assert ended(process) == (-signal.SIGALRM, b"")
    assert len(entries(spool)) == 1


def test_the_process_leaves_the_spool_to_who_is_there(spool: Path) -> None:
    leave(spool)
    directory = os.open(spool, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)
    with stand_in(lambda: 200) as api:
        assert ended(start("deliver", str(spool), api.url)) == (0, b"")
        assert api.asked == []
        os.close(directory)
        assert ended(start("deliver", str(spool), api.url)) == (0, b"")
        assert len(api.asked) == 1
    assert entries(spool) == []


def test_the_process_says_nothing_of_a_spool_that_is_gone(spool: Path) -> None:
    spool.rmdir()
    assert ended(start("deliver", str(spool), "http://127.0.0.1:1")) == (0, b"")
    code, said = ended(start("deliver"))
    assert (code, b"deliver SPOOL API" in said) == (2, True)


def test_the_process_imports_no_store() -> None:
    script = (
        "import sys, onextree.hook.__main__, onextree.hook.delivery;"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'sqlalchemy', 'dagster', 'psycopg', 'pydantic', 'typer'}))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.mark.parametrize(
    "address", ["", "http://127.0.0.1:8053", "https://h/base", "http://[::1]:1"]
)
def test_addresses(address: str) -> None:
    assert check_address(address) == address
    assert check_address(f"{address}/" if address else "") == address


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1:8053", "localhost", "ftp://h", "http://", "http://:80", "http://h:0"),
        *("http://h:99999", "http://h:x", "http://u:s3cret@h", "http://h?x", "http://h#x"),
        *("http://h/ x", "http://h\n", "http://ä", "http://[::1"),
    ],
)
def test_addresses_that_cannot_be_used(address: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_address(address)
    assert "s3cret" not in str(caught.value)
