"""How often the classification agrees with all of linguist, and what it costs."""

import os
import sys
import sysconfig
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from enry import definitions as linguist  # type: ignore[import-untyped]

from onextree.tree.classification.classifier import Classifier
from onextree.tree.classification.languages import HEAD_LIMIT
from onextree.tree.classification.model import Category
from onextree.tree.model import Kind

__all__ = ["Agreement", "language_agreement"]

_TOP = 10
_NOT_TEXT = (Category.BINARY, Category.GENERATED, Category.VENDORED)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a comparison found.

    Attributes:
        files: Compared.
        with_language: Of these, the ones that linguist gives a language.
        languages: Share of those with the same language here, 0 to 1.
        vendored: Share of linguist's vendored files that are vendored here.
        generated: Share of linguist's generated files, if not vendored, that are generated here.
        binary: Share of linguist's binary files that are binary here, or vendored or generated.
        disagreements: Ending, linguist's language, ours, and how often; the most frequent ones.
        microseconds: Per file, for our classification with the contents in memory.
        linguist_microseconds: The same for linguist's language alone.
    """

    files: int
    with_language: int
    languages: float
    vendored: float
    generated: float
    binary: float
    disagreements: list[tuple[str, str, str | None, int]]
    microseconds: float
    linguist_microseconds: float


def language_agreement(root: Path | None = None) -> Agreement:
    """Classify every file below a directory in both ways.

    Args:
        root: By default, the packages of the running environment.
    """
    files = _read(root or Path(sysconfig.get_path("purelib")))
    heads = [content[:HEAD_LIMIT] for _, _, content in files]
    classifier = Classifier()
    classifier.classify(b"", b"a.h", Kind.FILE, b"", 0)
    began = time.perf_counter()
    ours = [
        classifier.classify(directory, name, Kind.FILE, head, len(content))
        for (directory, name, content), head in zip(files, heads, strict=True)
    ]
    spent = time.perf_counter() - began
    paths = [
        (directory + b"/" + name).lstrip(b"/").decode("utf-8", "replace")
        for directory, name, _ in files
    ]
    began = time.perf_counter()
    theirs = [
        linguist.get_language(path, content)
        for path, (_, _, content) in zip(paths, files, strict=True)
    ]
    linguist_spent = time.perf_counter() - began
    different: Counter[tuple[str, str, str | None]] = Counter()
    same: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for path, (_, _, content), found, language in zip(paths, files, ours, theirs, strict=True):
        ending = os.path.splitext(path)[1]
        if language:
            asked["language"] += 1
            same["language"] += found.language == language
            if found.language != language:
                different[ending, language, found.language] += 1
        vendored = linguist.is_vendor(path)
        if vendored:
            asked["vendored"] += 1
            same["vendored"] += found.category is Category.VENDORED
        elif linguist.is_generated(path, content):
            asked["generated"] += 1
            same["generated"] += found.category in (Category.GENERATED, Category.VENDORED)
        if linguist.is_binary(content):
            asked["binary"] += 1
            same["binary"] += found.category in _NOT_TEXT
    shares = {what: same[what] / count for what, count in asked.items()}
    return Agreement(
        files=len(files),
        with_language=asked["language"],
        languages=shares.get("language", 1.0),
        vendored=shares.get("vendored", 1.0),
        generated=shares.get("generated", 1.0),
        binary=shares.get("binary", 1.0),
        disagreements=[(*what, count) for what, count in different.most_common(_TOP)],
        microseconds=spent / max(len(files), 1) * 1e6,
        linguist_microseconds=linguist_spent / max(len(files), 1) * 1e6,
    )


def _read(root: Path) -> list[tuple[bytes, bytes, bytes]]:
    """Directory, name and content of every regular file."""
    top = os.fsencode(root)
    files = []
    for directory, _, names in os.walk(top):
        for name in sorted(names):
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                content = Path(os.fsdecode(path)).read_bytes()
                files.append((directory[len(top) + 1 :], name, content))
    return files


if __name__ == "__main__":
    print(language_agreement(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
