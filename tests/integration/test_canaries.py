"""Every git command that OnexTree starts, in a repository full of traps: none fires."""

import ast
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import onextree
from onextree.errors import OnexTreeError
from onextree.git import door
from onextree.git.object_store import ObjectStore
from onextree.tree.commit.scan import scan_commit, scan_remote
from onextree.tree.scan import scan
from tests.git_servers import git_daemon, mirror_of
from tests.trap_kinds import TRAPS
from tests.traps import Traps, lay_traps
from tests.trees import by_path

COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "ls-files": (
        ("-z",),
        ("-z", "-v"),
        ("-z", "--others", "--exclude-standard"),
        ("-z", "--cached", "--others", "--exclude-standard"),
        ("-z", "--stage"),
        ("-z", "--", "."),
    ),
    "check-ignore": (
        ("--quiet", "--", "./ignored/"),
        ("-z", "--no-index", "--stdin"),
    ),
    "rev-parse": (("HEAD", "--symbolic-full-name", "HEAD"),),
    "symbolic-ref": (("HEAD",),),
    "config": (
        ("--local", "--no-includes", "-z", "--list"),
        ("--show-scope", "-z", "--type=path", "--get-all", "core.hooksPath"),
    ),
}
"""Asked of the repository itself."""

BORROWED = ("diff-index", "ls-files", "diff-files", "diff-tree")
"""Asked of a repository that borrows index and objects, since they may compare contents."""

STORED = ("rev-parse", "ls-tree", "cat-file")
"""Asked of a repository of which only the objects are read."""

MIRRORED = ("ls-remote", "fetch", "for-each-ref", "update-ref", "fsck", "gc")
"""Asked of mirrors of ours, or of none at all."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Traps:
    return lay_traps(tmp_path_factory.mktemp("traps"), TRAPS)


@pytest.fixture
def trapped(everything: Traps, monkeypatch: pytest.MonkeyPatch) -> Iterator[Traps]:
    for name, value in everything.variables.items():
        monkeypatch.setenv(name, value)
    everything.forget()
    yield everything
    assert everything.fired == []


Started = list[tuple[str, bytes]]
"""Subcommand, and the repository's directory that it was given."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Every command that goes through the door."""
    found: Started = []
    real = door.start

    def spying(command: Sequence[str], **options: Any) -> door.GitProcess:
        found.append((command[0], os.fsencode(options["git_dir"])))
        return real(command, **options)

    monkeypatch.setattr(door, "start", spying)
    return found


@pytest.mark.parametrize("name", TRAPS)
def test_the_trap_works(tmp_path: Path, name: str) -> None:
    """Else the tests below would show nothing."""
    traps = lay_traps(tmp_path, {name: TRAPS[name]})
    TRAPS[name].fire(traps)
    assert traps.fired


def test_the_traps_work_together(everything: Traps) -> None:
    top = f"core.worktree={everything.repository.root}"
    for words in (("status",), ("diff",), ("cat-file", "-p", ":lazy")):
        everything.git("-c", top, *words)
        assert everything.fired
        everything.forget()


@pytest.mark.parametrize(
    "command", [(name, *words) for name, forms in COMMANDS.items() for words in forms], ids=" ".join
)
@pytest.mark.parametrize("inside", [False, True], ids=["top", "inside"])
def test_a_command_fires_nothing_and_stays(
    trapped: Traps, command: tuple[str, ...], inside: bool
) -> None:
    root = trapped.repository.root
    _, output = door.run(
        command,
        git_dir=root / ".git",
        work_tree=root,
        cwd=root / "inside" if inside else root,
        timeout=30,
        ok=(0, 1, 128),
    )
    assert output or inside or command[0] == "check-ignore"
    if command[0] == "ls-files":
        assert not [path for path in output.split(b"\0") if path.startswith((b"..", b"/"))]
        assert b"fired" not in output


@pytest.mark.parametrize("command", BORROWED)
def test_no_content_is_compared_by_the_repository_s_own_rules(
    trapped: Traps, started: Started, command: str
) -> None:
    """Whatever may run a filter must not be asked of the repository's own directory."""
    root = trapped.repository.root
    for place in (root, root / "inside"):
        scan(place, git_timeout=30)
    borrowed = {name for name, git_dir in started if git_dir != os.fsencode(root / ".git")}
    if command != "ls-files":
        assert (command, os.fsencode(root / ".git")) not in started
    assert borrowed <= set(BORROWED)
    assert borrowed


STATES = ("top", "inside", "ignored", "unborn", "staged", "clean", "linked", "as a submodule")


@pytest.fixture(scope="module", params=STATES)
def state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    """Every trap, and a root in some state of a repository."""
    traps = lay_traps(tmp_path_factory.mktemp("state"), TRAPS)
    repository = traps.repository
    quiet = ("-c", f"core.worktree={repository.root}", "-c", "core.hooksPath=/dev/null")
    off = ("-c", "core.fsmonitor=false", *quiet)
    root = repository.root
    match request.param:
        case "inside" | "ignored":
            root = root / request.param
        case "unborn":
            traps.git(*off, "symbolic-ref", "HEAD", "refs/heads/none")
        case "staged":
            repository.write("inside/a", "54321\n")
            traps.git(*off, "add", "inside/a")
        case "clean":
            (root / ".git" / "info" / "exclude").write_text("*\n")
            for path in root.glob("a.*"):
                path.write_text("12345\n")
        case "linked":
            root = traps.directory / "linked"
            traps.git(*off, "worktree", "add", "-q", "--detach", "--no-checkout", str(root))
            (root / "inside").mkdir()
            (root / "inside" / "a").write_text("54321\n")
        case "as a submodule":
            root = root / "library"
    traps.forget()
    return traps, root


def test_a_scan_fires_nothing_and_stays(
    state: tuple[Traps, Path], started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    traps, root = state
    for name, value in traps.variables.items():
        monkeypatch.setenv(name, value)
    tree = scan(root, git_timeout=30).tree
    assert traps.fired == []
    assert all((root / os.fsdecode(path)).exists() for path in by_path(tree))
    assert not any(b"fired" in path for path in by_path(tree))
    assert {name for name, _ in started} <= {*COMMANDS, *BORROWED}


def test_a_scan_that_git_refuses_fires_nothing(
    trapped: Traps, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = trapped.repository.root / ".git" / "index"
    content = index.read_bytes()
    index.write_bytes(b"broken")
    try:
        with pytest.raises(OnexTreeError):
            scan(trapped.repository.root, git_timeout=30)
    finally:
        index.write_bytes(content)


def test_a_commit_is_read_and_nothing_fires(trapped: Traps, started: Started) -> None:
    """Also where a content is missing that the repository says can be fetched."""
    store = ObjectStore(trapped.repository.root / ".git", 30)
    first = trapped.git("rev-parse", "HEAD~1").decode().strip()
    last = trapped.git("rev-parse", "HEAD").decode().strip()
    trapped.forget()
    assert by_path(scan_commit(store, first).tree)[b"a.clean"].size == len("12345\n")
    with pytest.raises(OnexTreeError):
        scan_commit(store, last)
    assert {name for name, _ in started} == {*STORED}


def test_a_mirror_of_it_fires_nothing(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {name: trap for name, trap in TRAPS.items() if name != "promisor"}
    traps = lay_traps(tmp_path / "server", whole)
    for name, value in traps.variables.items():
        monkeypatch.setenv(name, value)
    with git_daemon(traps.directory) as port:
        mirror = mirror_of(tmp_path / "mirrors", f"git://127.0.0.1:{port}/project")
        tree = scan_remote(mirror, mirror.head().commit).tree
        mirror.prune()
        (mirror.git_dir / "packed-refs").write_text("damage has git look at everything")
        mirror.fetch(mirror.head().commit)
    assert b"a.smudge" in by_path(tree)
    assert traps.fired == []
    assert {name for name, _ in started} == {*STORED, *MIRRORED}
    elsewhere = {git_dir for name, git_dir in started if name != "ls-remote"}
    assert elsewhere == {os.fsencode(mirror.git_dir)}


@pytest.mark.parametrize("command", ["ls-remote", "fetch"])
@pytest.mark.parametrize("protocol", ["git", "ssh", "http"])
@pytest.mark.parametrize(
    "url", ["git://x.invalid/y", "ssh://x.invalid/y", "http://x.invalid/y", "ext", "origin"]
)
def test_an_open_protocol_opens_nothing_else(
    trapped: Traps, command: str, protocol: str, url: str
) -> None:
    root = trapped.repository.root
    words = (command, "--", url, "HEAD")
    process = door.start(words, git_dir=root / ".git", work_tree=root, cwd=root, protocol=protocol)
    with pytest.raises(OnexTreeError):
        process.output(timeout=30)


@pytest.mark.parametrize(
    "command",
    [
        ("for-each-ref", "--format=%(refname)", "refs/"),
        ("update-ref", "refs/onextree/x", "HEAD"),
        ("fsck", "--connectivity-only", "--no-dangling", "--no-progress"),
        ("gc", "--quiet", "--prune=now"),
        ("ls-tree", "-z", "-l", "--full-tree", "-r", "-t", "HEAD"),
        ("cat-file", "-p", ":lazy"),
    ],
    ids=" ".join,
)
def test_even_the_repository_s_own_rules_fire_nothing(
    trapped: Traps, command: tuple[str, ...]
) -> None:
    root = trapped.repository.root
    with suppress(OnexTreeError):
        door.run(command, git_dir=root / ".git", work_tree=root, cwd=root, timeout=30)


class Calls(ast.NodeVisitor):
    """Collects the subcommands given to the door, and to functions that pass theirs on."""

    def __init__(self, doors: set[str]) -> None:
        self.doors = doors
        self.commands: set[str] = set()
        self.unclear: list[int] = []
        self._functions: list[ast.FunctionDef] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if ast.unparse(node.func).removeprefix("self.") not in self.doors:
            return
        given = [*node.args, *(word.value for word in node.keywords if word.arg == "command")]
        first = given[0] if given else None
        if isinstance(first, ast.Tuple | ast.List) and first.elts:
            first = first.elts[0]
        if isinstance(first, ast.Starred):
            first = first.value
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            self.commands.add(first.value)
        elif not self._passed_on(first):
            self.unclear.append(node.lineno)

    def _passed_on(self, word: ast.expr | None) -> bool:
        """Whether it is the function's own parameter; its callers are looked at then."""
        for function in self._functions:
            every = function.args
            names = {every.vararg, *every.args, *every.posonlyargs, *every.kwonlyargs}
            if isinstance(word, ast.Name) and word.id in {name.arg for name in names if name}:
                self.doors |= {function.name}
                return True
        return False


def used_commands(source: str, doors: set[str]) -> tuple[set[str], list[int]]:
    """Subcommands in a module, and lines in which one cannot be seen."""
    while True:
        calls = Calls(set(doors))
        calls.visit(ast.parse(source))
        if calls.doors == doors:
            return calls.commands, calls.unclear
        doors = calls.doors


def test_every_command_has_its_canary() -> None:
    used: set[str] = set()
    for path in sorted(Path(onextree.__file__).parent.rglob("*.py")):
        source = path.read_text()
        if path.name == "door.py":
            doors = {"start", "run"}
        elif "door" in source and "onextree.git" in source:
            doors = {"door.start", "door.run", "_start", "_run", "ask"}
        else:
            continue
        commands, unclear = used_commands(source, doors)
        assert not unclear, f"{path.name}: lines {unclear}: give the command as a literal"
        used |= commands
    assert {"ls-files", "rev-parse", "fetch"} <= used
    assert used <= {*COMMANDS, *BORROWED, *STORED, *MIRRORED}


def test_a_new_command_is_noticed() -> None:
    source = """
def _ask(*command):
    return _run(*command)
def _run(*command):
    return door.run(command, cwd=".")
_ask("log", "-p")
door.start(("show", "HEAD"))
door.run([name, "x"])
"""
    commands, unclear = used_commands(source, {"door.start", "door.run"})
    assert (commands, unclear) == ({"log", "show"}, [8])
