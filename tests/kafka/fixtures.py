"""Fixtures: the broker of the whole run, and one that a test has for itself."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Broker, running_broker
from tests.kafka.shared import shared_broker

__all__ = ["kafka", "own_broker"]


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a broker that all tests of this run share: use topics of your own."""
    base = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        return shared_broker(base.parent, controller=os.getppid())
    return shared_broker(base, controller=os.getpid())


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that a test may kill or pause."""
    with running_broker(tmp_path / "kafka") as broker:
        yield broker
