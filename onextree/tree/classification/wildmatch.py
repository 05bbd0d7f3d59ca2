"""Git's file patterns as regular expressions on bytes.

`pathspec` is for `.gitignore`, where a pattern also matches everything below what it matches. In
`.gitattributes` it does not.
"""

import re

__all__ = ["translate"]

_CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"!-~",
    b"lower": rb"a-z",
    b"print": rb" -~",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t\n\r\f\v",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9A-Fa-f",
}
_NEVER = rb"(?!)"


def translate(pattern: bytes) -> re.Pattern[bytes]:
    """A regular expression to be used with `fullmatch` on a name or path.

    A pattern that git never matches, such as one with an open bracket, matches nothing here too.
    """
    pieces: list[bytes] = []
    position = 0
    while position < len(pattern):
        char = pattern[position : position + 1]
        if char == b"*":
            piece, position = _stars(pattern, position)
        elif char == b"?":
            piece, position = b"[^/]", position + 1
        elif char == b"[":
            piece, position = _bracket(pattern, position + 1)
        elif char == b"\\":
            escaped = pattern[position + 1 : position + 2]
            piece, position = re.escape(escaped) if escaped else _NEVER, position + 2
        else:
            piece, position = re.escape(char), position + 1
        pieces.append(piece)
    return re.compile(b"".join(pieces), re.DOTALL)


def _stars(pattern: bytes, start: int) -> tuple[bytes, int]:
    """A run of stars; two or more between slashes or ends cross directories."""
    end = start
    while pattern[end : end + 1] == b"*":
        end += 1
    opens = start == 0 or pattern[start - 1 : start] == b"/"
    closes = end == len(pattern) or pattern.startswith((b"/", b"\\/"), end)
    if end - start == 1 or not opens or not closes:
        return b"[^/]*", end
    if pattern.startswith(b"/", end):
        return b"(?:.*/)?", end + 1
    return b".*", end


class _Malformed(ValueError):
    """A bracket that git never matches."""


def _bracket(pattern: bytes, position: int) -> tuple[bytes, int]:
    """A set of characters, from behind its opening bracket."""
    negated = pattern[position : position + 1] in (b"!", b"^")
    try:
        inside, position = _members(pattern, position + negated)
    except _Malformed:
        return _NEVER, len(pattern)
    if negated:
        return b"[^/" + inside + b"]", position
    return (b"(?!/)[" + inside + b"]" if inside else _NEVER), position


def _members(pattern: bytes, position: int) -> tuple[bytes, int]:
    """What is in a bracket, and the position behind it.

    Raises:
        _Malformed: It is not closed, or names a class that there is not.
    """
    members: list[bytes] = []
    start, previous = position, -1
    while True:
        char = pattern[position : position + 1]
        if char == b"]" and position > start:
            return b"".join(members), position + 1
        after = pattern[position + 1 : position + 2]
        if char == b"-" and previous >= 0 and after not in (b"", b"]"):
            last, position = _literal(pattern, position + 1)
            if previous <= last:
                members.append(_byte(previous) + b"-" + _byte(last))
            previous = -1
            continue
        if char == b"[" and after == b":":
            end = pattern.find(b"]", position + 2)
            if end < 0:
                raise _Malformed
            if pattern[end - 1 : end] == b":" and end - position > 2:
                named = _CLASSES.get(pattern[position + 2 : end - 1])
                if named is None:
                    raise _Malformed
                members.append(named)
                position, previous = end + 1, -1
                continue
        previous, position = _literal(pattern, position)
        members.append(_byte(previous))


def _literal(pattern: bytes, position: int) -> tuple[int, int]:
    """A character that stands for itself, and the position behind it.

    Raises:
        _Malformed: The pattern is at its end.
    """
    if pattern[position : position + 1] == b"\\":
        position += 1
    if position >= len(pattern):
        raise _Malformed
    return pattern[position], position + 1


def _byte(value: int) -> bytes:
    return rb"\x%02x" % value
