"""The specification's commands (sections 8 and 12), run as printed, but for places."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.api_servers import Served, served
from tests.repositories import ENVIRONMENT, Repository

# What the commands name that is of the machine they were written on.
ADDRESS = "localhost:8053"
ROOT = "/Volumes/PRO-G40/Code/omninode_bridge"

GENERATE = r"""curl -X POST http://localhost:8053/tree/generate \
  -H "Content-Type: application/json" \
  -d '{
    "project_id": "omninode_bridge",
    "project_root": "/Volumes/PRO-G40/Code/omninode_bridge",
    "trigger_type": "manual",
    "correlation_id": "'"$(uuidgen)"'"
  }'"""
GET = "curl http://localhost:8053/tree/omninode_bridge"
ENRICH = r"""curl -X POST http://localhost:8053/tree/omninode_bridge/enrich \
  -H "Content-Type: application/json" \
  -d '{"pattern_sources": ["archon"]}'"""
MONITOR = "curl http://localhost:8053/metrics | grep onextree_circuit"

HOOK = r"""#!/bin/bash
# .git/hooks/post-commit

# Get list of changed files
CHANGED_FILES=$(git diff-tree --no-commit-id --name-only -r HEAD)

# Get project root
PROJECT_ROOT=$(git rev-parse --show-toplevel)

# Publish Kafka event for incremental update
curl -X POST http://localhost:8053/tree/incremental-update \
  -H "Content-Type: application/json" \
  -d "{
    \"project_root\": \"$PROJECT_ROOT\",
    \"modified_files\": $(echo $CHANGED_FILES | jq -R -s -c 'split(\"\n\")'),
    \"trigger_type\": \"git_commit\"
  }"
"""


pytestmark = [pytest.mark.part("curl"), pytest.mark.part("jq")]


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    made = Repository.init(tmp_path / "omninode_bridge")
    made.write("src/app.py", "print(1)\n")
    made.write("README.md", "# Bridge\n")
    made.commit("first")
    return made


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[Served]:
    with served(tmp_path, database_url=database_url, debounce_seconds=0.1) as running:
        yield running


def address_of(server: Served) -> str:
    return server.url.removeprefix("http://")


def run(command: str, server: Served, project: Repository) -> str:
    """A command's output; it must succeed."""
    programs = project.root.parent / "programs"
    if shutil.which("uuidgen") is None and not programs.exists():
        programs.mkdir()
        stand_in = programs / "uuidgen"
        stand_in.write_text("#!/bin/sh\ncat /proc/sys/kernel/random/uuid\n")
        stand_in.chmod(0o755)
    done = subprocess.run(
        [
            "bash",
            "-c",
            command.replace(ADDRESS, address_of(server)).replace(ROOT, str(project.root)),
        ],
        cwd=project.root,
        env={**ENVIRONMENT, "PATH": f"{programs}:{ENVIRONMENT['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def data(answer: str, status: str = "success") -> Any:
    body = json.loads(answer)
    assert body["status"] == status, body
    return body["data"]


def test_the_quick_start(server: Served, project: Repository) -> None:
    generated = data(run(GENERATE, server, project))
    assert str(UUID(generated["correlation_id"])) == generated["correlation_id"]
    assert (generated["success"], generated["total_files"]) == (True, 2)
    tree = data(run(GET, server, project))
    assert tree["snapshot_id"] == generated["snapshot_id"]
    assert tree["tree_structure"]["name"] == "omninode_bridge"
    enriched = data(run(ENRICH, server, project), "partial")  # there is no Archon
    assert enriched["snapshot_id"] == generated["snapshot_id"]
    assert enriched["intelligence_sources"] == ["local"]
    monitored = run(MONITOR, server, project)
    assert "# TYPE onextree_circuit_breaker_state gauge" in monitored
    assert "# TYPE onextree_circuit_breaker_failures_total counter" in monitored


def test_the_git_hook(server: Served, project: Repository) -> None:
    run(GENERATE, server, project)
    project.write("src/app.py", "print(2)\n")
    project.write("README.md", "# The bridge\n")
    project.commit("second")
    told = data(run(HOOK, server, project))
    assert (told["project_id"], told["version"]) == ("omninode_bridge", 2)
    assert told["files_updated"] == 2
    # With the program that jq was to have: one text of all names, and an empty one.
    changed = {"src/app.py": "print(2 + 1)\n", "README.md": "# A bridge to somewhere\n"}
    for path, content in changed.items():
        project.write(path, content)
    project.commit("third")
    meant = HOOK.replace(r"split(\"\n\")", r'split("\n")')
    assert meant != HOOK
    assert data(run(meant, server, project))["version"] == 3  # or a look at all files was quicker
    for path, content in changed.items():
        found = server.api.data("GET", "/tree/omninode_bridge/file", params={"path": path})
        assert found["size_bytes"] == len(content)


def test_git_runs_the_hook(server: Served, project: Repository) -> None:
    run(GENERATE, server, project)
    hook = project.root / ".git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.replace(ADDRESS, address_of(server)))
    hook.chmod(0o755)
    project.write("src/app.py", "print(4)\n")
    project.commit("by git")  # the hook's curl ends when the update is stored
    assert server.api.data("GET", "/tree/omninode_bridge/stats")["version"] == 2
