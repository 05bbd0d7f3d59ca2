"""The resource: made of fields or settings, and nothing connects before it is asked."""

import dagster as dg
import pytest

from onextree.errors import ConfigurationError
from onextree_assets.archon_check import archon_reachable
from resources import ArchonResource, RetryConfig
from tests.archon.asking import EVERYTHING, SEARCHES
from tests.archon.running import RunningArchon, RunningArchons

pytestmark = pytest.mark.xdist_group("archon")

HASTY = RetryConfig(max_attempts=2, first_wait=0.001, longest_wait=0.002)


def in_a_run(resource: ArchonResource) -> ArchonResource:
    """The resource as an asset has it."""
    seen: list[ArchonResource] = []

    @dg.asset
    def uses(archon: ArchonResource) -> None:
        seen.append(archon)

    assert dg.materialize([uses], resources={"archon": resource}).success
    return seen[0]


def test_without_archon_it_is_there_and_says_so() -> None:
    resource = in_a_run(ArchonResource())
    assert not resource.is_configured
    with pytest.raises(ConfigurationError, match="ONEXTREE_ARCHON_URL"):
        resource.health()


def test_fields_go_before_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEXTREE_ARCHON_URL", "http://settings:8051")
    monkeypatch.setenv("ONEXTREE_ARCHON_TIMEOUT", "7")
    monkeypatch.setenv("TOKEN_OF_THE_TEST", "n0t-to-be-told")
    assert in_a_run(ArchonResource()).config.url == "http://settings:8051/mcp"
    made = in_a_run(
        ArchonResource(
            url="http://fields:8051",
            token=dg.EnvVar("TOKEN_OF_THE_TEST"),
            http_url="http://fields:8053",
        )
    )
    config = made.config
    assert (config.url, config.http_url) == ("http://fields:8051/mcp", "http://fields:8053")
    assert (config.secret, config.timeout) == ("n0t-to-be-told", 7)
    assert "n0t-to-be-told" not in repr(config)


def test_it_asks_and_tells_its_health(archon: RunningArchon) -> None:
    resource = in_a_run(ArchonResource(url=archon.url, timeout=30, retry=HASTY))
    assert resource.health().is_reachable
    assert resource.ask(EVERYTHING).is_complete


def test_its_retry_policy_is_kept_to_and_its_breaker_remembers(archons: RunningArchons) -> None:
    url = archons["hostile"].hostile("errors")
    resource = in_a_run(ArchonResource(url=url, timeout=30, retry=HASTY))
    assert [resource.ask(SEARCHES).reason for _ in range(3)] == [
        "ARCHON_UNAVAILABLE",
        "ARCHON_UNAVAILABLE",
        "CIRCUIT_BREAKER_OPEN",
    ]
    resource = in_a_run(ArchonResource(url="http://127.0.0.1:9", timeout=5, retry=HASTY))
    assert not resource.health().is_reachable


def test_a_check_says_whether_archon_answers(archon: RunningArchon) -> None:
    def checked(url: str) -> dg.AssetCheckResult:
        result = archon_reachable(ArchonResource(url=url, timeout=30, retry=HASTY))
        assert isinstance(result, dg.AssetCheckResult)
        assert result.severity is dg.AssetCheckSeverity.WARN
        return result

    none = checked("")
    assert (none.passed, none.description) == (
        True,
        "No Archon is set up: versions are enriched by local analysis alone.",
    )
    up = checked(archon.url)
    assert up.passed
    assert (up.metadata or {})["generation"].value == "omniarchon"
    down = checked("http://127.0.0.1:9")
    assert not down.passed
    assert "cannot be reached" in str(down.description)
    assert (down.metadata or {})["reason"].value == "ARCHON_UNAVAILABLE"
    wrong = checked("http://u:s3cret@archon:8051")
    assert not wrong.passed
    assert "ONEXTREE_ARCHON_URL" in str(wrong.description)
    assert "s3cret" not in str(wrong.description)
