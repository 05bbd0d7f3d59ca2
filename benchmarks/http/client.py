"""The process that asks; what it is to do comes as JSON on its standard input, see `asking`."""

import asyncio
import dataclasses
import gc
import json
import sys

import uvloop

from benchmarks.http.connection import Question
from benchmarks.http.loads import AtRate, Load, OneAfterAnother

_LOADS: dict[str, type[AtRate | OneAfterAnother]] = {
    each.__name__: each for each in (AtRate, OneAfterAnother)
}


def main() -> None:
    """Ask, and write `Asked` as JSON to the standard output."""
    what = json.load(sys.stdin)
    load: Load = _LOADS[what["load"]](**what["parameters"])
    questions: list[Question] = [
        (request.encode(), expected.encode()) for request, expected in what["questions"]
    ]
    gc.freeze()
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        asked = runner.run(load.run(what["port"], questions))
    json.dump(dataclasses.asdict(asked), sys.stdout)


if __name__ == "__main__":
    main()
