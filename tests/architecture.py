"""Projects in a few words, for tests of what their architecture is."""

from collections.abc import Iterable, Mapping

from onextree.intelligence.codebase import CodeBase, CodeFile, Edge


def project(
    files: Mapping[str, str] | Iterable[str],
    imports: Iterable[str] = (),
    *,
    others: Iterable[str] = (),
    kind: str = "import",
) -> CodeBase:
    """A project.

    Args:
        files: Paths, and for each its signs; ``main`` among them is its mark.
        imports: ``"a.py b.py c.py"`` where ``a.py`` imports the others.
        others: Paths that are no code.
    """
    signs = files if isinstance(files, Mapping) else dict.fromkeys(files, "")
    paths = sorted(signs)
    number = {path: place for place, path in enumerate(paths)}
    edges = []
    for line in imports:
        source, *targets = line.split()
        edges += [Edge(number[source], number[target], 1, kind) for target in targets]
    code = [_file(path, signs[path].split()) for path in paths]
    return CodeBase(code, sorted(edges), sorted([*paths, *others]))


def _file(path: str, signs: Iterable[str]) -> CodeFile:
    is_test = path.startswith("tests/")
    return CodeFile(
        path,
        _LANGUAGES.get(path.rpartition(".")[2], "Python"),
        "test" if is_test else "source",
        path.encode(),
        1_000,
        40,
        marks=tuple(sign for sign in signs if sign == "main"),
        signs=tuple(sorted(sign for sign in signs if sign != "main")),
    )


_LANGUAGES = {"go": "Go", "ts": "TypeScript", "js": "JavaScript", "rs": "Rust", "java": "Java"}
