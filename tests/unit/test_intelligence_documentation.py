"""What the documentation says of languages and limits is what the code has."""

import re
from pathlib import Path
from typing import get_args

from onextree.intelligence.analysis.files import LARGEST_CONFIG
from onextree.intelligence.architecture.pattern import LEAST_CONFIDENCE
from onextree.intelligence.extraction.contents import MAX_BYTES
from onextree.intelligence.extraction.languages import FAMILIES
from onextree.intelligence.extraction.pool import DEADLINE, MEMORY
from onextree.intelligence.extraction.syntax import LONGEST_NAME
from onextree.intelligence.extraction.uses import MOST_USES
from onextree.intelligence.payload_parts import PayloadPattern
from onextree.intelligence.resolution.resolvers import config_names

TEXT = (Path(__file__).parents[2] / "docs" / "intelligence.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """Cells of the first table below a heading."""
    part = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_each_language_has_a_row() -> None:
    named = [name for languages, *_ in rows("What is read") for name in languages.split(", ")]
    assert sorted(named) == sorted(FAMILIES)
    assert all(len(row) == 3 for row in rows("What is read"))


def test_limits_are_those_of_the_code() -> None:
    assert {what: value for what, value, _ in rows("What is not read")} == {
        "size of a file": f"{MAX_BYTES >> 20} MiB",
        "time for a file": f"{DEADLINE:g} s",
        "memory of a worker": f"{MEMORY >> 30} GiB",
        "a parser that ends its process": "twice",
        "length of a full name": f"{LONGEST_NAME} characters",
        "names that a file uses without importing them": str(MOST_USES),
        "size of a configuration file": f"{LARGEST_CONFIG >> 10} KiB",
    }


def test_configuration_that_is_read_is_named() -> None:
    for name in ("CMakeLists.txt", "go.mod", "go.work", "package.json", "Cargo.toml"):
        assert name in config_names()
        assert f"`{name}`" in TEXT


def test_confidence_and_sources_are_those_of_the_code() -> None:
    assert f"a confidence from {LEAST_CONFIDENCE} to 1" in TEXT
    sources = get_args(PayloadPattern.model_fields["source"].annotation)
    assert set(re.findall(r'"source": "(\w+)"', TEXT)) == {"archon"} <= set(sources)
