"""What Dagster keeps of an enrichment: of bounded size, whatever the project is."""

from uuid import UUID

import dagster as dg
import pytest
from dagster._serdes import serialize_value

from onextree.intelligence.analysis.analysis import analyse
from onextree.intelligence.basic import describe
from onextree.intelligence.payload import with_analysis
from onextree.service import Enrichment
from onextree.service.analysing import Analysed
from onextree_assets.code_metadata import findings_metadata, relationships_metadata
from onextree_assets.enrichment_metadata import enrichment_metadata
from onextree_assets.metadata import Metadata
from tests.code_histories import Files, History, KeptFacts

DIRECTORIES, FILES = 40, 25
MOST_BYTES = 200_000

TOLD = {
    "file_relationships": relationships_metadata,
    "quality_findings": findings_metadata,
    "tree_enrichment": enrichment_metadata,
}


def enriched(files: Files) -> Enrichment:
    """What an enrichment of these files would store."""
    history = History(files)
    entries = history.entries()
    analysis = analyse(entries, contents=history, store=KeptFacts())
    data = with_analysis(describe(entries), analysis)
    return Enrichment(
        snapshot_id=UUID(int=1),
        version=1,
        tree_hash="0" * 64,
        data=data,
        enrichment_time_ms=1,
        analysed=Analysed(analysis, None),
        introduced=len(analysis.findings),
        resolved=0,
        stages={"analyse": 1.0},
    )


def excessive() -> Files:
    """Long names of everything, and much of it: circles, classes, packages, extensions."""
    deep = "/".join("a_directory_with_quite_a_long_name" for _ in range(24))
    methods = "".join(f"    def method_{number}(self):\n        pass\n\n" for number in range(60))
    files: Files = {}
    for number in range(FILES):
        packages = "".join(f"import {'package' * 12}_{number}_{other}\n" for other in range(40))
        branches = "".join(f"        if self.{'a' * 60}_{step}: pass\n" for step in range(200))
        text = (
            f"from . import module_{(number + 1) % FILES:02}\n{packages}\n"
            f"class {'Class' * 30}{number}:\n{methods}    def last(self):\n{branches}"
        )
        for directory in range(DIRECTORIES):
            files[f"{directory:02}/{deep}/module_{number:02}.py"] = text.encode()
    for number in range(2_000):
        files[f"data/some.{'x' * 40}{number}"] = b""
    return files


@pytest.fixture(scope="module")
def much() -> Enrichment:
    return enriched(excessive())


@pytest.mark.parametrize("key", TOLD)
def test_it_is_of_bounded_size(much: Enrichment, key: str) -> None:
    assert much.data["statistics"]["relationships_mapped"] >= DIRECTORIES * FILES
    assert len(much.data["statistics"]["file_type_distribution"]) > 2_000
    metadata = dict(TOLD[key](much))
    event = dg.AssetMaterialization(key, partition="shop", metadata=metadata)
    assert len(serialize_value(event).encode()) < MOST_BYTES


def cells(metadata: Metadata, name: str) -> list[tuple[object, ...]]:
    rows = metadata[name]
    assert isinstance(rows, dg.TableMetadataValue)
    return [tuple(record.data.values()) for record in rows.records]


SHOP: Files = {
    "shop/__init__.py": b"",
    "shop/__main__.py": b"from shop import cart\n\nif __name__ == '__main__':\n    cart.fill()\n",
    "shop/cart.py": b"import requests\n\nfrom shop import price\n\n\ndef fill():\n    price.of()\n",
    "shop/price.py": b"from shop import cart\n\n\ndef of():\n    return cart\n",
}


def test_how_a_project_hangs_together() -> None:
    told = relationships_metadata(enriched(SHOP))
    figures = {name: told[name] for name in ("relationships_mapped", "code_files", "cycles")}
    assert figures == {"relationships_mapped": 3, "code_files": 4, "cycles": 1}
    ((circle, imports),) = cells(told, "cycles_to_cut")
    assert circle == "shop/cart.py, shop/price.py"
    assert imports in (*("shop/cart.py:3 → shop/price.py", "shop/price.py:1 → shop/cart.py"),)
    assert cells(told, "external_packages") == [("requests", 1)]
    assert "shop/cart.py" in {row[0] for row in cells(told, "key_modules")}
    assert told["picture_of_parts"].value == "No part of the project uses another one."


def test_which_part_uses_which_as_rows() -> None:
    tax = b"from shop import cart\n\nRATE = cart\n"
    more: Files = {"shop/tax/rates.py": tax, "app.py": b"import shop.cart\nimport shop.price\n"}
    cart = b"from shop import price\nfrom shop.tax import rates\n\nprice.of(rates)\n"
    told = relationships_metadata(enriched({**SHOP, **more, "shop/cart.py": cart}))
    assert cells(told, "parts") == [
        (".", "shop (2)", ""),
        ("shop", "shop/tax (1)", ""),
        ("shop/tax", "", "shop (1)"),
    ]
    assert "data:image/svg+xml" in str(told["picture_of_parts"].value)


def test_what_is_wrong_with_it() -> None:
    told = findings_metadata(enriched(SHOP))
    assert (told["findings"], told["introduced"], told["medium"]) == (1, 1, 1)
    ((severity, what, where, rule),) = cells(told, "worst")
    assert (severity, rule) == ("medium", "circular_dependency")
    assert str(where).startswith("shop/cart.py")
    assert "depend on each other" in str(what)
    ((advice,),) = cells(told, "recommendations")
    assert "shop/cart.py" in str(advice)
    assert str(told["onex_compliance"]).startswith("Not applicable: ")


def test_patterns_are_shown_with_what_they_were_told_by() -> None:
    tool = b"import click\n\nfrom shop import cart\n\n\n@click.command()\ndef run():\n    cart\n"
    tools: Files = {f"shop/cli/{name}.py": tool for name in ("add", "list", "remove")}
    told = enrichment_metadata(enriched({**SHOP, **tools}))
    shown = {row[0]: row for row in cells(told, "patterns")}
    _, confidence, seen, source = shown["Command-line application"]
    assert (source, isinstance(confidence, float)) == ("local", True)
    assert str(seen).startswith("shop/cli/add.py declares commands")


def test_a_version_that_was_not_analysed_says_its_number_alone() -> None:
    found = enriched(SHOP)
    without = Enrichment(
        *(found.snapshot_id, 3, found.tree_hash, describe([]), 1, None, 0, 0, found.stages)
    )
    assert relationships_metadata(without) == findings_metadata(without) == {"version": 3}
    assert enrichment_metadata(without)["version"] == 3
