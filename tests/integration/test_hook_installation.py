"""Installing and removing the hook: what was there before, and where git looks for hooks."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from onextree.errors import ConfigurationError, InvalidRequest, ProjectRootNotFound
from onextree.hook.installation import Installed, State, look, remove
from onextree.hook.script import EVENTS, KEPT
from tests.hooks import entries, hook
from tests.repositories import ENVIRONMENT, Repository
from tests.shell import Shell
from tests.trap_kinds import TRAPS
from tests.traps import lay_traps
from tests.trees import git


@pytest.fixture(autouse=True)
def no_config_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, ENVIRONMENT[name])


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def hooks(repository: Repository) -> Path:
    return repository.root / ".git/hooks"


def states(found: Installed) -> set[State]:
    return {each.state for each in found.hooks}


def other_hook(directory: Path, event: str, script: str, mode: int = 0o755) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / event
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(mode)
    return path


def picture(directory: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, mode and time of all that lies there."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in directory.iterdir()
    }


def test_install_twice_and_remove(repository: Repository, hooks: Path, spool: Path) -> None:
    before = picture(hooks)
    assert states(look(repository.root, timeout=30)) == {State.ABSENT}
    assert states(hook(repository, spool)) == {State.INSTALLED}
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    once = picture(hooks)
    assert once.keys() == {*before, *EVENTS}
    inodes = {path.name: path.stat().st_ino for path in hooks.iterdir()}
    below = repository.write("below/file").parent
    assert states(hook(Repository(below), spool)) == {State.INSTALLED}
    assert picture(hooks) == once
    assert {path.name: path.stat().st_ino for path in hooks.iterdir()} == inodes
    assert states(remove(below, timeout=30)) == {State.REMOVED}
    assert picture(hooks) == before
    assert states(remove(below, timeout=30)) == {State.ABSENT}


def test_an_older_form_and_other_options_are_replaced(
    repository: Repository, hooks: Path, spool: Path, tmp_path: Path
) -> None:
    other_hook(hooks, "post-merge", "exit 3")
    hook(repository, spool)
    (hooks / "post-commit").write_text("#!/bin/sh\n# OnexTree hook 0: it was otherwise\n")
    (hooks / "post-checkout").chmod(0o644)
    states_ = {each.event: each.state for each in look(repository.root, timeout=30).hooks}
    assert states_["post-commit"] is State.OUTDATED
    again = hook(repository, tmp_path / "it's another", "http://127.0.0.1:1")
    assert states(again) == {State.INSTALLED}
    assert again.baked is not None
    assert again.baked.spool == os.fsencode(tmp_path / "it's another")
    assert (again.baked.api, again.baked.python) == (b"http://127.0.0.1:1", sys.executable.encode())
    assert os.access(hooks / "post-checkout", os.X_OK)
    assert (hooks / f"post-merge{KEPT}").read_text() == "#!/bin/sh\nexit 3\n"


RECORD = 'printf "%s|" "$#" "$@" >"{log}"; cat >>"{log}"; echo "{env}${{spool-}}" >>"{log}"; exit 7'


def test_a_hook_that_was_there_runs_as_before(
    repository: Repository, hooks: Path, spool: Path, tmp_path: Path
) -> None:
    """Arguments, standard input, environment and status; then it is put back, byte for byte."""
    repository.write("a")
    repository.commit()
    for event in EVENTS:
        log = tmp_path / event
        other_hook(hooks, event, RECORD.format(log=log, env="spool:"), 0o751)
    environment = {**ENVIRONMENT, "spool": "mine", "event": "mine"}

    def happen() -> list[tuple[object, ...]]:
        repository.git("reset", "-q", "--hard", "HEAD")
        seen: list[tuple[object, ...]] = []
        commands = {
            "post-commit": ("commit", "-q", "--allow-empty", "-m", "x"),
            "post-rewrite": ("commit", "-q", "--amend", "--allow-empty", "-m", "y"),
            "post-checkout": ("checkout", "-q", "--", "a"),
            "post-merge": ("merge", "-q", "--no-ff", "-m", "m", "side"),
        }
        for event, words in commands.items():
            if event == "post-merge":
                identity = ("user.name=T", "user.email=t@x", "core.hooksPath=/dev/null")
                quiet = [word for setting in identity for word in ("-c", setting)]
                for step in (["switch", "-qC", "side"], ["commit", "-q", "--allow-empty", "-mx"]):
                    subprocess.run(
                        ["git", *quiet, *step], cwd=repository.root, env=ENVIRONMENT, check=True
                    )
                subprocess.run(
                    ["git", *quiet, "switch", "-q", "trunk"],
                    cwd=repository.root,
                    env=ENVIRONMENT,
                    check=True,
                )
            done = subprocess.run(
                ["git", "-c", "user.name=T", "-c", "user.email=t@x", *words],
                cwd=repository.root,
                env=environment,
                capture_output=True,
                check=False,
                timeout=30,
            )
            heads = git(repository.root, "rev-parse", "HEAD", "ORIG_HEAD", "HEAD@{1}").split()
            told = (tmp_path / event).read_bytes()
            for number, head in enumerate(heads):
                told = told.replace(head, b"commit %d" % number)
            seen.append((event, done.returncode, done.stdout, done.stderr, told))
        return seen

    before = picture(hooks)
    expected = happen()
    assert [each[1] for each in expected] == [0, 0, 7, 0]  # a checkout's hook decides its status
    assert b"1|amend|commit" in expected[1][4]  # type: ignore[operator]
    hook(repository, spool)
    assert [each.chained for each in look(repository.root, timeout=30).hooks] == [
        f"{event}{KEPT}" for event in EVENTS
    ]
    assert happen() == expected
    assert {entry.event for entry in entries(spool) if entry} == set(EVENTS)
    remove(repository.root, timeout=30)
    assert picture(hooks) == before
    assert happen() == expected


def test_a_hook_that_git_would_not_run_is_not_run(
    repository: Repository, hooks: Path, spool: Path, tmp_path: Path
) -> None:
    other_hook(hooks, "post-commit", f"touch {tmp_path}/ran", 0o644)
    hook(repository, spool)
    repository.commit()
    assert not (tmp_path / "ran").exists()
    remove(repository.root, timeout=30)
    assert stat.S_IMODE((hooks / "post-commit").stat().st_mode) == 0o644


def test_a_hook_without_an_interpreter_line(
    repository: Repository, hooks: Path, spool: Path, tmp_path: Path
) -> None:
    hooks.mkdir(exist_ok=True)
    (hooks / "post-commit").write_text(f"echo x >{shlex.quote(str(tmp_path / 'ran'))}\n")
    (hooks / "post-commit").chmod(0o755)
    hook(repository, spool)
    repository.commit()
    assert (tmp_path / "ran").exists()


def test_a_hook_that_others_moved_away_is_still_ours(
    repository: Repository, hooks: Path, spool: Path, tmp_path: Path
) -> None:
    """As other managers of hooks do it: they give ours another name, and run it."""
    other_hook(hooks, "post-commit", f"echo first >>{tmp_path}/ran")
    hook(repository, spool)
    (hooks / "post-commit").rename(hooks / "post-commit.legacy")
    theirs = other_hook(hooks, "post-commit", f"echo second >>{tmp_path}/ran; $0.legacy")
    mine = theirs.read_bytes()
    assert states(hook(repository, spool)) == {State.INSTALLED}
    repository.commit()
    assert (tmp_path / "ran").read_text() == "second\nfirst\n"
    assert len(entries(spool)) == 1
    remove(repository.root, timeout=30)
    assert theirs.read_bytes() == mine
    repository.commit()
    assert (tmp_path / "ran").read_text() == "second\nfirst\n" * 2
    assert len(entries(spool)) == 1


def test_hooks_that_start_each_other_come_to_an_end(
    repository: Repository, hooks: Path, spool: Path
) -> None:
    hook(repository, spool)
    other_hook(hooks, f"post-commit{KEPT}", "exec .git/hooks/post-commit")
    repository.commit()
    assert 1 <= len(entries(spool)) <= 10


def test_a_hook_that_commits_is_run_for_its_commit(
    repository: Repository, hooks: Path, spool: Path
) -> None:
    nested = "git -c user.name=x -c user.email=y commit -q --allow-empty -m z"
    script = f"echo x >>.count; [ -e .done ] || {{ touch .done; {nested}; }}"
    other_hook(hooks, "post-commit", script)
    hook(repository, spool)
    repository.commit()
    assert (repository.root / ".count").read_text() == "x\nx\n"
    assert len(entries(spool)) == 2


def refused(repository: Repository, spool: Path, *words: str) -> None:
    """Nothing is changed, and the sentence says where."""
    hooks = repository.root / ".git/hooks"
    before = picture(hooks) if hooks.is_dir() and not hooks.is_symlink() else None
    with pytest.raises(ConfigurationError) as caught:
        hook(repository, spool)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert not spool.exists()
    if before is not None:
        assert picture(hooks) == before


@pytest.mark.parametrize(
    "script",
    [
        'exec ./bin/$(basename "$0") "$@"',
        'for each in .git/hooks/${0##*/}.d/*; do "$each"; done',
        '. "$(dirname -- "$0")/_/husky.sh"',
        '. "${0%/*}/h"',
    ],
)
def test_a_hook_that_goes_by_its_own_name(
    script: str, repository: Repository, hooks: Path, spool: Path
) -> None:
    other_hook(hooks, "post-rewrite", script)
    refused(repository, spool, "post-rewrite", "goes by the name")


def test_files_that_are_in_the_way(
    repository: Repository, hooks: Path, spool: Path, tmp_path: Path
) -> None:
    elsewhere = other_hook(tmp_path / "elsewhere", "post-merge", "exit 0")
    content = elsewhere.read_bytes()
    (hooks / "post-merge").symlink_to(elsewhere)
    refused(repository, spool, "post-merge", "symlink")
    assert elsewhere.read_bytes() == content
    assert states(look(repository.root, timeout=30)) == {State.ABSENT}
    assert states(remove(repository.root, timeout=30)) == {State.ABSENT}
    (hooks / "post-merge").unlink()
    os.mkfifo(hooks / "post-merge")
    with pytest.raises(ConfigurationError, match="no regular file"):
        hook(repository, spool)
    (hooks / "post-merge").unlink()
    (hooks / "post-merge").mkdir()
    with pytest.raises(ConfigurationError, match="no regular file"):
        hook(repository, spool)
    (hooks / "post-merge").rmdir()
    other_hook(hooks, "post-merge", "exit 1")
    other_hook(hooks, f"post-merge{KEPT}", "exit 2")
    refused(repository, spool, "post-merge", "remove the other")


def test_a_killed_install_is_finished_by_the_next(
    repository: Repository, hooks: Path, spool: Path
) -> None:
    """Between giving the other hook its second name and writing ours."""
    theirs = other_hook(hooks, "post-commit", "exit 0")
    content = theirs.read_bytes()
    os.link(theirs, hooks / f"post-commit{KEPT}")
    hook(repository, spool)
    remove(repository.root, timeout=30)
    assert theirs.read_bytes() == content
    assert not (hooks / f"post-commit{KEPT}").exists()


def test_a_directory_of_hooks_that_is_a_symlink(
    repository: Repository, hooks: Path, spool: Path, tmp_path: Path
) -> None:
    hooks.rename(tmp_path / "shared")
    hooks.symlink_to(tmp_path / "shared")
    before = picture(tmp_path / "shared")
    refused(repository, spool, "symlink")
    assert picture(tmp_path / "shared") == before
    hooks.unlink()
    hooks.write_text("a file")
    refused(repository, spool, "cannot be used")
    hooks.unlink()
    assert states(hook(repository, spool)) == {State.INSTALLED}  # it is made


@pytest.mark.parametrize("scope", ["local", "global", "included"])
def test_hooks_path_outside(
    scope: str,
    repository: Repository,
    spool: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    text = f"[core]\n\thooksPath = {shared}\n"
    if scope == "global":
        (tmp_path / "gitconfig").write_text(text)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    elif scope == "included":
        (tmp_path / "included").write_text(text)
        repository.git("config", "include.path", str(tmp_path / "included"))
    else:
        repository.git("config", "core.hooksPath", str(shared))
    refused(repository, spool, str(shared), "git config core.hooksPath")
    assert list(shared.iterdir()) == []
    if scope == "included":
        repository.git("config", "--unset", "include.path")
    repository.git("config", "core.hooksPath", str(repository.root / ".git/hooks"))
    assert states(hook(repository, spool)) == {State.INSTALLED}
    repository.commit()
    assert len(entries(spool)) == 1


@pytest.mark.parametrize(
    ("value", "place"),
    [(".githooks", ".githooks"), ("a/../b/", "b"), (".git/own", ".git/own"), ("{root}/c", "c")],
)
def test_hooks_path_inside(
    value: str, place: str, repository: Repository, spool: Path, tmp_path: Path
) -> None:
    (repository.root / "a").mkdir()
    repository.git("config", "core.hooksPath", value.format(root=repository.root))
    assert hook(repository, spool).directory == repository.root / place
    repository.commit()
    assert len(entries(spool)) == 1
    assert states(remove(repository.root, timeout=30)) == {State.REMOVED}


@pytest.mark.parametrize("value", ["", "..", "../x", "link/below", "link", "-x", "~/x"])
def test_hooks_path_that_leads_out(
    value: str,
    repository: Repository,
    spool: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (repository.root / "link").symlink_to(tmp_path)
    repository.git("config", "core.hooksPath", value)
    refused(repository, spool, "core.hooksPath")


def test_what_is_no_work_tree(tmp_path: Path, spool: Path, repository: Repository) -> None:
    bare = Repository(tmp_path / "bare")
    repository.git("clone", "-q", "--bare", str(repository.root), str(bare.root))
    (tmp_path / "file").write_text("")
    for path in (bare.root, tmp_path / "file", tmp_path):
        with pytest.raises(InvalidRequest, match="work tree"):
            hook(Repository(path), spool)
    with pytest.raises(ProjectRootNotFound):
        hook(Repository(tmp_path / "missing"), spool)
    lost = tmp_path / "lost"
    lost.mkdir()
    (lost / ".git").write_text("gitdir: /nonexistent\n")
    with pytest.raises(InvalidRequest, match="work tree"):
        hook(Repository(lost), spool)


def test_a_submodule(repository: Repository, spool: Path, tmp_path: Path) -> None:
    library = Repository.init(tmp_path / "library")
    library.commit()
    repository.git("submodule", "--quiet", "add", str(library.root), "sub")
    inside = Repository(repository.root / "sub")
    assert hook(inside, spool).directory == repository.root / ".git/modules/sub/hooks"
    inside.commit()
    assert [entry.top for entry in entries(spool) if entry] == [os.fsencode(inside.root)]


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_hostile_repository_runs_nothing(
    is_refused: bool, spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {name: trap for name, trap in TRAPS.items() if is_refused or "hooks" not in name}
    traps = lay_traps(tmp_path, chosen)
    for variable, value in traps.variables.items():
        monkeypatch.setenv(variable, value)
    if is_refused:
        refused(traps.repository, spool)
    else:
        assert states(hook(traps.repository, spool)) == {State.INSTALLED}
        assert states(remove(traps.repository.root, timeout=30)) == {State.REMOVED}
    assert traps.fired == []


@pytest.mark.part("root")
def test_a_directory_that_cannot_be_written_to(
    repository: Repository, hooks: Path, spool: Path
) -> None:
    other_hook(hooks, "post-commit", "exit 0")
    before = picture(hooks)
    hooks.chmod(0o555)
    words = (sys.executable, "-c", "from onextree.cli.app import main; main()")
    bound = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    done = subprocess.run(
        # Root, but bound by modes like everybody.
        [*bound, *words, "hook", "install", str(repository.root), f"--spool={spool}", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done
    assert json.loads(done.stderr)["error_code"] == "CONFIGURATION_ERROR"
    assert "cannot be written" in done.stderr
    assert picture(hooks) == before


def test_the_commands_need_no_database(
    repository: Repository,
    spool: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ONEXTREE_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    monkeypatch.setenv("ONEXTREE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ONEXTREE_HOOK_API", "http://127.0.0.1:1/")
    monkeypatch.setenv("COLUMNS", "200")
    shell = Shell(monkeypatch, capsys)
    other_hook(repository.root / ".git/hooks", "post-merge", "exit 0")
    made = shell.json("onextree", "hook", "install", str(repository.root))
    assert made["spool"] == str(tmp_path / "home/spool")
    assert (made["api"], made["waiting"]) == ("http://127.0.0.1:1", 0)
    monkeypatch.chdir(repository.root)
    again = shell.json("onextree", "hook", "install", "--api", "", "--spool", str(spool))
    assert (again["api"], again["spool"]) == (None, str(spool))
    repository.commit()
    shown = shell.json("onextree", "hook", "status")
    assert (shown["waiting"], shown["directory"]) == (1, str(repository.root / ".git/hooks"))
    assert {each["state"] for each in shown["hooks"]} == {"installed"}
    chained = {each["event"]: each["chained"] for each in shown["hooks"]}
    assert chained["post-merge"] == f"post-merge{KEPT}"
    status, out, err = shell("onextree", "hook", "status", ".")
    assert (status, err) == (0, "")
    assert "post-rewrite" in out
    assert "waiting" in out
    removed = shell.json("onextree", "hook", "remove")
    assert {each["state"] for each in removed["hooks"]} == {"removed"}
    assert "absent" in shell("onextree", "hook", "status")[1]
    for words in (("--api", "127.0.0.1"), ("--api", "http://user:s3cret@host")):
        error = shell.refused("onextree", "hook", "install", *words)
        assert error["error_code"] == "INVALID_REQUEST"
        assert "s3cret" not in json.dumps(error)
    error = shell.refused("onextree", "hook", "status", "/")
    assert error["error_code"] == "INVALID_REQUEST"
