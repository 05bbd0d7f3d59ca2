"""Fixtures: a repository behind a git server, mirrors of it, and servers of many."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from onextree.git.mirror import Mirror
from onextree.service import OnexTreeService
from tests.archon.fixtures import archon, archon_proxy, archons  # noqa: F401 -- as fixtures
from tests.git_servers import HttpServer, Relay, git_daemon, http_server, mirror_of
from tests.remotes import Host, serving
from tests.repositories import Repository


@pytest.fixture
def served(tmp_path: Path) -> Repository:
    made = Repository.init(tmp_path / "served" / "project")
    made.write("a.py", "print()\n")
    made.write("sub/b.txt", "b\n")
    made.write("run", "#!/bin/sh\n").chmod(0o755)
    (made.root / "link").symlink_to("a.py")
    made.commit("first")
    return made


@pytest.fixture
def daemon(served: Repository) -> Iterator[int]:
    with git_daemon(served.root.parent) as port:
        yield port


@pytest.fixture
def mirror(tmp_path: Path, daemon: int) -> Mirror:
    return mirror_of(tmp_path / "mirrors", f"git://127.0.0.1:{daemon}/project")


@pytest.fixture
def web(served: Repository) -> Iterator[HttpServer]:
    with http_server(served.root.parent) as server:
        yield server


@pytest.fixture
def relay(daemon: int) -> Iterator[Relay]:
    with Relay(daemon) as made:
        yield made


@pytest.fixture
def relayed(tmp_path: Path, relay: Relay) -> Mirror:
    return mirror_of(tmp_path / "mirrors", f"git://127.0.0.1:{relay.port}/project")


@pytest.fixture
def private(served: Repository) -> Iterator[HttpServer]:
    with http_server(served.root.parent, login="jo:s3cret") as server:
        yield server


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with serving(tmp_path / "served") as started:
        yield started


@pytest.fixture
def remote(host: Host) -> Repository:
    return host.repository("shop.git")


@pytest.fixture
def shop(repository: Repository, service: OnexTreeService) -> Repository:
    """A project of two Python files that use each other, and one in TypeScript, in version 1."""
    repository.write("app/__init__.py")
    repository.write("app/cart.py", "from app import prices\n\n\ndef fill():\n    prices.of()\n")
    repository.write("app/prices.py", "from app import cart\nfrom app.nowhere import x\n")
    repository.write("web/index.ts", "import { a } from './a';\nimport React from 'react';\n")
    repository.write("web/a.ts", "export const a = 1;\n")
    service.add_project(repository.root, "shop")
    service.generate("shop")
    return repository
