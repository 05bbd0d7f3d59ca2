"""Globs, with braces, as regular expressions for re2 and as hints for an index.

``*`` and ``?`` match within one part of a path, ``**`` as a whole part any number of directories.
``[a-z]`` is a set, ``[!a-z]`` its complement, ``{a,b}`` either; a backslash takes the meaning away.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from onextree.errors import InvalidQuery

__all__ = ["Glob", "parse_glob"]

_MOST_ALTERNATIVES = 100
_NOTHING = r"[^\x{0}-\x{10FFFF}]"
_SPECIAL = re.compile(r"[*?\[\\]")


class _Token(NamedTuple):
    """A piece of one part: literal text, or a wildcard's expression and its LIKE."""

    literal: str
    expression: str
    like: str

    @property
    def is_literal(self) -> bool:
        return bool(self.literal)


_STAR = _Token("", "[^/]*", "%")
_ANY = _Token("", "[^/]", "_")
_DIRECTORIES = None
_Part = list[_Token] | None
"""The tokens of a part of a path; None for ``**``."""


@dataclass(frozen=True, slots=True)
class Glob:
    """One alternative of a glob.

    Attributes:
        expression: What matches whole paths, for re2.
        below: The directory that leads every match, "" for the root.
        is_flat: Whether matches lie in `below` itself.
        name: The name of every match; None where it differs.
        prefix, suffix: What every match's name begins and ends with.
        like: A LIKE pattern that every match's name fulfils.
        is_exact: Whether `below`, `is_flat`, `name`, `prefix` and `suffix` say all.
    """

    expression: str
    below: str
    is_flat: bool
    name: str | None
    prefix: str
    suffix: str
    like: str
    is_exact: bool


def parse_glob(text: str) -> list[Glob]:
    """The alternatives of a glob; a path matches where one of them does.

    Raises:
        InvalidQuery: A bracket or brace is not closed, or there are too many alternatives.
    """
    return [_parse(alternative) for alternative in dict.fromkeys(_expand(text))]


def _expand(text: str) -> list[str]:
    """Without braces."""
    done: list[str] = []
    waiting = [text]
    while waiting:
        current = waiting.pop()
        found = _first_braces(current)
        if found is None:
            done.append(current)
        else:
            start, end, options = found
            waiting.extend(current[:start] + option + current[end:] for option in options)
        if len(done) + len(waiting) > _MOST_ALTERNATIVES:
            raise InvalidQuery(
                f"The braces of a glob have {_MOST_ALTERNATIVES} alternatives at most; take a "
                "regular expression instead."
            )
    return done


def _first_braces(text: str) -> tuple[int, int, list[str]] | None:
    """Where the first braces are, and their options."""
    position = depth = start = begin = 0
    options: list[str] = []
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == "[":
            position = _closing_bracket(text, position)
        elif char == "{":
            depth += 1
            if depth == 1:
                start, begin = position, position + 1
        elif char == "}" and depth:
            depth -= 1
            if not depth:
                options.append(text[begin:position])
                return start, position + 1, options
        elif char == "," and depth == 1:
            options.append(text[begin:position])
            begin = position + 1
        position += 1
    if depth:
        raise InvalidQuery(
            "A brace of the glob is not closed; a backslash before it makes it plain."
        )
    return None


def _closing_bracket(text: str, position: int) -> int:
    """Where the bracket that opens at a position closes."""
    start = position + 1 + text.startswith(("!", "^"), position + 1)
    position = start
    while position < len(text):
        if text[position] == "]" and position > start:
            return position
        position += 2 if text[position] == "\\" else 1
    raise InvalidQuery("A bracket of the glob is not closed; a backslash before it makes it plain.")


def _parse(text: str) -> Glob:
    parts = [_tokens(part) if part != "**" else _DIRECTORIES for part in _split(text)]
    if not any(parts) and not all(part is None for part in parts):
        raise InvalidQuery("A glob names at least a part of a path.")
    leading: list[str] = []
    for part in parts[:-1]:
        if part is None or not all(token.is_literal for token in part):
            break
        leading.append("".join(token.literal for token in part))
    between, last = parts[len(leading) : -1], parts[-1]
    name = last if last is not None else [_STAR]
    literal = all(token.is_literal for token in name)
    prefix = "" if literal else _literals(name)
    suffix = "" if literal else _literals(name[::-1], backwards=True)
    simple = name == [_STAR] or (len(name) == 2 and _STAR in name and bool(prefix or suffix))
    return Glob(
        expression=_expression(parts),
        below="/".join(leading),
        is_flat=not between and last is not None,
        name="".join(token.literal for token in name) if literal else None,
        prefix=prefix,
        suffix=suffix,
        like="".join(token.like for token in name),
        is_exact=all(part is None for part in between) and (literal or simple),
    )


def _split(text: str) -> list[str]:
    """Parts between slashes; a slash in a bracket is none."""
    parts = [""]
    position = 0
    while position < len(text):
        end = position + 1
        if text[position] == "[":
            end = _closing_bracket(text, position) + 1
        elif text[position] == "\\":
            end += 1
        if text[position] == "/":
            parts.append("")
        else:
            parts[-1] += text[position:end]
        position = end
    if "" in parts:
        raise InvalidQuery("A glob has no slash at its beginning or end, nor two in a row.")
    return parts


def _tokens(part: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(part):
        char = part[position]
        if char == "*":
            if tokens[-1:] != [_STAR]:
                tokens.append(_STAR)
            position += 1
        elif char == "?":
            tokens.append(_ANY)
            position += 1
        elif char == "[":
            end = _closing_bracket(part, position)
            tokens.append(_Token("", _set(part[position + 1 : end]), "_"))
            position = end + 1
        else:
            if char == "\\":
                position += 1
                char = part[position : position + 1]
                if not char:
                    raise InvalidQuery("A backslash at the end of the glob has nothing to escape.")
                end = position + 1
            else:
                found = _SPECIAL.search(part, position)
                end = found.start() if found else len(part)
                char = part[position:end]
            tokens.append(_literal(char))
            position = end
    return _joined(tokens)


def _literal(text: str) -> _Token:
    return _Token(text, re.escape(text), re.sub(r"([%_\\])", r"\\\1", text))


def _joined(tokens: list[_Token]) -> list[_Token]:
    """Neighbouring literals as one."""
    joined: list[_Token] = []
    for token in tokens:
        if token.is_literal and joined and joined[-1].is_literal:
            token = _literal(joined.pop().literal + token.literal)
        joined.append(token)
    return joined


def _set(inside: str) -> str:
    """The expression of what is between brackets; never a slash."""
    negated = inside[0] in "!^"
    members: list[str] = []
    position = int(negated)
    while position < len(inside):
        first, position = _member(inside, position)
        if inside.startswith("-", position) and position + 1 < len(inside):
            last, position = _member(inside, position + 1)
            if first > last:
                raise InvalidQuery(f"The range {first}-{last} of the glob is empty.")
            members.append(_ranged(first, last))
        else:
            members.append(_ranged(first, first))
    listed = "".join(members)
    if negated:
        return f"[^/{listed}]"
    return f"[{listed}]" if listed else _NOTHING


def _member(inside: str, position: int) -> tuple[str, int]:
    position += inside[position] == "\\"
    return inside[position], position + 1


def _ranged(first: str, last: str) -> str:
    """A range without a slash."""
    spans = [(first, last)]
    if first <= "/" <= last:
        spans = [(first, "."), ("0", last)]
    shown = (rf"\x{{{ord(low):x}}}-\x{{{ord(high):x}}}" for low, high in spans if low <= high)
    return "".join(shown)


def _literals(tokens: list[_Token], *, backwards: bool = False) -> str:
    """What every match begins with, or ends with."""
    text = ""
    for token in tokens:
        if not token.is_literal:
            break
        text = token.literal + text if backwards else text + token.literal
    return text


def _expression(parts: list[_Part]) -> str:
    """A ``**`` before other parts matches whole directories, at the end whatever is below."""
    expression = ""
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if part is None:
            expression += "(?:.*)" if is_last else "(?:.*/)?"
        else:
            expression += "".join(token.expression for token in part) + ("" if is_last else "/")
    return expression
