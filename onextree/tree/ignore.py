"""`.gitignore` rules as git reads them, byte by byte, for directories without git."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from onextree.tree.wildmatch import literal_length, translate

__all__ = ["IgnoreRules"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_RULE = 1 << 14  # bytes; no path is as long


class _Rule(NamedTuple):
    """One line.

    Attributes:
        ignores: False for one that takes back what others ignore.
        only_directories: It ended in a slash.
        of_name: It has no other slash, so that it is for names in any directory.
        literal: What it begins with.
        expression: The rest; None where the rule is literal.
    """

    ignores: bool
    only_directories: bool
    of_name: bool
    literal: bytes
    expression: "re.Pattern[bytes] | None"

    def matches(self, text: bytes) -> bool:
        if self.expression is None:
            return text == self.literal
        return text.startswith(self.literal) and (
            self.expression.fullmatch(text, len(self.literal)) is not None
        )


class IgnoreRules:
    """The rules of one `.gitignore`.

    Args:
        text: Its content.
    """

    def __init__(self, text: bytes) -> None:
        self._rules = list(_parse(text))[::-1]

    def decision(self, path: bytes, *, is_directory: bool) -> bool | None:
        """Whether the last rule that matches ignores a path; None where none matches.

        Args:
            path: Relative to the file's directory.
        """
        name = path[path.rfind(b"/") + 1 :]
        for rule in self._rules:
            if rule.only_directories and not is_directory:
                continue
            if rule.matches(name if rule.of_name else path):
                return rule.ignores
        return None


def _parse(text: bytes) -> Iterator[_Rule]:
    for line in text.removeprefix(_BYTE_ORDER_MARK).split(b"\n"):
        pattern = _without_trailing_blanks(line.removesuffix(b"\r").partition(b"\0")[0])
        if not pattern or pattern.startswith(b"#") or len(pattern) > _LONGEST_RULE:
            continue
        ignores = not pattern.startswith(b"!")
        pattern = pattern.removeprefix(b"!")
        only_directories = pattern.endswith(b"/")
        if only_directories:
            pattern = pattern[:-1]
        of_name = b"/" not in pattern
        if not of_name:
            pattern = pattern.removeprefix(b"/")
        if not pattern:
            continue
        length = literal_length(pattern)
        literal, rest = pattern[:length], pattern[length:]
        expression = translate(rest) if rest else None
        yield _Rule(ignores, only_directories, of_name, literal, expression)


def _without_trailing_blanks(line: bytes) -> bytes:
    """A blank behind a backslash stays, and so do all before a backslash at the very end."""
    end = len(line)
    while end and line[end - 1 : end] == b" ":
        end -= 1
    backslashes = len(line[:end]) - len(line[:end].rstrip(b"\\"))
    if backslashes % 2 and end < len(line):
        end += 1
    return line[:end]
