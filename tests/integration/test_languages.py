"""A project of each language, scanned, read by worker processes and linked: nothing is missing."""

from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

from onextree.intelligence.extraction.languages import FAMILIES
from tests.languages import LANGUAGES, write_files
from tests.scanned_code import analyse_directory


@pytest.mark.parametrize("name", LANGUAGES)
def test_imports_lead_where_the_language_has_them_lead(name: str, tmp_path: Path) -> None:
    expected = import_module(f"tests.languages.{name}")
    write_files(tmp_path, expected.FILES)
    _, analysis = analyse_directory(tmp_path)
    base = analysis.base
    found: defaultdict[str, set[str]] = defaultdict(set)
    for source, file in analysis.known.files.items():
        for target, _, kind in file.links:
            found[source].add(target if kind == "import" else f"{kind}:{target}")
    assert found == {source: set(targets.split()) for source, targets in expected.EDGES.items()}
    assert base.external == expected.EXTERNAL
    assert base.unresolved == expected.UNRESOLVED
    assert not any(file.failure for file in base.files)


def test_every_language_has_its_project(tmp_path: Path) -> None:
    for name in LANGUAGES:
        write_files(tmp_path / name, import_module(f"tests.languages.{name}").FILES)
    _, analysis = analyse_directory(tmp_path)
    assert {file.language for file in analysis.base.files} == set(FAMILIES)
