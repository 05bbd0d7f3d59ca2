"""Dependencies that should not be: circles, hubs, the wrong direction, nowhere."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from onextree.intelligence.architecture.layer import Violation
from onextree.intelligence.codebase import CodeBase, Edge
from onextree.intelligence.findings import Finding, Severity
from onextree.intelligence.graph.cycles import Cycle
from onextree.intelligence.quality.bounds import brief, fitting
from onextree.intelligence.quality.places import is_package_file, is_product, stem
from onextree.intelligence.quality.rules import (
    CIRCULAR_DEPENDENCY,
    HUB,
    LAYER_VIOLATION,
    UNRESOLVED_IMPORT,
)
from onextree.tree.classification.model import Category

__all__ = [
    "HUB_FILES",
    "HUB_SHARE",
    "LARGE_CYCLE",
    "circular_dependencies",
    "hubs",
    "layer_violations",
    "unresolved_imports",
]

LARGE_CYCLE: Final = 5
"""From so many files on a circle is severe."""

HUB_FILES: Final = 20
"""A hub is imported by as many, and imports as many."""

HUB_SHARE: Final = 0.01
"""A hub is imported by that share of the product's files, too."""

_SEVERE_HUB = 2
# Their compilers let no circle between packages pass, and within one it means nothing.
_WITHOUT_CIRCLES = frozenset({"Go", "Rust"})
_COMPILED_TOGETHER = frozenset(
    {"C#", "Dart", "Go", "Java", "Kotlin", "Rust", "Scala", "Swift", "Visual Basic .NET"}
)
# Whoever passes on what another file has does not use it.
_NO_USE = frozenset({"type", "reexport", "module"})
_GENERATED = frozenset({"_version", "__version__", "version", "generated"})
_GENERATED_ENDINGS = ("_pb2", "_pb2_grpc")
_GENERATORS = (".so", ".pyd", ".pyx", ".pyi", ".c", ".cc", ".cpp", ".rs", ".f90", ".proto", ".g4")
_SEPARATORS = re.compile(r"[./:\\]+")


def circular_dependencies(base: CodeBase, cycles: Iterable[Cycle]) -> Iterator[Finding]:
    """A finding for each set of files that depend on each other.

    It is told by its first file: no other set has it, and it stays while others join or leave.
    Where all files are compiled together, or none is the product's, a circle does less harm, and is
    one step milder. Among files of Go or Rust alone there is none.
    """
    for cycle in cycles:
        files = sorted(cycle.files)
        paths = [base.files[number].path for number in files]
        languages = {base.files[number].language for number in files}
        if languages <= _WITHOUT_CIRCLES:
            continue
        is_mild = languages <= _COMPILED_TOGETHER or not any(
            is_product(base.files[number].path, base.files[number].category) for number in files
        )
        severity = Severity.HIGH if len(files) >= LARGE_CYCLE else Severity.MEDIUM
        if is_mild:
            severity = Severity.MEDIUM if severity is Severity.HIGH else Severity.LOW
        yield CIRCULAR_DEPENDENCY.found(
            paths[0],
            _circle(paths, len(cycle.cut)),
            {
                "size": len(paths),
                "files": fitting(paths),
                "cuts": len(cycle.cut),
                "cut": fitting(_edge(base, edge) for edge in sorted(cycle.cut)),
                "is_smallest_cut": cycle.is_smallest,
            },
            line=min((edge.line for edge in cycle.cut if edge.source == files[0]), default=0),
            severity=severity,
        )


def hubs(base: CodeBase) -> Iterator[Finding]:
    """Files of the product that many import and that import many.

    Imports by tests and of types alone do not count, nor do files that stand for a package.
    """
    possible = [
        number
        for number, (users, used) in enumerate(zip(base.imported_by, base.imports, strict=True))
        if len(users) >= HUB_FILES and len(used) >= HUB_FILES
    ]
    if not possible:
        return
    product = [is_product(file.path, file.category) for file in base.files]
    least = max(HUB_FILES, int(HUB_SHARE * sum(product)))
    for number in possible:
        file = base.files[number]
        if not product[number] or is_package_file(file.path):
            continue
        users = base.imported_by[number]
        above = [e.source for e in users if product[e.source] and e.kind not in _NO_USE]
        below = [e.target for e in base.imports[number] if e.kind not in _NO_USE]
        if len(above) < least or len(below) < HUB_FILES:
            continue
        is_severe = len(above) >= _SEVERE_HUB * least and len(below) >= _SEVERE_HUB * HUB_FILES
        yield HUB.found(
            file.path,
            f"{len(above)} files import it, and it imports {len(below)}.",
            {
                "imported_by": len(above),
                "imports": len(below),
                "importers": fitting(base.files[each].path for each in above),
                "imported": fitting(base.files[each].path for each in below),
            },
            severity=Severity.HIGH if is_severe else None,
        )


def layer_violations(violations: Iterable[Violation]) -> Iterator[Finding]:
    """A finding for each pair of files, whichever of its violations comes first."""
    told: set[tuple[str, str]] = set()
    for each in sorted(violations):
        if (each.source, each.target) in told:
            continue
        told.add((each.source, each.target))
        lower, upper = brief(each.from_layer), brief(each.to_layer)
        edge = {"source": each.source, "target": each.target, "line": each.line}
        yield LAYER_VIOLATION.found(
            each.source,
            f"It is of the layer {lower} and uses {brief(each.target)} of the layer {upper}.",
            {
                "from_layer": lower,
                "to_layer": upper,
                "edges": fitting([edge]),
            },
            line=each.line,
            subject=each.target,
        )


def unresolved_imports(base: CodeBase) -> Iterator[Finding]:
    """A finding for each target of a file.

    What is made when the project is built is left out, by its name or since something of its name
    is there to make it from.
    """
    lines: dict[tuple[str, str], list[int]] = {}
    made = _GENERATED.union(stem(path) for path in base.paths if path.endswith(_GENERATORS))
    for path, line, target in base.unresolved:
        name = _SEPARATORS.split(target)[-1]
        if name not in made and not name.endswith(_GENERATED_ENDINGS):
            lines.setdefault((path, target), []).append(line)
    for (path, target), places in lines.items():
        number = base.numbers.get(path)
        is_ours = number is None or base.files[number].category == Category.SOURCE
        yield UNRESOLVED_IMPORT.found(
            path,
            f"It imports {brief(target)}, which is not there.",
            {"target": brief(target), "lines": fitting(sorted(places))},
            line=min(places),
            subject=target,
            severity=None if is_ours else Severity.LOW,
        )


def _circle(paths: Sequence[str], cuts: int) -> str:
    who = (
        f"{brief(paths[0])} and {brief(paths[1])} depend on each other."
        if len(paths) == 2
        else f"{len(paths)} files depend on each other, {brief(paths[0])} among them."
    )
    imports = "import" if cuts == 1 else "imports"
    return f"{who} Without {cuts} {imports} they would not."


def _edge(base: CodeBase, edge: Edge) -> dict[str, Any]:
    return {
        "source": base.files[edge.source].path,
        "target": base.files[edge.target].path,
        "line": edge.line,
    }
