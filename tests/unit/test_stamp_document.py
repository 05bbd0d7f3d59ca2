"""`docs/stamps.md`: its examples are stamps that hold, its tables are those of the code."""

import json
import re
from pathlib import Path

import pytest

from onextree.stamping import validation
from onextree.stamping.marking import carried, read
from onextree.stamping.model import StampType
from onextree.stamping.sidecars import read_sidecar
from onextree.stamping.styles import STYLES
from onextree.stamping.validation import Compliance, judge_protocol

DOCUMENT = (Path(__file__).parents[2] / "docs" / "stamps.md").read_text()
EXAMPLES = re.findall(r"^```(\w+)\n(.*?)^```", DOCUMENT, re.M | re.S)


def test_each_form_has_an_example() -> None:
    assert [kind for kind, _ in EXAMPLES] == ["python", "python", "html", "css", "json"]


@pytest.mark.parametrize(("kind", "text"), [each for each in EXAMPLES if each[0] != "json"])
def test_an_example_is_a_stamp_that_holds(kind: str, text: str) -> None:
    reading = read(text.encode())
    form = StampType(reading.stamps[0].form.value)
    assert carried(reading, f"a.{kind.replace('python', 'py')}", form)
    assert judge_protocol(reading).compliance is Compliance.FULL


def test_the_sidecar_is_one() -> None:
    text = EXAMPLES[-1][1]
    found = read_sidecar(text.encode(), content_hash=json.loads(text)["onex_metadata"]["hash"])
    assert found is not None
    assert found.is_current
    assert found.content_hash == read(b'{"a": 1}\n').content_hash


def test_the_table_of_types_is_that_of_the_code() -> None:
    section = DOCUMENT.split("## Types")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.*?) \| (?:`([^`]*)`)? ?\|$", section, re.M)
    signs = [b" ".join(filter(None, (each.syntax.sign, each.syntax.close))) for each in STYLES]
    assert rows == [
        (sign.decode(), style.types, style.names) for sign, style in zip(signs, STYLES, strict=True)
    ]


def test_every_issue_is_documented() -> None:
    codes = set(re.findall(r'"([A-Z]+_[A-Z]+)"', Path(validation.__file__).read_text()))
    told = DOCUMENT.split("| issue |")[1]
    assert codes == set(re.findall(r"`([A-Z]+_[A-Z]+)`", told))
