"""The rules of ONEX for one file: names, imports and types.

A file follows ONEX by its name (`role_of`), or by a class that is named as a node and either
derives from one or has a node's method.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from onextree.intelligence.facts import Definition, FileFacts
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.quality.bounds import MOST_IN_A_FILE, bounded, brief, fitting
from onextree.intelligence.quality.onex_names import (
    METHODS,
    ONEX_LANGUAGE,
    class_prefix,
    is_onex_class,
    node_kind,
    role_of,
)
from onextree.intelligence.quality.rules import (
    ONEX_CLASS_NAME,
    ONEX_DICT_STR_ANY,
    ONEX_FILE_NAME,
    ONEX_METHOD_NAME,
    ONEX_MISSING_CLASS,
    ONEX_PARENT_IMPORT,
    ONEX_PYDANTIC_V1,
    Rule,
)

__all__ = ["judge_onex_file"]

_CLASSES: Final = {"model_contract": "ModelContract", "model": "Model", "enum": "Enum"}
_ANY_CLASS: Final = "Node*, Model*, Enum*, Protocol*, Service*, Mixin* or TypedDict*"
_NOTES: Final = ((ONEX_DICT_STR_ANY, "dict-str-any"), (ONEX_PYDANTIC_V1, "pydantic-v1"))


def judge_onex_file(path: str, language: str, facts: FileFacts) -> tuple[Finding, ...]:
    """Findings about a file that follows ONEX by its name or a class; none for any other.

    Of one that cannot be parsed nothing else is told. ``dict[str, Any]`` and Pydantic v1 are told
    once for each definition that has them.
    """
    if language != ONEX_LANGUAGE or facts.errors or facts.failure:
        return ()
    role = role_of(path)
    nodes = [
        each
        for each in facts.definitions
        if each.name.startswith("Node") and _is_node(each, facts, role)
    ]
    if not role and not nodes:
        return ()
    classes = [each for each in facts.definitions if _is_public_class(each)]
    found = [
        *_file_names(path, role, nodes),
        *_missing_class(path, role, classes),
        *_method_names(path, nodes, facts),
        *_class_names(path, classes),
        *_parent_imports(path, facts),
    ]
    for rule, kind in _NOTES:
        found += bounded(rule, _notes(path, facts, rule, kind), MOST_IN_A_FILE, path)
    return tuple(found)


def _is_node(found: Definition, facts: FileFacts, role: str) -> bool:
    if found.kind != "class" or not node_kind(found.name):
        return False
    return (
        role in METHODS
        or any(base.rpartition(".")[2].startswith("Node") for base in found.bases)
        or not _methods(found, facts).isdisjoint(METHODS.values())
    )


def _is_public_class(found: Definition) -> bool:
    return (
        found.kind in {"class", "enum"} and "." not in found.name and not found.name.startswith("_")
    )


def _methods(node: Definition, facts: FileFacts) -> set[str]:
    start = f"{node.name}."
    return {
        each.name.removeprefix(start) for each in facts.definitions if each.name.startswith(start)
    }


def _file_names(path: str, role: str, nodes: Iterable[Definition]) -> Iterator[Finding]:
    if role in METHODS:
        return
    for node in _first_of_each(nodes):
        pattern = f"node_*_{node_kind(node.name)}.py"
        yield ONEX_FILE_NAME.found(
            path,
            f"{brief(node.name)} is a node, but its file is not named {pattern}.",
            {"expected": pattern},
            line=node.line,
            subject=node.name,
        )


def _missing_class(path: str, role: str, classes: Sequence[Definition]) -> Iterator[Finding]:
    if role in METHODS:
        expected = f"Node*{role.title()}"
        if not any(node_kind(each.name) == role for each in classes):
            message = f"It has no class {expected}, the node that its name promises."
            yield ONEX_MISSING_CLASS.found(path, message, {"expected": expected}, subject=expected)
    elif role and classes:
        start = _CLASSES[role]
        if not any(each.name.startswith(start) for each in classes):
            yield ONEX_MISSING_CLASS.found(
                path,
                f"It has no class {start}*, which its name promises.",
                {"expected": f"{start}*"},
                subject=f"{start}*",
                severity=Severity.MEDIUM,
            )


def _method_names(path: str, nodes: Iterable[Definition], facts: FileFacts) -> Iterator[Finding]:
    for node in _first_of_each(nodes):
        expected = METHODS[node_kind(node.name)]
        is_inherited = any(node_kind(base.rpartition(".")[2]) for base in node.bases)
        if not is_inherited and expected not in _methods(node, facts):
            yield ONEX_METHOD_NAME.found(
                path,
                f"{brief(node.name)} has no method {expected}.",
                {"expected": expected},
                line=node.line,
                subject=node.name,
            )


def _class_names(path: str, classes: Iterable[Definition]) -> list[Finding]:
    found: list[Finding] = []
    for each in _first_of_each(classes):
        prefix = class_prefix(each.bases)
        if is_onex_class(each.name) and each.name.startswith(prefix):
            continue
        expected = f"{prefix}*" if prefix else _ANY_CLASS
        found.append(
            ONEX_CLASS_NAME.found(
                path,
                f"{brief(each.name)} should be named {expected}.",
                {"expected": expected},
                line=each.line,
                subject=each.name,
                severity=Severity.MEDIUM if prefix else None,
            )
        )
    return bounded(ONEX_CLASS_NAME, found, MOST_IN_A_FILE, path)


def _parent_imports(path: str, facts: FileFacts) -> list[Finding]:
    lines: dict[str, int] = {}
    for each in facts.imports:
        if each.target.startswith(".."):
            lines.setdefault(each.target, each.line)
    findings = (
        ONEX_PARENT_IMPORT.found(
            path,
            f"It imports {brief(target)} from a package above.",
            {"target": brief(target)},
            line=line,
            subject=target,
        )
        for target, line in lines.items()
    )
    return bounded(ONEX_PARENT_IMPORT, findings, MOST_IN_A_FILE, path)


def _notes(path: str, facts: FileFacts, rule: Rule, kind: str) -> Iterator[Finding]:
    """A finding for each definition, or the module itself, with notes of that kind."""
    lines: dict[str, list[int]] = {}
    for note in facts.notes:
        if note.kind == kind:
            lines.setdefault(_around(note.line, facts), []).append(note.line)
    for subject, places in lines.items():
        yield rule.found(
            path,
            f"{rule.title}: {brief(subject) or 'the module'}, {len(places)} times."
            if len(places) > 1
            else f"{rule.title}: {brief(subject) or 'the module'}.",
            {"lines": fitting(places), "times": len(places)},
            line=places[0],
            subject=subject,
        )


def _around(line: int, facts: FileFacts) -> str:
    """The name of the innermost definition around a line; empty for the module."""
    found = ""
    for each in facts.definitions:
        if each.line > line:
            break
        if line <= each.end_line:
            found = each.name
    return found


def _first_of_each(definitions: Iterable[Definition]) -> Iterator[Definition]:
    """Definitions without those whose name another one has already."""
    names: set[str] = set()
    for each in definitions:
        if each.name not in names:
            names.add(each.name)
            yield each
