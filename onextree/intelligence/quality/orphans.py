"""Files that nothing uses."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import Final

from onextree.intelligence.codebase import CodeBase, CodeFile
from onextree.intelligence.findings import Finding
from onextree.intelligence.quality.places import (
    is_package_file,
    is_product,
    loading_directories,
    purposes_above,
    stem,
)
from onextree.intelligence.quality.rules import ORPHAN
from onextree.intelligence.resolution.directories import directory_of

__all__ = ["ORPHAN_FILES", "ORPHAN_LANGUAGES", "ORPHAN_LINES", "ORPHAN_SHARE", "orphans"]

ORPHAN_LANGUAGES: Final = frozenset({"Python", "JavaScript", "TypeScript", "TSX", "JSX"})
"""Languages in which whatever is used is imported by somebody; elsewhere a package, a class path,
a linker or an autoloader finds files."""

ORPHAN_LINES: Final = 20
"""Shorter files are often there for their name alone."""

ORPHAN_SHARE: Final = 0.05
ORPHAN_FILES: Final = 2
"""Where more of a language's files than both are imported by nobody, or most of them are, the
project is loaded by other means, or a library that others import."""

# Frameworks and hosts load what lies in such directories by name.
_LOADED_BY_PURPOSE = frozenset(
    {"command line", "controllers", "hooks", "interface", "jobs", "plugins"}
)
_LOADED_BELOW = frozenset(
    {"app", "functions", "islands", "layouts", "management", "pages", "public", "views"}
)
_LOADED_STEMS = frozenset(
    {"admin", "apps", "asgi", "celery", "conf", "config", "conftest", "fabfile", "gulpfile"}
    | {"gunicorn", "locustfile", "manage", "middleware", "noxfile", "server", "settings", "setup"}
    | {"sitecustomize", "tasks", "urls", "usercustomize", "versioneer", "wsgi"}
)
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts", ".pyi")
_LOADED_PARTS = (
    *(".config.", ".conf.", ".setup.", ".stories.", ".story.", ".worker.", "rc.js"),
    *("plugin", "hook"),
)


def orphans(base: CodeBase, entry_points: Collection[str]) -> Iterator[Finding]:
    """Files of the product that nobody imports and that nothing else is known to load.

    Left out are entry points, what can be started, files at the root, packages' own files,
    declarations, configuration, scripts, examples and the like, what frameworks load by its name
    or directory, what lies beside a file that loads modules by name, and languages of which too
    many files would be told, see `ORPHAN_FILES`.
    """
    known = frozenset(entry_points)
    loading = loading_directories(base)
    imports = Counter(map(itemgetter(0), base.edges))
    used = set(map(itemgetter(1), base.edges))
    imported: Counter[str] = Counter()
    total: Counter[str] = Counter()
    unused: defaultdict[str, list[int]] = defaultdict(list)
    for number, file in enumerate(base.files):
        if file.language in ORPHAN_LANGUAGES and is_product(file.path, file.category):
            total[file.language] += 1
            if number in used:
                imported[file.language] += 1
            elif not (
                file.failure or directory_of(file.path) in loading or _is_loaded(file, known)
            ):
                unused[file.language].append(number)
    for language, numbers in unused.items():
        most = max(ORPHAN_FILES, int(ORPHAN_SHARE * total[language]))
        if len(numbers) <= most and imported[language] * 2 >= total[language]:
            yield from (_finding(base.files[each], imports[each]) for each in numbers)


def _is_loaded(file: CodeFile, entry_points: frozenset[str]) -> bool:
    path = file.path
    directory, _, name = path.rpartition("/")
    return (
        not directory
        or file.lines < ORPHAN_LINES
        or path in entry_points
        or "main" in file.marks
        or (file.language == "Python" and not stem(path).isidentifier())
        or is_package_file(path)
        or name.endswith(_DECLARATIONS)
        or stem(path) in _LOADED_STEMS
        or any(part in name for part in _LOADED_PARTS)
        or not _LOADED_BY_PURPOSE.isdisjoint(purposes_above(directory))
        or not _LOADED_BELOW.isdisjoint(directory.split("/"))
    )


def _finding(file: CodeFile, imports: int) -> Finding:
    return ORPHAN.found(
        file.path,
        f"No file imports it, and nothing else is known to load its {file.lines} lines.",
        {"lines": file.lines, "imports": imports},
    )
