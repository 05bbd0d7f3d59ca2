"""Enrichments in tests, and what they have stored."""

import shutil
from pathlib import Path
from typing import Any

from onextree.resilience.retry import RetryPolicy
from onextree.service import OnexTreeService
from onextree.service.enrichment import Enrichment
from onextree.settings import Settings
from onextree.store.database import Database
from onextree.store.moments import Moment

Row = tuple[Any, ...]


def machine(database: Database, settings: Settings, home: Path) -> OnexTreeService:
    """A service with its own home, as in a process of its own."""
    own = settings.model_copy(update={"home": home})
    return OnexTreeService(database, own, RetryPolicy(attempts=1))


def changed(service: OnexTreeService, project_id: str = "shop") -> Enrichment:
    """Store what is there now as the next version, and enrich that."""
    assert service.generate(project_id).changed
    return service.enrich(project_id)


def statistics(enrichment: Enrichment) -> dict[str, Any]:
    found = enrichment.data["statistics"]
    assert isinstance(found, dict)
    return found


def extracted(enrichment: Enrichment) -> int:
    assert enrichment.analysed is not None
    return enrichment.analysed.analysis.extracted


def rows(database: Database, project_id: str = "shop") -> tuple[list[Row], list[Row]]:
    """All relationships and findings with the versions that they are of."""
    with database.reading() as connection:
        links = connection.execute(
            "SELECT source, target, line, kind, first_seen_version, gone_in_version"
            " FROM onextree_relationships WHERE project_id = %s ORDER BY 1, 2, 5",
            [project_id],
        ).fetchall()
        found = connection.execute(
            "SELECT path, rule, subject, line, severity, message, evidence::text,"
            " first_seen_version, resolved_in_version"
            " FROM onextree_findings WHERE project_id = %s ORDER BY 1, 2, 3, 8",
            [project_id],
        ).fetchall()
    return links, found


def pairs(service: OnexTreeService, version: int | None = None) -> set[tuple[str, str]]:
    moment = Moment(version=version)
    told = service.enrichment("shop", moment=moment)["file_relationships"]
    found = {(path, target) for path, each in told.items() for target in each["imports"]}
    assert found == {(user, path) for path, each in told.items() for user in each["imported_by"]}
    return found


CIRCLE = {("app/cart.py", "app/prices.py"), ("app/prices.py", "app/cart.py")}
WEB = {("web/index.ts", "web/a.ts")}


def spoil_nothing(directory: Path) -> None:
    """Leave it."""


def delete(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
