"""Fixtures: Archons that run as long as the worker, and one of them behind a proxy."""

from collections.abc import Iterator

import pytest

from tests.archon.running import RunningArchon, RunningArchons
from tests.proxy import Proxy

__all__ = ["archon", "archon_proxy", "archons"]


@pytest.fixture(scope="session")
def archons() -> Iterator[RunningArchons]:
    """Servers by their generation; each takes a second to start."""
    with RunningArchons() as started:
        yield started


@pytest.fixture
def archon(archons: RunningArchons) -> RunningArchon:
    """One that answers everything, and has heard nothing yet."""
    running = archons["omniarchon"]
    running.heard()
    return running


@pytest.fixture
def archon_proxy(archon: RunningArchon) -> Iterator[Proxy]:
    """Before that one."""
    with Proxy(archon.port) as passing:
        yield passing
