"""The benchmark itself works; what it measures is nobody's promise here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.rows import Goal, Row
from benchmarks.timing import Samples
from tests.conftest import PARTS

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_the_benchmark_runs(tmp_path: Path) -> None:
    written = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(written)],
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "git status -uall" in done.stdout
    assert "document layout" in done.stdout
    rows = json.loads(written.read_text())["rows"]
    assert len(rows) == 58 + (2 if PARTS["kafka"]() else 0)
    targets = {row["operation"]: row["specification_p99"] for row in rows}
    assert targets["find a file in memory, 3,000 files"] == 10_000
    assert targets["search **/*.py in PostgreSQL, 3,000 files"] == 500
    assert all(row["measured"]["min"] > 0 and row["peer"]["min"] > 0 for row in rows)
    assert list(tmp_path.glob("onextree-bench-*")) == []


def test_a_p99_is_one_of_the_samples() -> None:
    assert [Samples(range(1, number + 1)).p99 for number in (1, 20, 100, 200)] == [1, 20, 99, 198]


def test_a_goal_can_be_for_the_slowest_of_a_hundred() -> None:
    peer = Samples([1.0])
    slow = Row("read", None, Goal(limit=1, p99=2), Samples([1.0] * 98 + [3.0] * 2), "peer", peer)
    assert slow.p99 == 3
    assert not slow.is_met
    few = Row("read", None, Goal(limit=1), Samples([1.0] * 19), "peer", peer)
    assert few.p99 is None
    assert few.is_met
