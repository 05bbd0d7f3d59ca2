"""Where Archon is: such URLs as services have, and a token that nobody sees."""

import pytest
from pydantic import SecretStr

from onextree.errors import ConfigurationError
from onextree.intelligence.archon import (
    ArchonConfig,
    AssessmentQuestion,
    SearchQuestion,
    ask_archon,
)
from onextree.intelligence.archon.ledger import LONGEST_CONTENT, Ledger
from onextree.intelligence.archon.model import Question
from onextree.settings import Settings


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://archon:8051", "http://archon:8051/mcp"),
        ("http://archon:8051/", "http://archon:8051/mcp"),
        ("http://archon:8051/mcp/", "http://archon:8051/mcp"),
        ("https://tools.example/archon/mcp", "https://tools.example/archon/mcp"),
        ("", ""),
    ],
)
def test_the_endpoint_is_added_where_there_is_no_path(text: str, url: str) -> None:
    assert ArchonConfig(text).url == url


@pytest.mark.parametrize("text", ["archon:8051", "http://u:s3cret@h", "http://169.254.169.254/"])
def test_urls_that_lead_astray_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError, match="ONEXTREE_ARCHON_URL ") as caught:
        ArchonConfig(text)
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="ONEXTREE_ARCHON_HTTP_URL ") as caught:
        ArchonConfig(http_url=text)
    assert "s3cret" not in str(caught.value)


def test_a_token_that_no_header_can_hold_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        ArchonConfig("http://archon", SecretStr("s3cret\r\nX-Evil: 1"))
    assert "s3cret" not in str(caught.value)


def test_a_token_is_not_shown() -> None:
    config = ArchonConfig("http://archon", SecretStr("s3cret"))
    assert "s3cret" not in f"{config!r} {config}"


def test_archon_is_optional() -> None:
    config = ArchonConfig.from_settings(Settings())
    assert (config.is_configured, config.timeout) == (False, 3.0)
    with pytest.raises(ConfigurationError, match="ONEXTREE_ARCHON_URL"):
        ask_archon(config, [SearchQuestion("mvc")])


def test_keys_tell_what_is_asked_and_nothing_else() -> None:
    search, file = SearchQuestion("mvc"), AssessmentQuestion("a.py", "Python", "x")
    assert search.key == SearchQuestion("mvc", files=("a.py",)).key
    assert file.key == AssessmentQuestion("a.py", "Python", "x").key
    others: list[Question] = [
        SearchQuestion("mvc", "examples"),
        SearchQuestion("mvc", source="docs"),
        SearchQuestion("cqrs"),
        AssessmentQuestion("b.py", "Python", "x"),
        AssessmentQuestion("a.py", "Python", "y"),
    ]
    assert len({search.key, file.key, *(other.key for other in others)}) == 7
    assert all(key.partition(":")[2].isalnum() for key in (search.key, file.key))


def test_a_file_that_is_too_long_is_not_asked_about() -> None:
    long = AssessmentQuestion("a.py", "Python", "x" * (LONGEST_CONTENT + 1))
    ledger = Ledger([long, SearchQuestion("mvc"), SearchQuestion("mvc")])
    assert ledger.open() == [SearchQuestion("mvc")]
    assert ledger.asked().not_asked == [long]
