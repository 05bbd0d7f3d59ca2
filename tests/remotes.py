"""Remote projects in tests: a server on loopback, and services that may ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onextree.git.mirror import Mirror
from onextree.git.remotes import RemoteUrl
from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.tree.scan import scan
from tests.git_servers import git_daemon
from tests.repositories import Repository

__all__ = ["Host", "allowing", "judged", "machine", "mirror_of", "serving"]


@dataclass(frozen=True)
class Host:
    """`git daemon` for every repository below a directory."""

    base: Path
    port: int

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, name: str) -> str:
        return f"git://{self.place}/{name}"

    def repository(self, name: str) -> Repository:
        """A new one, with a first commit."""
        made = Repository.init(self.base / name)
        made.write("a.py", f"print({name!r})\n")
        made.write("sub/b.txt", "b\n")
        made.write("run", "#!/bin/sh\n").chmod(0o755)
        (made.root / "link").symlink_to("a.py")
        made.commit("first")
        return made


@contextmanager
def serving(base: Path) -> Iterator[Host]:
    base.mkdir(exist_ok=True)
    with git_daemon(base) as port:
        yield Host(base, port)


def allowing(settings: Settings, *places: str, **others: Any) -> Settings:
    """Settings under which repositories of these hosts may be projects, by any scheme."""
    return settings.model_copy(
        update={
            "remote_schemes": "git,http",
            "remote_hosts": ",".join(places),
            "remote_timeout": 30.0,
            "debounce_seconds": 0.0,
            **others,
        }
    )


def machine(database: Database, settings: Settings, home: Path | None = None) -> OnexTreeService:
    """A service with its own home, as on another machine."""
    own = settings if home is None else settings.model_copy(update={"home": home})
    return OnexTreeService(database, own, RetryPolicy(attempts=1))


def mirror_of(service: OnexTreeService, url: str) -> Mirror:
    return Mirror(service._mirrors, RemoteUrl.parse(url, None))


def judged(service: OnexTreeService, project_id: str, remote: Repository, url: str) -> None:
    """The newest version is what a scan of the clean checkout finds, and git names its tree."""
    tree = scan(remote.root, git_timeout=30).tree
    assert tree.provenance.dirty is False
    snapshot = service.show(project_id)
    assert list(service.files(project_id)) == list(tree.entries)
    assert snapshot.tree_hash == tree.tree_hash
    assert snapshot.total_files == tree.total_files
    assert (snapshot.commit_id, snapshot.branch) == (tree.provenance.commit, tree.provenance.branch)
    assert (snapshot.is_dirty, snapshot.is_mixed, snapshot.project_root) == (False, False, url)
    shown = remote.git("rev-parse", f"{snapshot.commit_id}^{{tree}}").decode().strip()
    assert snapshot.git_tree == shown
    assert mirror_of(service, url).objects.tree_id(snapshot.commit_id or "") == shown
