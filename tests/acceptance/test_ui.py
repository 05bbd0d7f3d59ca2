"""`onextree up`, and a partition materialised by hand in Dagster's UI, as a person would."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from onextree.settings import Settings
from onextree.store.embedded.lease import destroy
from tests.conftest import chromium
from tests.repositories import Repository

CHROMIUM_OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
ONEXTREE = (sys.executable, "-c", "from onextree.cli.app import main; main()")
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Installation:
    """A running `onextree up`."""

    url: str
    process: "subprocess.Popen[str]"
    environment: dict[str, str]

    def run(self, *words: str) -> str:
        return subprocess.run(
            [*ONEXTREE, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ONEXTREE_")
    } | {
        "ONEXTREE_HOME": str(tmp_path / "home"),
        "ONEXTREE_ALLOWED_ROOTS": str(tmp_path),
        "ONEXTREE_UI_PORT": str(free_port()),
    }
    process = subprocess.Popen(
        [*ONEXTREE, "up", "--json"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        started = process.stdout.readline()
        yield Installation(json.loads(started)["ui_url"], process, environment)
    finally:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        gone, alive = psutil.wait_procs(children, timeout=30)
        destroy(Settings(home=tmp_path / "home"))
    assert process.returncode == 130
    assert alive == []
    assert gone


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        opened.set_default_timeout(PATIENCE)
        yield opened
        browser.close()


def graphql(installation: Installation, query: str) -> dict[str, object]:
    answer = httpx.post(f"{installation.url}/graphql", json={"query": query}, timeout=30)
    data: dict[str, object] = answer.json()["data"]
    return data


def wait_for_partition(installation: Installation, project_id: str) -> None:
    query = """{ assetNodes { partitionKeys } }"""
    deadline = time.monotonic() + 60
    while f'"{project_id}"' not in json.dumps(graphql(installation, query)):
        assert time.monotonic() < deadline, "the project did not become a partition"
        time.sleep(0.5)


@pytest.mark.part("chromium")
@pytest.mark.timeout(300)
def test_a_partition_is_materialised_by_hand(
    installation: Installation, page: Page, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    pictures = pytestconfig.getoption("--screenshots") or tmp_path

    repository = Repository.init(tmp_path / "webshop")
    for path in ("README.md", "src/app.py", "src/cart.py", "tests/test_cart.py", "pyproject.toml"):
        repository.write(path, f"# {path}\n")
    repository.commit()
    installation.run("projects", "add", str(repository.root))
    wait_for_partition(installation, "webshop")

    page.goto(f"{installation.url}/asset-groups/lineage")
    page.get_by_role("button", name="Materialize all").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Select a partition or create one").click()
    page.get_by_role("menu").get_by_text("webshop", exact=True).first.click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Launch 1 run").click()
    expect(page.get_by_text("Launch runs to materialize 3 assets")).to_be_hidden()

    page.goto(f"{installation.url}/runs")
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()

    page.goto(f"{installation.url}/asset-groups/lineage")
    for key in ("project_tree", "tree_snapshot", "tree_enrichment"):
        expect(page.get_by_role("button", name=re.compile(f"run_success {key}"))).to_be_visible()
    page.screenshot(path=pictures / "lineage.png")

    page.goto(f"{installation.url}/assets/tree_snapshot")
    expect(page.get_by_text("new version", exact=True).first).to_be_visible()
    expect(page.get_by_text("snapshot_id").first).to_be_visible()
    page.screenshot(path=pictures / "tree_snapshot.png")

    page.goto(f"{installation.url}/assets/tree_enrichment")
    expect(page.get_by_text("total_files_analyzed").first).to_be_visible()
    page.screenshot(path=pictures / "tree_enrichment.png")

    shown = json.loads(installation.run("show", "webshop", "--json"))
    assert (shown["version"], shown["is_enriched"], shown["total_files"]) == (1, True, 5)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        done = subprocess.run(
            [*ONEXTREE, "up"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "ONEXTREE_HOME": str(tmp_path / "home"),
                "ONEXTREE_UI_PORT": port,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    destroy(Settings(home=tmp_path / "home"))
    assert done.returncode == 2
    assert "ONEXTREE_UI_PORT" in done.stderr
    assert port in done.stderr
