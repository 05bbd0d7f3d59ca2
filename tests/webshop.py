"""The projects that docs/analytics.md asks about, and its questions."""

import re
from pathlib import Path

from onextree.service import OnexTreeService
from onextree.service.stamping.requests import Stamping
from onextree.store.database import Database
from tests.repositories import Repository

__all__ = ["ANALYTICS", "QUERIES", "SHARED", "STALE", "store_versions"]

ANALYTICS = (Path(__file__).parents[1] / "docs" / "analytics.md").read_text()
QUERIES = {
    int(number): query
    for number, query in re.findall(
        r"^```sql\n-- (\d+)\. [^\n]*\?\n(.*?)^```$", ANALYTICS, re.M | re.S
    )
}
SHARED = "def shared():\n    pass\n"
STALE = (
    "<!-- ONEX:uid=0a0b0c0d-0000-5000-8000-000000000000,"
    f"hash={'ab' * 32},ts=2026-01-31T12:00:00+00:00 -->\n# library\n"
)


def store_versions(service: OnexTreeService, database: Database, directory: Path) -> None:
    """Three versions of ``webshop``, one of ``library``; ``broken`` failed before its first.

    The first two of ``webshop`` were analysed; in the second two files depend on each other, one of
    which was stamped. ``library`` has a file whose stamp is of another content.
    """
    roots = {name: Repository(directory / name) for name in ("webshop", "library", "broken")}
    for name, root in roots.items():
        root.write("README.md", f"# {name}\n")
        service.add_project(root.root, name)
    shop = roots["webshop"]
    shop.write("src/app.py", "import cart\nprint(1)\n")
    shop.write("src/lib/shared.py", SHARED)
    shop.write("tests/test_app.py", "assert True\n")
    service.generate("webshop", run_id="first")
    service.enrich("webshop", sources=["local"])
    shop.write("src/app.py", "import cart\nprint(12)\n")
    shop.write("src/cart.py", "import app\n")
    service.generate("webshop", run_id="second")
    service.enrich("webshop", sources=["local"])
    service.stamp(
        Stamping(b"import app\n", file_path="src/cart.py", project_id="webshop", op_id="stamping")
    )
    shop.write("src/app.py", "import cart\nprint(123)\n")
    (shop.root / "tests/test_app.py").unlink()
    service.generate("webshop")
    roots["library"].write("shared.py", SHARED)
    roots["library"].write("README.md", STALE)
    service.generate("library")
    for name in ("webshop", "library"):
        service.stamp_manifest(name)
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO onextree.project_failures (project_key, run_id, error_code, message)"
            " SELECT project_key, 'third', 'TIMEOUT', 'Try again.' FROM onextree.projects"
            " WHERE project_id = 'broken'"
        )
