"""`onextree up`, and projects in Dagster's UI, as a person would have them."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

from onextree.settings import Settings
from onextree.store.embedded.lease import destroy
from tests.conftest import chromium
from tests.installations import ONEXTREE, Installation, graphql, wait_until
from tests.layered_shop import write_layered_shop
from tests.repositories import Repository

CHROMIUM_OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
PATIENCE = 60_000
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
WIDE: ViewportSize = {"width": 1600, "height": 860}  # where more is told of each asset
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        opened = browser.new_page(viewport=VIEWPORT)
        opened.set_default_timeout(PATIENCE)
        yield opened
        browser.close()


STATUSES = """{ assetNodes { assetKey { path } assetPartitionStatuses {
  ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions unmaterializedPartitions
} } } }"""


def partitions(installation: Installation, status: str) -> dict[str, set[str]]:
    """By asset, those that are ``materialized``, ``failed`` or ``unmaterialized``."""
    nodes = graphql(installation, STATUSES)["assetNodes"]
    found = {node["assetKey"]["path"][0]: node["assetPartitionStatuses"] for node in nodes}
    return {key: set(found[key][f"{status}Partitions"]) for key in ASSETS}


def all_are(installation: Installation, status: str, names: set[str]) -> Callable[[], bool]:
    """Whether these are the partitions of that status, of each asset."""
    return lambda: partitions(installation, status) == dict.fromkeys(ASSETS, names)


ASSETS = (
    *("project_tree", "tree_snapshot", "snapshot_changes", "stamp_manifest"),
    *("file_relationships", "quality_findings", "tree_enrichment"),
)


def materialise(page: Page, installation: Installation, choose: Callable[[Locator], None]) -> None:
    """All assets of the group, of the partitions that are chosen in the dialog."""
    page.goto(f"{installation.url}/locations/__repository__@onextree/asset-groups/projects")
    page.get_by_role("button", name="Materialize all").first.click()
    dialog = page.get_by_role("dialog")
    choose(dialog)
    dialog.get_by_role("button", name=re.compile("^Launch")).click()
    expect(page.get_by_text(f"Launch runs to materialize {len(ASSETS)} assets")).to_be_hidden()


@pytest.mark.part("chromium")
@pytest.mark.timeout(300)
def test_projects_in_the_ui(
    installation: Installation, page: Page, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    pictures = pytestconfig.getoption("--screenshots") or tmp_path

    roots = {name: Repository.init(tmp_path / name) for name in ("webshop", "library", "broken")}
    files = write_layered_shop(roots["webshop"])
    for name in ("library", "broken"):
        roots[name].write("src/index.ts", "export const books = [];\n" * 1_000)
        roots[name].write("src/style.css", ".book { color: black }\n" * 400)
    for root in roots.values():
        root.commit()
        installation.run("projects", "add", str(root.root))
    wait_until(all_are(installation, "unmaterialized", set(roots)), "they became no partitions")

    def choose_one(dialog: Locator) -> None:
        dialog.get_by_text("Select a partition or create one").click()
        page.get_by_role("menu").get_by_text("webshop", exact=True).first.click()
        page.keyboard.press("Escape")

    materialise(page, installation, choose_one)
    wait_until(all_are(installation, "materialized", {"webshop"}), "it was not materialised")
    shown = json.loads(installation.run("show", "webshop", "--json"))
    assert (shown["version"], shown["is_enriched"], shown["total_files"]) == (1, True, files)

    def show(asset: str) -> None:
        page.goto(f"{installation.url}/assets/{asset}?view=partitions&partition=webshop")

    show("tree_snapshot")
    expect(page.get_by_text("new version", exact=True).first).to_be_visible()
    expect(page.get_by_text("snapshot_id").first).to_be_visible()
    page.screenshot(path=pictures / "tree_snapshot.png")
    show("tree_enrichment")
    expect(page.get_by_role("img", name="Languages by size")).to_be_visible()
    page.screenshot(path=tmp_path / "tree_enrichment.png")
    show("file_relationships")
    expect(page.get_by_text("imports to cut")).to_be_visible()
    page.get_by_text("[Show Markdown]").click()
    expect(page.get_by_role("img", name="Which part uses which")).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=pictures / "file_relationships.png")
    page.set_viewport_size(WIDE)
    show("quality_findings")
    page.get_by_text("by_rule").scroll_into_view_if_needed()
    expect(page.get_by_text("god_object").first).to_be_visible()
    page.screenshot(path=pictures / "quality_findings.png")
    page.set_viewport_size(VIEWPORT)

    # Stored by the command line: Dagster is told, and enriches it.
    installation.run("generate", str(roots["library"].root))
    wait_until(all_are(installation, "materialized", {"webshop", "library"}), "it was not told")

    # One fails, the others do not.
    roots["broken"].root.rename(tmp_path / "elsewhere")
    materialise(
        page,
        installation,
        lambda dialog: dialog.get_by_role("button", name="All", exact=True).click(),
    )
    wait_until(all_are(installation, "failed", {"broken"}), "it did not fail")
    assert all_are(installation, "materialized", {"webshop", "library"})()
    page.set_viewport_size(WIDE)
    page.goto(f"{installation.url}/locations/__repository__@onextree/asset-groups/projects")
    expect(page.get_by_text("1 failed").first).to_be_visible()
    page.screenshot(path=pictures / "lineage.png")
    page.set_viewport_size(VIEWPORT)

    def is_remembered() -> bool:
        page.goto(f"{installation.url}/assets/portfolio")
        page.get_by_role("button", name="Materialize").first.click()
        expect(page.get_by_text(re.compile("Launched run"))).to_be_visible()
        page.goto(f"{installation.url}/assets/portfolio?view=checks")
        expect(page.get_by_text("Succeeded")).to_have_count(7)
        page.get_by_text("verified_within_24_hours").first.click()
        page.wait_for_timeout(1_000)
        return "PROJECT_ROOT_NOT_FOUND" in page.inner_text("body")

    wait_until(is_remembered, "why it failed was not remembered")
    page.screenshot(path=tmp_path / "checks.png")
    page.goto(f"{installation.url}/assets/portfolio?view=events")
    expect(page.get_by_role("img", name="Languages by size")).to_be_visible()
    page.get_by_role("img", name="Languages by size").scroll_into_view_if_needed()
    page.mouse.move(900, 500)
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(500)
    page.screenshot(path=pictures / "portfolio.png")


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
