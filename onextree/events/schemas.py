"""The contract of the events for other languages, made of their classes.

`python -m onextree.events.schemas` writes `docs/events`: a JSON schema (draft 2020-12) of each
event, and an AsyncAPI 3.0 document of the topics, as the specification names them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from onextree.errors import ConfigurationError
from onextree.events.asyncapi import asyncapi_document
from onextree.events.envelope import REQUIRED_FIELDS, TreeEventType
from onextree.events.models import EVENTS
from onextree.settings import checkout_directory

__all__ = ["documents", "main", "schema_of"]


class _Schema(GenerateJsonSchema):
    """Without a title of each field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class _Dumper(yaml.SafeDumper):
    """Without references to what was there before; texts of several lines as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = "|" if "\n" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)


def schema_of(event: TreeEventType) -> dict[str, Any]:
    """The JSON schema of an event, draft 2020-12.

    OnexTree writes every field of its own events. Of those that it receives, fields can be left
    out that have a default, but for the envelope's.
    """
    is_received = event is TreeEventType.UPDATE_REQUESTED
    mode: JsonSchemaMode = "validation" if is_received else "serialization"
    schema = EVENTS[event].model_json_schema(schema_generator=_Schema, mode=mode)
    if is_received:
        schema["required"] = [*REQUIRED_FIELDS, *schema["required"]]
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def documents() -> Mapping[str, str]:
    """Everything that is written: file names to texts."""
    texts = {
        _file_name(event): orjson.dumps(schema_of(event), option=orjson.OPT_INDENT_2).decode()
        for event in TreeEventType
    }
    api = asyncapi_document({event: f"./{_file_name(event)}" for event in TreeEventType})
    texts["asyncapi.yaml"] = yaml.dump(
        api, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    ).rstrip("\n")
    return {name: f"{text}\n" for name, text in texts.items()}


def main() -> None:
    """Write them into the checkout.

    Raises:
        ConfigurationError: This is no checkout.
    """
    checkout = checkout_directory()
    if checkout is None:
        raise ConfigurationError("The schemas are written into a checkout; run this in one.")
    directory = checkout / "docs" / "events"
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        Path(directory, name).write_text(text, encoding="utf-8")


def _file_name(event: TreeEventType) -> str:
    return f"{event.topic_name}.v1.schema.json"


if __name__ == "__main__":
    main()
