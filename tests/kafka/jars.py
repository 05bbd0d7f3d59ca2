"""The jars of Apache Kafka, fetched once for this checkout, and a Java that can run them.

`python -m tests.kafka.jars` fetches them ahead of the tests.
"""

import hashlib
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.fetching import fetched_once

__all__ = ["KafkaMissing", "available", "fetched_jars", "jars_directory", "java"]

_POM = Path(__file__).with_name("pom.xml")
_OLDEST_JAVA = 17
_MAVEN = (
    *("mvn", "--quiet", "--batch-mode", "--strict-checksums"),
    "dependency:copy-dependencies",
)


class KafkaMissing(Exception):
    """Kafka cannot be run or fetched on this machine."""


@cache
def java() -> str | None:
    """The first Java of version 17 or later, in JAVA_HOME or on the path."""
    home = os.environ.get("JAVA_HOME")
    for program in (shutil.which("java", path=f"{home}/bin") if home else None, "java"):
        found = program and shutil.which(program)
        if found and _version(found) >= _OLDEST_JAVA:
            return found
    return None


def _version(program: str) -> int:
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "(\d+)', told.stderr)
    return int(match[1]) if match else 0


def jars_directory(pom: Path = _POM) -> Path:
    """Where the jars of a pom lie once they are fetched: git knows nothing of `.venv`."""
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()
    return Path(__file__).parents[2] / ".venv" / "kafka" / digest[:16]


def available() -> bool:
    """Whether a broker can be run here, by what is installed."""
    return java() is not None and (jars_directory().is_dir() or shutil.which("mvn") is not None)


def fetched_jars(directory: Path | None = None) -> Path:
    """Fetch the jars, unless they are there; who comes meanwhile waits.

    Args:
        directory: Named by what is fetched, as `jars_directory` does. Others beside it are removed.

    Raises:
        KafkaMissing: There is no Maven, or it failed.
    """
    return fetched_once(directory or jars_directory(), _fetch)


def _fetch(directory: Path) -> None:
    command = [*_MAVEN, f"--file={_POM}", f"-DoutputDirectory={directory}"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise KafkaMissing("Fetching Apache Kafka needs Maven: install mvn.") from None
    if told.returncode != 0 or not any(directory.glob("kafka-server-*.jar")):
        raise KafkaMissing(f"Maven has not fetched Apache Kafka:\n{told.stdout}{told.stderr}")


def main() -> None:
    """Fetch the jars where that is possible, say so where it is not: other tests need none."""
    if not available():
        print("No Java 17 and Maven here, so no Apache Kafka: its tests do not run.")
    elif not jars_directory().is_dir():
        print("Fetching Apache Kafka, as tests/kafka/pom.xml names it …", flush=True)
        try:
            fetched_jars()
        except KafkaMissing as error:
            print(error)


if __name__ == "__main__":
    main()
