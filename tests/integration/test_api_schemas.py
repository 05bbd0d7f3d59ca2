"""Both applications keep what their OpenAPI documents say, whatever they are asked."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import assume
from pydantic import SecretStr
from schemathesis import BaseSchema, Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok

from onextree.api.bridge.application import make_bridge
from onextree.api.correlation import HEADER
from onextree.api.scanner.application import make_scanner
from onextree.settings import Settings
from onextree.store.embedded.cluster import Cluster
from tests.bridges import Api, running_app, running_bridge
from tests.conftest import create_database
from tests.repositories import Repository

_EXAMPLES = 10
_LONGEST_QUERY = 50_000


# What no schema says, since it depends on what is stored, or on more than one field.
_RULES = ["422", "400"]
_ACCEPTED = ["2xx", "304", "403", "404", "409", *_RULES]
_REJECTED = ["400", "403", "404", "409", "413", "422"]


def schema_of(app: FastAPI, **checks: object) -> BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"deterministic": True, "max-examples": _EXAMPLES, "no-shrink": True},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": _ACCEPTED},
                "negative_data_rejection": {"expected-statuses": _REJECTED},
                **checks,
            },
        }
    )
    return schemathesis.openapi.from_dict(app.openapi(), config=config)


# Without the settings of this machine: the document is the same by all of them.
BRIDGE = schema_of(make_bridge(Settings.model_construct()))
# Upstream takes "100" for a number, and 0 for false.
SCANNER = schema_of(
    make_scanner(Settings.model_construct()), negative_data_rejection={"enabled": False}
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemas")


@pytest.fixture(scope="module")
def settings(place: Path, cluster: Cluster) -> Settings:
    create_database(cluster, place.name, "template_latest")
    return Settings.model_construct(
        home=place / "home",
        allowed_roots=str(place),
        database_url=SecretStr(cluster.url(place.name, driver="psycopg")),
        debounce_seconds=0.01,
        api_writes_per_second=100_000,
    )


@pytest.fixture(scope="module")
def project(place: Path) -> Repository:
    made = Repository.init(place / "omninode_bridge")
    made.write("src/app.py", "print(1)\n")
    made.write("README.md", "# Shop\n")
    made.commit("first")
    return made


@pytest.fixture(scope="module")
def bridge(settings: Settings, project: Repository) -> Iterator[Api]:
    """The bridge API; the project of the document's examples has two versions."""
    with running_bridge(settings) as api:
        body = {"project_id": "omninode_bridge", "project_root": str(project.root)}
        api.data("POST", "/tree/generate", json=body)
        project.write("src/app.py", "print(2)\n")
        api.data("POST", "/tree/generate", json=body)
        yield api


@pytest.fixture(scope="module")
def scanner(settings: Settings, project: Repository) -> Iterator[str]:
    """The OnexTree service, with a tree."""
    with running_app(make_scanner(settings)) as url:
        body = {"project_root": str(project.root)}
        assert httpx.post(f"{url}/generate", json=body, trust_env=False).is_success
        yield url


def is_valid(case: Case[Any], location: ParameterLocation) -> bool:
    component = case.meta.components.get(location) if case.meta else None
    return component is None or component.mode.is_positive


def find_something(case: Case[Any], project: Repository) -> None:
    """Have a case ask for what is there, unless what it asks for is wrong by intent."""
    assume(len(quote(str(case.query))) < _LONGEST_QUERY)  # a server refuses longer ones by itself
    if case.media_type == "multipart/form-data" and isinstance(case.body, dict):
        assume(isinstance(case.body.get("namespace", ""), str))  # a form has no other types
    if "project_id" in case.path_parameters and is_valid(case, ParameterLocation.PATH):
        case.path_parameters["project_id"] = project.root.name
    for location, values in (
        (ParameterLocation.QUERY, case.query),
        (ParameterLocation.BODY, case.body),
    ):
        if isinstance(values, dict) and is_valid(case, location):
            if values.get("project_root"):
                values["project_root"] = str(project.root)
            if values.get("project_id"):
                values["project_id"] = project.root.name


@pytest.mark.xdist_group("document of the bridge API")
def keeps_bridge_document(case: Case[Any], bridge: Api, project: Repository) -> None:
    find_something(case, project)
    answer = case.call_and_validate(base_url=str(bridge.base_url))
    assert answer.headers[HEADER.lower()]


@pytest.mark.xdist_group("document of the OnexTree service")
def keeps_scanner_document(case: Case[Any], scanner: str, project: Repository) -> None:
    find_something(case, project)
    answer = case.call_and_validate(base_url=scanner)
    assert answer.headers[HEADER.lower()]


def an_operation_each(
    name: str, schema: BaseSchema, holds: Callable[..., None]
) -> dict[str, Callable[..., None]]:
    """Tests by name: one for all operations has one id, and xdist then runs the last one alone."""
    tests = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        alone = schema.include(method=operation.method.upper(), path=operation.path)
        tests[f"test_{name}_keeps_its_document[{operation.label}]"] = alone.parametrize()(holds)
    return tests


globals().update(an_operation_each("the_bridge_api", BRIDGE, keeps_bridge_document))
globals().update(an_operation_each("the_onextree_service", SCANNER, keeps_scanner_document))
