"""What is asked for over HTTP is told of with the caller's correlation id, to the end."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from onextree.service import OnexTreeService
from onextree.settings import Settings
from onextree.store.database import Database
from tests.bridges import Api, running_bridge
from tests.events import correlations, kinds, since, told
from tests.integration.test_told_events import GENERATION
from tests.repositories import Repository


@pytest.fixture
def api(settings: Settings, repository: Repository, service: OnexTreeService) -> Iterator[Api]:
    repository.write("app.py", "print(1)\n")
    repository.commit()
    service.add_project(repository.root, "shop")
    with running_bridge(settings, debounce_seconds=0.1, debounce_longest=1.0) as running:
        yield running


def generation(repository: Repository, **more: str) -> dict[str, str]:
    return {"project_id": "shop", "project_root": str(repository.root), **more}


def test_the_id_of_the_body_goes_to_the_end(
    api: Api, database: Database, repository: Repository
) -> None:
    identity = uuid4()
    api.data("POST", "/tree/generate", json=generation(repository, correlation_id=str(identity)))
    events = told(database)
    assert kinds(events) == GENERATION
    assert correlations(events) == {identity}


def test_so_does_that_of_the_header(api: Api, database: Database, repository: Repository) -> None:
    identity = uuid4()
    headers = {"X-Correlation-ID": str(identity)}
    api.data("POST", "/tree/generate", json=generation(repository), headers=headers)
    assert correlations(told(database)) == {identity}


def test_an_id_that_is_no_uuid_is_made_one_always_the_same(
    api: Api, database: Database, repository: Repository
) -> None:
    headers = {"X-Correlation-ID": "build-4711"}
    api.data("POST", "/tree/generate", json=generation(repository), headers=headers)
    api.data("POST", "/tree/shop/enrich", json=["local"], headers=headers)
    assert kinds(told(database)) == [*GENERATION, "enrichment_started", "enrichment_completed"]
    (identity,) = correlations(told(database))
    assert isinstance(identity, UUID)


def test_an_update_and_an_enrichment_are_told_of_with_theirs(
    api: Api, database: Database, repository: Repository, service: OnexTreeService
) -> None:
    service.generate("shop")
    before = told(database)
    update, enrichment = uuid4(), uuid4()
    repository.write("app.py", "print(2)\n")
    body = {"project_id": "shop", "modified_files": ["app.py"], "correlation_id": str(update)}
    assert api.data("POST", "/tree/incremental-update", json=body)["changed"] is True
    events = since(database, before)
    assert kinds(events) == GENERATION
    assert correlations(events) == {update}
    before = told(database)
    body = {"pattern_sources": ["local"], "correlation_id": str(enrichment)}
    api.data("POST", "/tree/shop/enrich", json=body)
    events = since(database, before)
    assert kinds(events) == ["enrichment_started", "enrichment_completed"]
    assert correlations(events) == {enrichment}
