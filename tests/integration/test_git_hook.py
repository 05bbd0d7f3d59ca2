"""The hook: what it notes of each event, in every shell and at any path; it harms nothing."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from onextree.hook.delivery import deliver
from onextree.hook.script import EVENTS, Baked, baked, render
from onextree.hook.spool import Entry, Spool
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from tests.hooks import SHELLS, awaited, entries, hook, is_idle, run_script, stand_in
from tests.repositories import ENVIRONMENT, Repository
from tests.trees import git

Happening = tuple[Callable[[Repository], object], Callable[[Repository], object]]


@pytest.fixture(autouse=True)
def no_config_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, ENVIRONMENT[name])


@pytest.fixture
def shop(service: OnexTreeService, repository: Repository) -> Repository:
    """A project ``shop``, scanned at its first commit."""
    repository.write("app.py", "print(1)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository


def nothing(shop: Repository) -> None:
    pass


def diverge(shop: Repository) -> None:
    shop.git("switch", "-q", "-c", "side")
    shop.write("side.py")
    shop.commit()
    shop.git("switch", "-q", "trunk")
    shop.write("trunk.py")
    shop.commit()


def ahead(shop: Repository) -> None:
    shop.commit()
    shop.git("switch", "-q", "b")
    shop.git("merge", "-q", "--ff-only", "trunk")


HAPPENINGS: dict[str, list[Happening]] = {
    "post-commit": [
        (nothing, lambda shop: shop.commit()),
        (diverge, lambda shop: shop.git("cherry-pick", "--allow-empty", "side")),
    ],
    "post-merge": [
        (diverge, lambda shop: shop.git("merge", "-q", "-m", "merge", "side")),
        (lambda shop: shop.git("branch", "b"), ahead),
    ],
    "post-checkout": [
        (diverge, lambda shop: shop.git("switch", "-q", "side")),
        (diverge, lambda shop: shop.git("checkout", "-q", "--detach", "HEAD~1")),
    ],
    "post-rewrite": [
        (nothing, lambda shop: shop.git("commit", "-q", "--amend", "-m", "other words")),
        (diverge, lambda shop: shop.git("rebase", "-q", "side")),
    ],
}


@pytest.mark.parametrize(
    "happening",
    [(event, each) for event, happenings in HAPPENINGS.items() for each in happenings],
    ids=lambda happening: happening[0],
)
def test_an_event_becomes_an_update_request(
    happening: tuple[str, Happening],
    shop: Repository,
    service: OnexTreeService,
    settings: Settings,
    database: Database,
) -> None:
    event, (before, act) = happening
    before(shop)
    spool = settings.home / "spool"
    hook(shop, spool)
    act(shop)
    found = [entry for entry in entries(spool) if entry and entry.event == event]
    assert found
    assert {entry.top for entry in found} == {os.fsencode(shop.root)}
    drained = service.drain_spool()
    assert drained.requested == {"shop"}
    assert (drained.entries >= 1, drained.unclear) == (True, 0)
    assert os.listdir(spool) == []
    with database.reading() as connection:
        (row,) = connection.execute("SELECT reason, commit_id FROM onextree.update_requests")
    assert row == ("commit", shop.git("rev-parse", "HEAD").decode().strip())
    service.generate("shop")
    assert service.drain_spool().entries == 0
    assert service.watch_heads().moved == []


def test_a_switch_tells_both_commits(shop: Repository, tmp_path: Path) -> None:
    old = shop.git("rev-parse", "HEAD").decode().strip()
    shop.git("switch", "-q", "-c", "side")
    new = shop.commit()
    hook(shop, tmp_path / "spool")
    shop.git("switch", "-q", "trunk")
    top = os.fsencode(shop.root)
    assert entries(tmp_path / "spool") == [Entry("post-checkout", new, old, False, top)]


def test_where_head_stayed(shop: Repository, tmp_path: Path) -> None:
    diverge(shop)
    hook(shop, tmp_path / "spool")
    shop.git("checkout", "-q", "--", "app.py")
    shop.git("merge", "-q", "--squash", "side")
    shop.commit()
    told = {entry.event: entry.kept_head for entry in entries(tmp_path / "spool") if entry}
    assert told == {"post-checkout": True, "post-merge": True, "post-commit": False}


AWKWARD = [
    b"plain",
    b"with spaces  and\ttabs ",
    b"'single' \"double\"",
    b"new\nline",
    b"trailing\n\n",
    b"\n",
    b"$HOME `id` $(id) ${x}",
    b"back\\slash\\n\\",
    b"latin-\xe9\xff\x80\x81\x88",
    b"-leading -n",
    b"* ? [a-z] ~ ! # & ; | < >",
    b"\x01\x1b[31m\x7f",
    "ä 💥 \u202e".encode(),
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", AWKWARD)
def test_any_path_in_any_shell(shell: str, name: bytes, tmp_path: Path) -> None:
    """Of the work tree as of the spool."""
    top = os.path.join(os.fsencode(tmp_path), b"w" + name)
    spool = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"s" + name)))
    os.mkdir(top)
    spool.mkdir()
    commits = ("0" * 40, "a" * 64)
    run_script(shell, top, spool, "post-checkout", *commits, "1")
    assert entries(spool) == [Entry("post-checkout", None, commits[1], False, top)]


@pytest.mark.parametrize("name", AWKWARD)
def test_any_path_in_git(name: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / os.fsdecode(name)
    repository = Repository.init(root)
    repository.write(b"\xff'$(id)\n", "x")
    spool = tmp_path / f"spool{os.fsdecode(name)}"
    hook(repository, spool)
    repository.commit()
    assert entries(spool) == [Entry("post-commit", None, None, False, os.fsencode(root))]
    monkeypatch.chdir(root)  # as a person does it
    assert repository.git("commit", "-q", "--allow-empty", "-m", "x") == b""


components = st.binary(min_size=1, max_size=60).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in (b".", b"..")
)


@given(path=st.lists(components, min_size=1, max_size=3), shell=st.sampled_from(sorted(SHELLS)))
@examples(max_examples=40, deadline=None)
def test_any_bytes_survive(path: list[bytes], shell: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        scratch = os.fsencode(os.path.realpath(made))
        top = os.path.join(scratch, *path)
        os.makedirs(top)
        spool = os.path.join(scratch, b"." + path[0])
        os.makedirs(spool, exist_ok=True)
        run_script(shell, top, spool, "post-merge", "0")
        assert entries(Path(os.fsdecode(spool))) == [Entry("post-merge", None, None, False, top)]


@given(st.binary().filter(lambda value: 0 not in value), st.sampled_from(EVENTS))
def test_what_a_script_was_made_with_can_be_read_from_it(value: bytes, event: str) -> None:
    for values in (Baked(value, b"", b"/p"), Baked(b"/s", value, value)):
        assert baked(render(event, values)) == values


def test_every_work_tree_tells_its_own_top(shop: Repository, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    linked = Repository(tmp_path / "linked")
    hook(shop, spool)
    shop.git("worktree", "add", "-q", str(linked.root))
    found = entries(spool)
    assert [(entry.event, entry.old_commit) for entry in found if entry] == [
        ("post-checkout", None)
    ]
    linked.commit()
    tops = [entry.top for entry in entries(spool) if entry and entry.event == "post-commit"]
    assert tops == [os.fsencode(linked.root)]
    # One that is asked for from there lies where both have it.
    assert hook(linked, spool).directory == shop.root / ".git/hooks"


def test_the_top_is_told_from_everywhere(shop: Repository, tmp_path: Path) -> None:
    """From below it, from outside, through a symlink, and with git's own variables set."""
    spool = tmp_path / "spool"
    hook(shop, spool)
    shop.write("below/a")
    (tmp_path / "link").symlink_to(shop.root)
    commit = ("commit", "-q", "--allow-empty", "-m", "x")
    git(shop.root / "below", *commit)
    git(tmp_path / "link" / "below", *commit)
    git(tmp_path, "-C", "link", *commit)
    git(tmp_path, f"--git-dir={shop.root}/.git", f"--work-tree={shop.root}", *commit)
    variables = {"GIT_DIR": f"{shop.root}/.git", "GIT_WORK_TREE": str(shop.root)}
    git(tmp_path, *commit, environment={**ENVIRONMENT, **variables})
    assert [entry.top for entry in entries(spool) if entry] == [os.fsencode(shop.root)] * 5


@pytest.mark.parametrize("spool", ["gone", "a file", "/proc"])
def test_a_spool_that_cannot_be_written_to(
    spool: str, repository: Repository, tmp_path: Path
) -> None:
    place = tmp_path / spool
    hook(repository, place)
    if place.parent == tmp_path:
        place.rmdir()
    if spool == "a file":
        place.write_text("x")
    done = commit(repository)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    repository.git("rev-parse", "HEAD")


def commit(repository: Repository) -> "subprocess.CompletedProcess[bytes]":
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    return subprocess.run(
        ["git", *identity, "commit", "-q", "--allow-empty", "-m", "x"],
        cwd=repository.root,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_a_full_spool(shell: str, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    script = tmp_path / "post-commit"
    script.write_bytes(render("post-commit", Baked(os.fsencode(spool), b"", b"")))
    done = subprocess.run(
        # Nothing that is written finds room.
        ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *SHELLS[shell], script],
        cwd=tmp_path,
        restore_signals=False,  # Python ignores SIGXFSZ: a write fails as on a full disk
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert os.listdir(spool) == []


def test_no_mktemp_no_mv_no_entry(tmp_path: Path) -> None:
    """On a machine, or a PATH, that has nothing."""
    script = tmp_path / "post-commit"
    script.write_bytes(render("post-commit", Baked(os.fsencode(tmp_path), b"http://x", b"/x")))
    script.chmod(0o755)
    done = subprocess.run([script], env={"PATH": "/nowhere"}, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_api_that_hangs_holds_nobody_up(repository: Repository, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    with stand_in(lambda: None) as api:
        hook(repository, spool, api.url)
        begun = time.monotonic()
        done = commit(repository)  # reads until every holder of its output is gone
        assert time.monotonic() - begun < 3
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        awaited(lambda: bool(api.asked), "it was asked")
        commit(repository)  # whose deliverer leaves it to the first one, or to the tick
        assert len(entries(spool)) == 2
    awaited(lambda: is_idle(spool), "it ended")
    assert len(entries(spool)) == 2


def test_a_burst_is_delivered_whole(repository: Repository, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    with stand_in(lambda: 202) as api:
        hook(repository, spool, api.url)
        for _ in range(10):
            repository.commit()
        awaited(lambda: bool(api.asked), "it was asked")
        awaited(lambda: is_idle(spool), "it ended")
        deliver(Spool(spool), api.url, seconds=10)  # what came last may have been left
        assert entries(spool) == []
        assert len(api.asked) >= 10
    awaited(lambda: is_idle(spool), "it ended")
