"""What directories are for: by their name, by the directory above, or by what is in them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from onextree.tree.classification.model import Category

__all__ = ["directory_purpose", "purposes"]

_NAMES: Final = {
    "source": "src lib libs source sources pkg internal include cmd packages modules crates",
    "tests": "test tests __tests__ spec specs e2e testing unit integration acceptance testdata",
    "fixtures": "fixtures __fixtures__ __mocks__ mocks __snapshots__ snapshots",
    "documentation": "docs doc documentation wiki man adr",
    "examples": "examples example samples sample demo demos tutorials",
    "benchmarks": "benchmarks benchmark bench perf",
    "scripts": "scripts script bin tools tool hack utils-scripts",
    "configuration": "config configs conf settings .vscode .idea .config",
    "continuous integration": ".github .circleci .gitlab .buildkite .azure-pipelines ci",
    "deployment": "deploy deployment deployments k8s kubernetes helm charts terraform infra",
    "containers": "docker .docker .devcontainer containers",
    "migrations": "migrations migration alembic",
    "database": "db database databases sql seeds",
    "data": "data datasets dataset resources",
    "assets": "assets static public images img icons fonts media styles css",
    "templates": "templates template views layouts",
    "translations": "locale locales i18n l10n translations lang",
    "interface": "api apis rest graphql grpc proto protos schema schemas routes routers endpoints",
    "controllers": "controllers controller handlers",
    "models": "models model entities domain",
    "services": "services service usecases",
    "repositories": "repositories repository dao store stores",
    "middleware": "middleware middlewares interceptors",
    "command line": "cli commands",
    "user interface": "ui components pages widgets screens frontend web app",
    "backend": "backend server",
    "utilities": "util utils helpers helper common shared",
    "types": "types typings typing @types",
    "plugins": "plugins plugin extensions addons",
    "jobs": "jobs tasks workers pipelines sensors schedules",
    "notebooks": "notebooks notebook",
    "vendored": "vendor vendors _vendor third_party third-party thirdparty external node_modules "
    "site-packages .venv venv",
    "build": "build cmake make gradle",
    "generated": "dist out target generated gen __generated__ __pycache__ coverage htmlcov",
    "logs": "logs log",
    "hooks": "hooks .husky",
}
_PURPOSES = {name: purpose for purpose, names in _NAMES.items() for name in names.split()}
_PATHS = {".github/workflows": "continuous integration"}
_BY_CATEGORY: Mapping[Category, str] = {
    Category.SOURCE: "source",
    Category.TEST: "tests",
    Category.DOCUMENTATION: "documentation",
    Category.CONFIGURATION: "configuration",
    Category.DATA: "data",
    Category.BUILD: "build",
    Category.GENERATED: "generated",
    Category.VENDORED: "vendored",
    Category.BINARY: "assets",
}
_ROOT = "project"
_EMPTY = "other"

Categories = Mapping[str, Counter[Category]] | Callable[[str], Counter[Category]]


def directory_purpose(path: str) -> str | None:
    """The purpose that a directory's name tells, or None. The root has none."""
    found = _PATHS.get(path)
    return found or _PURPOSES.get(path[path.rfind("/") + 1 :].lower())


def purposes(directories: Iterable[str], categories: Categories) -> dict[str, str]:
    """The purpose of every directory.

    Its name tells, else that of the nearest directory above whose name does, else what most of
    the files below it are. Of equally many categories the first in `Category` wins.

    Args:
        directories: Paths relative to the root, which is ``""``.
        categories: How many files of each category are below a directory.

    Returns:
        ``{directory: purpose}``; the root is a ``project`` and a directory without files ``other``.
    """
    counts = categories if callable(categories) else categories.get
    order = {category: number for number, category in enumerate(Category)}
    named: dict[str, str | None] = {"": None}
    found: dict[str, str] = {}
    for directory in directories:
        if not directory:
            found[directory] = _ROOT
            continue
        purpose = _named(directory, named)
        if purpose is None:
            below = counts(directory)
            purpose = (
                _BY_CATEGORY[max(below, key=lambda category: (below[category], -order[category]))]
                if below
                else _EMPTY
            )
        found[directory] = purpose
    return found


def _named(directory: str, named: dict[str, str | None]) -> str | None:
    """The purpose of the nearest name that tells one; remembers what it passes."""
    passed: list[str] = []
    purpose: str | None = None
    while directory not in named:
        passed.append(directory)
        purpose = directory_purpose(directory)
        if purpose:
            break
        directory = directory.rpartition("/")[0]
    else:
        purpose = named[directory]
    for path in passed:
        named[path] = purpose
    return purpose
