"""The contract of the enrichment payload for other languages, made of its model.

`python -m onextree.intelligence.schemas` writes `docs/enrichment.schema.json`, a JSON schema
(draft 2020-12).
"""

from typing import Any

import orjson
from pydantic.json_schema import GenerateJsonSchema

from onextree.errors import ConfigurationError
from onextree.intelligence.payload import EnrichmentPayload
from onextree.settings import checkout_directory

__all__ = ["document", "main"]


class _Schema(GenerateJsonSchema):
    """Without a title of each field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document() -> str:
    """The schema as text."""
    schema = EnrichmentPayload.model_json_schema(schema_generator=_Schema)
    whole = {"$schema": GenerateJsonSchema.schema_dialect, **schema}
    return f"{orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()}\n"


def main() -> None:
    """Write it into the checkout.

    Raises:
        ConfigurationError: This is no checkout.
    """
    checkout = checkout_directory()
    if checkout is None:
        raise ConfigurationError("The schema is written into a checkout; run this in one.")
    (checkout / "docs" / "enrichment.schema.json").write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
