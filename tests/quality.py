"""Code bases in a few words, for tests of the rules."""

from collections.abc import Iterable

from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.intelligence.facts import Definition
from onextree.intelligence.findings import Finding
from onextree.intelligence.graph.cycles import Cycle


def code_file(
    path: str,
    *,
    lines: int = 50,
    language: str = "Python",
    category: str = "",
    digest: bytes = b"",
    size: int = 5_000,
    marks: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
    failure: str = "",
) -> CodeFile:
    return CodeFile(
        path,
        language,
        category or ("test" if path.startswith("tests/") else "source"),
        digest or path.encode(),
        size,
        lines,
        marks,
        (),
        findings,
        failure,
    )


def code_base(
    files: Iterable[CodeFile | str],
    imports: Iterable[tuple[str, str] | tuple[str, str, str]] = (),
    *,
    unresolved: Iterable[tuple[str, int, str]] = (),
    others: Iterable[str] = (),
) -> CodeBase:
    """A project.

    Args:
        files: Files or their paths.
        imports: Importing and imported path, and the kind where it is not ``import``.
        others: Paths of files that are no code.
    """
    made = sorted(code_file(each) if isinstance(each, str) else each for each in files)
    numbers = {file.path: number for number, file in enumerate(made)}
    edges = [
        Edge(numbers[source], numbers[target], line, *(kind or ("import",)))
        for line, (source, target, *kind) in enumerate(imports, 1)
    ]
    paths = sorted([*numbers, *others])
    return CodeBase(made, sorted(edges), paths, {}, tuple(unresolved))


def cycle(base: CodeBase, *paths: str) -> Cycle:
    """The circle of some files, all of whose imports of each other may be cut."""
    numbers = {base.numbers[path] for path in paths}
    cut = [edge for edge in base.edges if {edge.source, edge.target} <= numbers]
    return Cycle(tuple(sorted(numbers)), tuple(cut), True)


def function(name: str, line: int = 1, lines: int = 10, branches: int = 0) -> Definition:
    kind = "method" if "." in name else "function"
    return Definition(name, kind, line, line + lines - 1, branches)


def a_class(name: str, *bases: str, line: int = 1, lines: int = 10) -> Definition:
    return Definition(name, "class", line, line + lines - 1, bases=bases)


def rules(findings: Iterable[Finding]) -> list[str]:
    return [finding.rule for finding in findings]
