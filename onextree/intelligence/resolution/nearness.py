"""Which of several files is meant where they declare the same."""

import re
from bisect import bisect
from collections.abc import Sequence

from onextree.intelligence.resolution.directories import shared

__all__ = ["is_test", "nearest_file"]

_AROUND = 32
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|specs?|androidTest|testFixtures|[a-z][a-zA-Z]*Tests?)/", re.ASCII
)


def is_test(path: str) -> bool:
    """Whether a path lies in a source set of tests: ``src/test``, ``src/integrationTest``."""
    return _TESTS.search(path) is not None


def nearest_file(path: str, candidates: Sequence[str]) -> str:
    """The candidate that shares most directories with a path.

    Tests see everything; from elsewhere they are the last choice. Of equally near files, main
    ones come before tests, and the first by its path wins.

    Args:
        path: Of the file that uses it.
        candidates: Sorted, at least one. Of very many only those are looked at that stand next to
            the path in their order: what shares most directories is there.
    """
    if len(candidates) == 1:
        return candidates[0]
    if len(candidates) > 2 * _AROUND:
        place = bisect(candidates, path)
        start = max(0, min(place - _AROUND, len(candidates) - 2 * _AROUND))
        candidates = candidates[start : start + 2 * _AROUND]
    tests_last = not is_test(path)
    directories = path.split("/")[:-1]

    def order(candidate: str) -> tuple[bool, int, bool, str]:
        test = is_test(candidate)
        common = shared(directories, candidate.split("/")[:-1])
        return test and tests_last, -common, test, candidate

    return min(candidates, key=order)
