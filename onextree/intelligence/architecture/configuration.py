"""Files that configure a project, and the files that say most of it."""

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from onextree.intelligence.architecture.entry_points import EntryPoint
from onextree.intelligence.architecture.sources import is_aside
from onextree.intelligence.codebase import CodeBase
from onextree.intelligence.graph.centrality import KeyFile

__all__ = ["configs", "key_files"]

_MOST: Final = 30
_NAMES: Final = (
    r"pyproject\.toml|setup\.(?:py|cfg)|requirements[\w-]*\.txt|Pipfile|environment\.ya?ml"
    r"|tox\.ini|noxfile\.py|pytest\.ini|mypy\.ini|\.?ruff\.toml|alembic\.ini"
    r"|package\.json|pnpm-workspace\.yaml|lerna\.json|nx\.json|turbo\.json|tsconfig[\w.-]*\.json"
    r"|(?:vite|next|nuxt|svelte|webpack|rollup|eslint|jest|babel|tailwind)\.config\.[cm]?[jt]s"
    r"|\.eslintrc(?:\.\w+)?|angular\.json|deno\.jsonc?"
    r"|go\.(?:mod|work)|Cargo\.toml|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?"
    r"|.+\.(?:sln|slnx|csproj|fsproj)|Directory\.Build\.props|appsettings\.json"
    r"|composer\.json|Gemfile|mix\.exs|Package\.swift|CMakeLists\.txt|meson\.build"
    r"|MODULE\.bazel|WORKSPACE|(?:GNU)?[Mm]akefile|[Jj]ustfile|Taskfile\.ya?ml"
    r"|Dockerfile|Containerfile|(?:docker-)?compose\.ya?ml|Chart\.yaml|kustomization\.ya?ml"
    r"|dagster\.yaml|workspace\.yaml|dbt_project\.yml|application\.(?:ya?ml|properties)"
    r"|\.pre-commit-config\.yaml|\.gitlab-ci\.yml|mkdocs\.yml"
)
_CONFIG: Final = re.compile(_NAMES)


def configs(base: CodeBase) -> list[str]:
    """Configuration that matters to the whole: at most thirty files, the least deep first.

    Locks of dependencies are not among them, nor what configures tests or examples alone.
    """
    found = []
    for path in base.paths:
        directory, _, name = path.rpartition("/")
        if _is_config(name) and not is_aside(directory):
            found.append(path)
    return sorted(found, key=lambda path: (path.count("/"), path))[:_MOST]


@lru_cache(maxsize=1 << 15)
def _is_config(name: str) -> bool:
    return _CONFIG.fullmatch(name) is not None


def key_files(
    entries: Iterable[EntryPoint],
    configured: Iterable[str],
    modules: Iterable[KeyFile],
    most: int = 20,
) -> list[str]:
    """The files to ask about first: entry points, key modules and configuration in turn.

    Each kind gets its turn as long as it has any; none is told twice. Scripts that only serve
    development are not among them.
    """
    kinds: Sequence[Iterable[str]] = (
        [entry.path for entry in entries if entry.kind != "script"],
        [module.path for module in modules],
        configured,
    )
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(*kinds))
    return list(dict.fromkeys(path for path in in_turn if path is not None))[:most]
