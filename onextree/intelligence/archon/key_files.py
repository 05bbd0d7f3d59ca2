"""Key files of a project on this machine, as questions: read safely, and classified."""

import os
from collections.abc import Iterable

from onextree.intelligence.archon.ledger import LONGEST_CONTENT
from onextree.intelligence.archon.model import AssessmentQuestion
from onextree.tree.classification.classifier import shared_classifier
from onextree.tree.model import Kind
from onextree.tree.names import encode_name
from onextree.tree.reading.files import read_start

__all__ = ["MOST_FILES", "assessment_questions"]

MOST_FILES = 20


def assessment_questions(root: str, paths: Iterable[str]) -> list[AssessmentQuestion]:
    """What can be asked of files: text that is in a language and not too long.

    Args:
        root: A directory.
        paths: Relative to it; those that lead out of it, also by symlinks, are left out.

    Raises:
        OSError: The root cannot be opened.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = (_question(descriptor, path) for path in list(paths)[:MOST_FILES])
        return [question for question in found if question is not None]
    finally:
        os.close(descriptor)


def _question(root: int, path: str) -> AssessmentQuestion | None:
    encoded = encode_name(path)
    if encoded.startswith(b"/") or b".." in encoded.split(b"/") or b"\0" in encoded:
        return None
    directory, _, name = encoded.rpartition(b"/")
    content = read_start(root, directory, name, LONGEST_CONTENT + 1)
    found = shared_classifier(()).classify(directory, name, Kind.FILE, content, len(content))
    if not found.language or not 0 < len(content) <= LONGEST_CONTENT:
        return None
    return AssessmentQuestion(path, found.language, content.decode("utf-8", "replace"))
