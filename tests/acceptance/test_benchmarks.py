"""The benchmark itself works; what it measures is nobody's promise here."""

import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_the_benchmark_runs(tmp_path: Path) -> None:
    written = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(written)],
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "git status -uall" in done.stdout
    assert "document layout" in done.stdout
    rows = json.loads(written.read_text())["rows"]
    assert len(rows) == 18
    assert all(row["measured"]["min"] > 0 and row["peer"]["min"] > 0 for row in rows)
    assert list(tmp_path.glob("onextree-bench-*")) == []
