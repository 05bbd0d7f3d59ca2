"""Every kind of trap, and how plain git falls into it."""

from collections.abc import Callable
from pathlib import Path

from tests.repositories import Repository
from tests.traps import Trap, Traps

__all__ = ["TRAPS"]


def commit(traps: Traps) -> object:
    return traps.git("commit", "-q", "--allow-empty", "-m", "x")


def add(traps: Traps) -> object:
    return traps.git("add", "-A")


def hooks(directory: Callable[[Traps], Path]) -> Callable[[Traps, Path], None]:
    def lay(traps: Traps, program: Path) -> None:
        place = directory(traps)
        place.mkdir(parents=True, exist_ok=True)
        for name in ("pre-commit", "post-index-change", "post-checkout", "reference-transaction"):
            (place / name).unlink(missing_ok=True)
            (place / name).symlink_to(program)

    return lay


def config_file(name: str, driver: str) -> Callable[[Traps, Path], None]:
    def lay(traps: Traps, program: Path) -> None:
        (traps.repository.root / ".git" / name).write_text(
            f'[filter "{driver}"]\n\tclean = {program}\n'
        )

    return lay


def missing_object(traps: Traps, program: Path) -> None:
    """A tracked file whose content has to be fetched."""
    root = traps.repository.root
    (root / "lazy").write_text("to be fetched")
    blob = traps.git("hash-object", "-w", "lazy").decode().strip()
    traps.git("update-index", "--add", "--cacheinfo", f"100644,{blob},lazy")
    traps.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "lazy")
    (root / "lazy").write_text("TO BE FETCHED")
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()


def fetch_missing(traps: Traps) -> object:
    return traps.git("cat-file", "-p", ":lazy")


def alternate(traps: Traps, program: Path) -> None:
    other = Repository.init(traps.directory / "alternate")
    other.commit()
    info = traps.repository.root / ".git" / "objects" / "info"
    info.mkdir(exist_ok=True)
    (info / "alternates").write_text(f"{other.root}/.git/objects\n")


def fetch_alternate(traps: Traps) -> object:
    other = Repository.init(traps.directory / "third")
    other.commit()
    return traps.git("-c", "protocol.file.allow=always", "fetch", str(other.root))


def merge(traps: Traps) -> object:
    for branch, text in (("one", "1\n"), ("two", "2\n")):
        traps.git("checkout", "-q", "-f", "-b", branch, "trunk")
        traps.repository.write("a.merge-driver", text)
        traps.git("commit", "-q", "-a", "-m", branch)
    return traps.git("merge", "-q", "one")


def smudge(traps: Traps) -> object:
    (traps.repository.root / "a.smudge").unlink()
    return traps.git("checkout", "--", "a.smudge")


def submodule(traps: Traps, program: Path) -> None:
    library = Repository.init(traps.repository.root / "library")
    recorded = library.commit()
    traps.repository.write(
        ".gitmodules", '[submodule "library"]\n\tpath=library\n\turl=./library\n'
    )
    traps.git("update-index", "--add", "--cacheinfo", f"160000,{recorded},library")
    library.commit()
    library.git("config", "core.fsmonitor", str(program))


def elsewhere(traps: Traps) -> None:
    shown = traps.git("rev-parse", "--show-toplevel").decode().strip()
    if shown == str(traps.directory):
        (traps.directory / "fired").write_text("worktree\n")


def worktree_config(traps: Traps, program: Path) -> None:
    config_file("config.worktree", "worktree-config")(traps, program)


CREDENTIAL = b"protocol=https\nhost=example.invalid\n\n"
TRAPS = {
    "fsmonitor": Trap({"core.fsmonitor": "{}"}, lambda traps: traps.git("status")),
    "hooks path": Trap(
        {"core.hooksPath": "{dir}/hooks"},
        commit,
        lay=hooks(lambda traps: traps.directory / "hooks"),
    ),
    "hooks": Trap({}, commit, lay=hooks(lambda traps: traps.repository.root / ".git" / "hooks")),
    "clean": Trap({"filter.clean.clean": "{}"}, add, "filter=clean"),
    "smudge": Trap({"filter.smudge.smudge": "{}"}, smudge, "filter=smudge"),
    "process": Trap(
        {"filter.process.process": "{}", "filter.process.required": "true"}, add, "filter=process"
    ),
    "textconv": Trap(
        {"diff.textconv.textconv": "{}"}, lambda traps: traps.git("diff"), "diff=textconv"
    ),
    "external diff": Trap({"diff.external": "{}"}, lambda traps: traps.git("diff")),
    "diff driver": Trap(
        {"diff.driver.command": "{}"}, lambda traps: traps.git("diff"), "diff=driver"
    ),
    "merge driver": Trap({"merge.driver.driver": "{}"}, merge, "merge=driver"),
    "pager": Trap({"core.pager": "{}"}, lambda traps: traps.at_a_terminal("-p", "log")),
    "command pager": Trap(
        {"pager.ls-files": "{}", "pager.config": "{}", "pager.log": "{}"},
        lambda traps: traps.at_a_terminal("log"),
    ),
    "editor": Trap({"core.editor": "{}"}, lambda traps: traps.git("commit", "--allow-empty")),
    "ssh": Trap(
        {"core.sshCommand": "{}"}, lambda traps: traps.git("ls-remote", "ssh://x.invalid/y")
    ),
    "proxy": Trap(
        {"core.gitProxy": "{}"}, lambda traps: traps.git("ls-remote", "git://x.invalid/y")
    ),
    "remote helper": Trap(
        {"remote.ext.url": "ext::{}", "protocol.ext.allow": "always"},
        lambda traps: traps.git("ls-remote", "ext"),
    ),
    "credential": Trap(
        {"credential.helper": "{}"},
        lambda traps: traps.git("credential", "fill", given=CREDENTIAL),
    ),
    "askpass": Trap(
        {"core.askPass": "{}"}, lambda traps: traps.git("credential", "fill", given=CREDENTIAL)
    ),
    "promisor": Trap(
        {
            "remote.origin.url": "{dir}",
            "remote.origin.uploadpack": "{}",
            "remote.origin.promisor": "true",
            "core.repositoryFormatVersion": "1",
            "extensions.partialClone": "origin",
            "protocol.file.allow": "always",
        },
        fetch_missing,
        lay=missing_object,
    ),
    "include": Trap(
        {"include.path": "included"}, add, "filter=include", config_file("included", "include")
    ),
    "include if": Trap(
        {"includeIf.onbranch:**.path": "included-if"},
        add,
        "filter=include-if",
        config_file("included-if", "include-if"),
    ),
    "worktree config": Trap(
        {"extensions.worktreeConfig": "true"}, add, "filter=worktree-config", worktree_config
    ),
    "worktree": Trap({"core.worktree": "{dir}"}, elsewhere),
    "alternate refs": Trap({"core.alternateRefsCommand": "{}"}, fetch_alternate, lay=alternate),
    "gpg": Trap(
        {"gpg.program": "{}", "commit.gpgSign": "true", "log.showSignature": "true"}, commit
    ),
    "alias": Trap(
        {f"alias.{name}": "!{}" for name in ("canary", "ls-files", "config", "rev-parse")},
        lambda traps: traps.git("canary"),
    ),
    "trailer": Trap(
        {"trailer.canary.command": "{}"},
        lambda traps: traps.git("interpret-trailers", "--trailer", "canary=x", given=b"x\n"),
    ),
    "submodule update": Trap(
        {"submodule.library.url": "./library", "submodule.library.update": "!{}"},
        lambda traps: traps.git("submodule", "update"),
        lay=submodule,
    ),
    "archive": Trap(
        {"tar.canary.command": "{}"},
        lambda traps: traps.git("archive", "--format=canary", "HEAD"),
    ),
    **{
        f"variable {name}": Trap({}, fire, variables={name: "{}"})
        for name, fire in {
            "GIT_EXTERNAL_DIFF": lambda traps: traps.git("diff"),
            "GIT_SSH_COMMAND": lambda traps: traps.git("ls-remote", "ssh://x.invalid/y"),
            "GIT_EDITOR": lambda traps: traps.git("commit", "--allow-empty"),
            "GIT_ASKPASS": lambda traps: traps.git("credential", "fill", given=CREDENTIAL),
        }.items()
    },
    **{
        f"variable {name}": Trap({}, commit, variables={name: "{dir}/fired"})
        for name in ("GIT_TRACE", "GIT_TRACE_SETUP", "GIT_TRACE2", "GIT_TRACE2_EVENT")
    },
}
