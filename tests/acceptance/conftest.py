"""Fixtures of what runs as a whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installations import Installation, running_installation


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with running_installation(tmp_path) as running:
        yield running
