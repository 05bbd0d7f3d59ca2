"""With `onextree up` running, what happens in a checkout becomes versions by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from onextree.opening import open_service
from onextree.service import OnexTreeService
from onextree.settings import Settings
from tests.installations import Installation, graphql, wait_until
from tests.repositories import Repository

EVENTS = """{ assetNodeOrError(assetKey: {path: ["%s"]}) { ... on AssetNode {
  assetMaterializations(partitions: ["shop"], limit: 20) { tags { key value } }
} } }"""


def told(installation: Installation, asset: str) -> int:
    """Materialisations of the partition in Dagster."""
    node = graphql(installation, EVENTS % asset)["assetNodeOrError"]
    return len(node["assetMaterializations"])


@pytest.fixture
def service(installation: Installation) -> Iterator[OnexTreeService]:
    """Beside what runs, so that to look costs next to nothing."""
    names = ("home", "allowed_roots")
    given = {name: installation.environment[f"ONEXTREE_{name.upper()}"] for name in names}
    with open_service(Settings.model_validate(given)) as opened:
        yield opened


@pytest.mark.timeout(300)
def test_a_commit_becomes_a_version_by_itself(
    installation: Installation, service: OnexTreeService, tmp_path: Path
) -> None:
    shop = Repository.init(tmp_path / "shop")
    shop.write("src/app.py", "print(0)\n" * 20)
    shop.commit()
    inner = Repository.init(tmp_path / "inner")
    inner.write("lib.py", "pass\n")
    inner.commit()
    shop.git("submodule", "--quiet", "add", str(inner.root), "inner")
    shop.commit()
    service.add_project(shop.root, "shop")
    service.generate("shop")

    def becomes(version: int) -> None:
        head = shop.git("rev-parse", "HEAD").decode().strip()

        def is_there() -> bool:
            newest = service.show("shop")
            return (newest.version, newest.commit_id) == (version, head)

        wait_until(is_there, f"no version {version} of {head}")

    shop.git("mv", "src/app.py", "src/main.py")
    shop.commit()
    shop.git("switch", "-q", "-c", "side")
    shop.write("side.py", "x")
    shop.commit()
    shop.git("switch", "-q", "trunk")
    inner.write("lib.py", "print()\n")
    inner.commit()
    Repository(shop.root / "inner").git("pull", "-q")
    shop.commit("submodule")
    shop.git("merge", "-q", "-m", "merge", "side")
    becomes(2)
    assert service.history("shop", "src/main.py").events[0].event == "renamed"
    assert {change.path for change in service.diff("shop").changes} == {
        *("inner", "side.py", "src/main.py")
    }

    shop.git("switch", "-q", "side")
    becomes(3)

    for number in range(50):
        shop.write("src/burst.py", f"{number}\n")
        shop.commit(str(number))
    head = shop.git("rev-parse", "HEAD").decode().strip()
    wait_until(lambda: service.show("shop").commit_id == head, "the burst was not seen")
    number = service.show("shop").version
    assert number in (4, 5)
    wait_until(lambda: service.show("shop").is_enriched, "it was not enriched")
    wait_until(lambda: told(installation, "tree_snapshot") >= number, "Dagster was not told")
    last = service.show("shop")
    assert (last.version, last.trigger_type) == (number, "event")
    assert last.run_id is not None
