"""What is there is documented, and what is documented is there."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from fastapi import FastAPI
from pydantic import TypeAdapter

from onextree.api.bridge.application import make_bridge
from onextree.api.failures import STATUSES
from onextree.api.scanner.application import make_scanner
from onextree.cli.app import app
from onextree.errors import OnexTreeError, OnexTreeErrorCode
from onextree.events import EVENTS, BaseEvent
from onextree.events.decoding import RejectionCode
from onextree.settings import Settings
from onextree_assets.definitions import defs

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text()
MAKEFILE = (CHECKOUT / "Makefile").read_text()
TEXTS = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *(CHECKOUT / "docs").rglob("*.md")]


def commands(group: Any, prefix: str = "onextree") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def docs(name: str) -> str:
    return (CHECKOUT / "docs" / name).read_text()


def errors(kind: type[OnexTreeError]) -> Iterator[type[OnexTreeError]]:
    for each in kind.__subclasses__():
        yield each
        yield from errors(each)


COMMANDS = dict(commands(typer.main.get_group(app)))


def test_every_setting_is_in_the_example_with_its_default() -> None:
    documented = dict(
        re.findall(r"^([A-Z_]+)=(.*)$", (CHECKOUT / ".env.example").read_text(), re.M)
    )
    fields = {
        "KAFKA_BOOTSTRAP_SERVERS" if field.validation_alias else f"ONEXTREE_{name.upper()}": field
        for name, field in Settings.model_fields.items()
    }
    assert documented.keys() == fields.keys()
    for name, text in documented.items():
        default = fields[name].default
        if text:
            assert TypeAdapter(type(default)).validate_python(text) == default, name
        else:
            assert not default or fields[name].default_factory, name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"`{name}[ `]", README), name
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_speaks_json(name: str) -> None:
    assert "--json" in {word for option in COMMANDS[name].params for word in option.opts}


def test_every_command_in_the_readme_is_there() -> None:
    mentioned = re.findall(r"^(?:\| `)?(onextree(?: (?!ID|ROOT)[a-z]+)+)", README, re.M)
    assert mentioned
    for words in mentioned:
        assert any(words == name or words.startswith(f"{name} ") for name in COMMANDS), words


def test_every_make_target_is_in_the_readme_and_the_other_way_round() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", MAKEFILE, re.M)) - {"help"}
    assert targets == set(re.findall(r"(?:`|^)make ([a-z]+)\b", README, re.M))
    assert {"demo", "up", "test", "check", "bench", "lock"} <= targets


def test_every_definition_is_in_the_readme() -> None:
    names = [key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()]
    names += [key.name for key in defs.resolve_asset_graph().asset_check_keys]
    names += [job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")]
    repository = defs.get_repository_def()
    names += [schedule.name for schedule in repository.schedule_defs]
    names += [sensor.name for sensor in repository.sensor_defs]
    assert names
    for name in names:
        assert f"`{name}`" in README, name


@pytest.mark.parametrize(
    ("make", "text"), [(make_bridge, "api.md"), (make_scanner, "onextree-service.md")]
)
def test_every_endpoint_is_documented_and_what_is_documented_is_one(
    make: Callable[[Settings], FastAPI], text: str
) -> None:
    paths = make(Settings.model_construct()).openapi()["paths"]
    there = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    rows = re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \|", docs(text), re.M)
    assert sorted(rows) == sorted(there)


def test_every_error_code_has_a_row_with_its_status_and_fallbacks() -> None:
    assert STATUSES.keys() == set(OnexTreeErrorCode)
    fallbacks: dict[str, set[str]] = {code: set() for code in OnexTreeErrorCode}
    for error in errors(OnexTreeError):
        if error.fallback is not None:
            fallbacks[error.code].add(error.fallback)
    expected = {code: (int(status), fallbacks[code]) for code, status in STATUSES.items()}
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \| ([^|]*)\|", docs("api.md"), re.M)
    assert len(rows) == len(expected)
    assert {
        code: (int(status), set(re.findall(r"`([a-z_]+)`", fallback)))
        for code, status, fallback in rows
    } == expected


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_links_lead_somewhere(text: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text.read_text()):
        assert (text.parent / target).exists(), target


def test_locks_pin_hashes_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (CHECKOUT / name).read_text().splitlines()
        pins = [line for line in lines if "==" in line]
        assert pins
        assert all(line.endswith("\\") for line in pins)
        assert not [line for line in lines if "://" in line or "--index" in line]
        sqlalchemy = next(line for line in pins if line.lower().startswith("sqlalchemy=="))
        assert sqlalchemy.startswith("sqlalchemy==2.0.")
        assert any(line.startswith("dagster==1.13.") for line in pins)


def test_no_module_is_too_long() -> None:
    for package in ("onextree", "onextree_assets", "sensors", "resources", "tests", "benchmarks"):
        for module in (CHECKOUT / package).rglob("*.py"):
            assert len(module.read_text().splitlines()) <= 500, module


def test_every_event_is_documented_with_its_fields() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z]+_[a-z]+)` \| [^|]+ \| ([^|]+) \|$", docs("events.md"), re.M)
    )
    assert rows.keys() == {event.value for event in EVENTS}
    common = set(BaseEvent.model_fields)
    for event, model in EVENTS.items():
        named = set(re.findall(r"`([a-z0-9_]+)`", rows[event.value]))
        assert named == set(model.model_fields) - common, event


def test_every_reason_of_a_dead_letter_is_documented() -> None:
    table = docs("events.md").partition("## Dead letters")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", table))
    codes = set(RejectionCode)
    assert codes <= named
    settings = {name for name in named if name.startswith("ONEXTREE_")}
    assert named - codes - settings <= set(OnexTreeErrorCode)


def test_every_promise_names_tests_that_are_there() -> None:
    table = docs("events.md").partition("## What is promised")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| \*\*(.+)$", table, re.M)
    assert len(rows) >= 4
    for row in rows:
        files = re.findall(r"`(test_[a-z_]+\.py)`", row)
        assert files, row
        for file in files:
            assert list((CHECKOUT / "tests").rglob(file)), file
