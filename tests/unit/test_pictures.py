"""Pictures are SVG in Markdown, whatever their names are."""

import base64
from xml.etree import ElementTree

from onextree_assets.pictures import bars


def texts(markdown: str) -> list[str]:
    encoded = markdown.partition("base64,")[2].rstrip(")")
    root = ElementTree.fromstring(base64.b64decode(encoded))
    return [element.text or "" for element in root.iter() if element.tag.endswith("text")]


def test_names_and_shares() -> None:
    assert texts(bars({"a & b": 1, "c": 3, "none": 0}, "Title")) == ["c 75.0%", "a & b 25.0%"]
    assert bars({"a": 0}, "Title") == "nothing to show"


def test_the_least_are_summed_up() -> None:
    shown = texts(bars({f"project-{number:02}": 10 - number for number in range(10)}, "Title"))
    assert len(shown) == 8
    assert shown[-1].startswith("others ")


def test_a_long_name_is_known_by_its_beginning_and_end() -> None:
    assert texts(bars({"exactly-18-letters": 1}, "Title")) == ["exactly-18-letters 100.0%"]
    (shown,) = texts(bars({"acme-platform-service-payments": 1}, "Title"))
    name = shown.removesuffix(" 100.0%")
    assert name == "acme-pla…-payments"
    assert len(name) == 18


def test_bars_are_shown_at_once() -> None:
    """The UI keeps longer ones behind a button."""
    names = {f"a-long-name-of-{number:03}": 1_000 - number for number in range(100)}
    assert len(bars(names, "Changes in 30 days by project")) < 1_000
