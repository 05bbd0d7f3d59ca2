"""Git's file patterns as regular expressions on bytes.

No pattern takes exponential time: a star and the fixed text behind it are matched at the first
place where they fit and never tried again elsewhere (an atomic group), which finds a match wherever
there is one, since the next star takes up the rest.
"""

import re

__all__ = ["literal_length", "translate"]

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


_SPECIAL = re.compile(rb"[*?\[\\]")
_STAR, _DIRECTORIES, _ALL = b"*", b"**/", b"**"


def literal_length(pattern: bytes) -> int:
    """Bytes before the first one that does not stand for itself."""
    found = _SPECIAL.search(pattern)
    return found.start() if found else len(pattern)


def translate(pattern: bytes) -> re.Pattern[bytes]:
    """A regular expression to be used with `fullmatch` on a name or path.

    A pattern that git never matches, such as one with an open bracket, matches nothing here too.
    """
    parts: list[list[tuple[bytes, bytes]]] = [[]]
    for wildcard, fixed in _pieces(pattern):
        if wildcard == _DIRECTORIES:
            parts.append([(b"", fixed)])
        else:
            parts[-1].append((wildcard, fixed))
    first, *others = parts
    expression = _sequence(first, is_last=not others)
    for number, part in enumerate(others, 1):
        last = number == len(others)
        start = b"(?:.*/)?" if last else b"(?:.*?/)??"
        below = start + _sequence(part, is_last=last)
        expression += below if last else b"(?>" + below + b")"
    return re.compile(expression, re.DOTALL)


def _pieces(pattern: bytes) -> list[tuple[bytes, bytes]]:
    """Wildcards, each with the expression of the fixed text behind it; the first has none."""
    pieces: list[tuple[bytes, list[bytes]]] = [(b"", [])]
    position = 0
    while position < len(pattern):
        char = pattern[position : position + 1]
        if char == b"*":
            wildcard, position = _stars(pattern, position)
            pieces.append((wildcard, []))
            continue
        if char == b"?":
            piece, position = b"[^/]", position + 1
        elif char == b"[":
            piece, position = _bracket(pattern, position + 1)
        elif char == b"\\":
            escaped = pattern[position + 1 : position + 2]
            piece, position = re.escape(escaped) if escaped else _NEVER, position + 2
        else:
            piece, position = re.escape(char), position + 1
        pieces[-1][1].append(piece)
    return [(wildcard, b"".join(fixed)) for wildcard, fixed in pieces]


def _sequence(pieces: list[tuple[bytes, bytes]], *, is_last: bool) -> bytes:
    expression = b""
    for number, (wildcard, fixed) in enumerate(pieces):
        if not wildcard:
            expression += fixed
        elif wildcard == _ALL:
            expression += b".*" + fixed
        elif is_last and number == len(pieces) - 1:
            expression += b"[^/]*" + fixed
        else:
            expression += b"(?>[^/]*?" + fixed + b")"
    return expression


def _stars(pattern: bytes, start: int) -> tuple[bytes, int]:
    """A run of stars; two or more between slashes or ends cross directories."""
    end = start
    while pattern[end : end + 1] == b"*":
        end += 1
    opens = start == 0 or pattern[start - 1 : start] == b"/"
    closes = end == len(pattern) or pattern.startswith((b"/", b"\\/"), end)
    if end - start == 1 or not opens or not closes:
        return _STAR, end
    if pattern.startswith(b"/", end):
        return _DIRECTORIES, end + 1
    return _ALL, end


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
