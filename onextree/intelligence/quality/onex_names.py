"""How ONEX names files, classes and methods."""

import re
from typing import Final

__all__ = ["METHODS", "ONEX_LANGUAGE", "class_prefix", "is_onex_class", "node_kind", "role_of"]

ONEX_LANGUAGE: Final = "Python"

METHODS: Final = {
    "effect": "execute_effect",
    "compute": "execute_compute",
    "reducer": "execute_reduction",
    "orchestrator": "execute_orchestration",
}
"""The method that a node of each kind has."""

_KINDS = "|".join(METHODS)
_NODE_FILE = re.compile(rf"node_\w+_({_KINDS})\.py")
_OTHER_FILE = re.compile(r"(model_contract|model|enum)_\w+\.py")
_NODE_CLASS = re.compile(rf"Node[A-Z0-9]\w*({_KINDS.title()})")
_OTHER_CLASS = re.compile(r"(?:Model|Enum|Protocol|Service|Mixin|TypedDict)[A-Z0-9]\w*")
_PREFIXES = {
    "BaseModel": "Model",
    "RootModel": "Model",
    "Enum": "Enum",
    "StrEnum": "Enum",
    "IntEnum": "Enum",
    "Flag": "Enum",
    "IntFlag": "Enum",
    "Protocol": "Protocol",
    "TypedDict": "TypedDict",
}


def role_of(path: str) -> str:
    """What a file is by its name: a key of `METHODS`, or ``model_contract``, ``model``, ``enum``.

    Empty for a file that is not named as ONEX names files.
    """
    name = path[path.rfind("/") + 1 :]
    # Looked at first, since every file of a project comes by.
    if not name.startswith(("node_", "model_", "enum_")):
        return ""
    match = _NODE_FILE.fullmatch(name) or _OTHER_FILE.fullmatch(name)
    return match.group(1) if match else ""


def node_kind(class_name: str) -> str:
    """The kind of node that a class is by its name, a key of `METHODS`; empty for another class."""
    match = _NODE_CLASS.fullmatch(class_name)
    return match.group(1).lower() if match else ""


def is_onex_class(name: str) -> bool:
    """Whether a class is named as ONEX names classes."""
    return bool(_OTHER_CLASS.fullmatch(name) or _NODE_CLASS.fullmatch(name))


def class_prefix(bases: tuple[str, ...]) -> str:
    """What the name of a class begins with by what it derives from; empty where that is open."""
    for base in bases:
        found = _PREFIXES.get(base.partition("[")[0].rpartition(".")[2])
        if found:
            return found
    return ""
