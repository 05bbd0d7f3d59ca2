"""Layouts and frameworks that the paths of a project alone give away."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

__all__ = ["bears_sign", "detect_patterns"]

_SHOWN = 10


class _Pattern(NamedTuple):
    """A row of the table.

    Attributes:
        rule: Stable id.
        name: For people.
        confidence: How sure one sign makes it.
        sign: Regular expression for the end of ``/path``; what is behind its last slash is for the
            whole file name.
        needs: Another sign that has to be somewhere in the project too.
        least: Files that have to bear the sign.
        lacks: A sign that must be nowhere in the project.
    """

    rule: str
    name: str
    confidence: float
    sign: str
    description: str
    needs: str = ""
    least: int = 1
    lacks: str = ""


_YAML = r"\.ya?ml"
_JS = r"\.[cm]?[jt]s"
_PATTERNS = (
    _Pattern("python-src", "Python src layout", 0.95, r"^/src/[^/]+/__init__\.py",
             "Python packages below src/.", r"/(?:pyproject\.toml|setup\.(?:py|cfg))"),
    _Pattern("python-flat", "Python flat layout", 0.85,
             r"^/(?!(?:src|tests?|docs?)$)[^/]+/__init__\.py",
             "Python packages at the root.", r"^/(?:pyproject\.toml|setup\.(?:py|cfg))"),
    _Pattern("python-namespace", "Python namespace package", 0.8,
             r"^/src/[^/]+/[^/]+/__init__\.py", "Python packages of a namespace below src/.",
             r"/(?:pyproject\.toml|setup\.(?:py|cfg))", lacks=r"^/src/[^/]+/__init__\.py"),
    _Pattern("go-module", "Go module", 1.0, r"/go\.mod", "A Go module."),
    _Pattern("go-workspace", "Go workspace", 1.0, r"/go\.work", "Go modules in a workspace."),
    _Pattern("cargo", "Cargo package", 1.0, r"/Cargo\.toml", "A Rust package built by Cargo."),
    _Pattern("cargo-workspace", "Cargo workspace", 0.85, r"^(?:/[^/]+)+/Cargo\.toml",
             "Several Rust packages below one Cargo.toml.", r"^/Cargo\.toml", 2),
    _Pattern("maven", "Maven project", 1.0, r"/pom\.xml", "Built by Maven."),
    _Pattern("maven-modules", "Maven modules", 0.9, r"^(?:/[^/]+)+/pom\.xml",
             "Several Maven modules below one pom.xml.", r"^/pom\.xml"),
    _Pattern("gradle", "Gradle project", 1.0, r"/(?:build|settings)\.gradle(?:\.kts)?",
             "Built by Gradle."),
    _Pattern("npm", "npm package", 1.0, r"/package\.json", "A JavaScript package."),
    _Pattern("npm-monorepo", "JavaScript monorepo", 0.85,
             r"^/(?:packages|apps|libs|services)/[^/]+/package\.json",
             "Several JavaScript packages below one package.json.", r"^/package\.json", 2),
    _Pattern("js-workspace", "JavaScript workspace", 0.95,
             r"^/(?:pnpm-workspace\.yaml|lerna\.json|nx\.json|turbo\.json|rush\.json)",
             "A workspace of JavaScript packages."),
    _Pattern("dotnet", ".NET solution", 1.0, r"/.+\.(?:sln|csproj|fsproj)", "Built by .NET."),
    _Pattern("composer", "Composer package", 1.0, r"/composer\.json", "A PHP package."),
    _Pattern("bundler", "Ruby project", 0.95, r"/Gemfile", "Ruby with Bundler."),
    _Pattern("swift-package", "Swift package", 1.0, r"/Package\.swift", "A Swift package."),
    _Pattern("mix", "Elixir project", 1.0, r"/mix\.exs", "Elixir, built by Mix."),
    _Pattern("cmake", "CMake project", 1.0, r"/CMakeLists\.txt", "Built by CMake."),
    _Pattern("meson", "Meson project", 1.0, r"/meson\.build", "Built by Meson."),
    _Pattern("bazel", "Bazel workspace", 0.95, r"/(?:WORKSPACE|MODULE)(?:\.bazel)?",
             "Built by Bazel.", r"/BUILD(?:\.bazel)?"),
    _Pattern("make", "Make", 0.9, r"/(?:GNU)?[Mm]akefile", "Tasks run by Make."),
    _Pattern("dagster", "Dagster", 0.95, r"/(?:dagster|workspace|dagster_cloud)\.yaml",
             "Data assets orchestrated by Dagster."),
    _Pattern("airflow", "Airflow", 0.8, r"/airflow\.cfg", "Workflows for Airflow."),
    _Pattern("dbt", "dbt", 1.0, r"/dbt_project\.yml", "Transformations in dbt."),
    _Pattern("django", "Django", 0.8, r"/manage\.py", "A Django site."),
    _Pattern("alembic", "Alembic", 0.95, r"/(?:alembic\.ini|script\.py\.mako)",
             "Database migrations with Alembic."),
    _Pattern("rails", "Ruby on Rails", 0.95, r"/config/(?:routes|application)\.rb", "A Rails site.",
             r"/Gemfile"),
    _Pattern("laravel", "Laravel", 0.95, r"/artisan", "A Laravel site.", r"/composer\.json"),
    _Pattern("spring-boot", "Spring Boot", 0.7,
             rf"/src/main/resources/application(?:-\w+)?(?:\.properties|{_YAML})",
             "A Spring Boot application."),
    _Pattern("nextjs", "Next.js", 0.95, rf"/next\.config{_JS}", "A Next.js site."),
    _Pattern("nuxt", "Nuxt", 0.95, rf"/nuxt\.config{_JS}", "A Nuxt site."),
    _Pattern("angular", "Angular", 0.95, r"/angular\.json", "An Angular application."),
    _Pattern("svelte", "Svelte", 0.95, rf"/svelte\.config{_JS}", "A Svelte application."),
    _Pattern("vite", "Vite", 0.95, rf"/vite\.config{_JS}", "Bundled by Vite."),
    _Pattern("webpack", "webpack", 0.95, rf"/webpack(?:\.[\w-]+)?\.config{_JS}",
             "Bundled by webpack."),
    _Pattern("typescript", "TypeScript", 0.95, r"/tsconfig(?:\.\w+)?\.json", "TypeScript."),
    _Pattern("jest", "Jest", 0.95, rf"/jest\.config(?:{_JS}|\.json)", "Tests run by Jest."),
    _Pattern("playwright", "Playwright", 0.95, rf"/playwright\.config{_JS}", "Browser tests."),
    _Pattern("docker", "Docker", 0.95, r"/(?:.+\.)?(?:Dockerfile|Containerfile)(?:\..+)?",
             "Container images."),
    _Pattern("compose", "Docker Compose", 0.95, rf"/(?:docker-)?compose(?:\.[\w-]+)?{_YAML}",
             "Containers run together by Compose."),
    _Pattern("helm", "Helm chart", 1.0, r"/Chart\.yaml", "A Helm chart for Kubernetes."),
    _Pattern("kubernetes", "Kubernetes", 0.8,
             rf"/(?:k8s|kubernetes|manifests)(?:/.*)?/.+{_YAML}",
             "Kubernetes manifests."),
    _Pattern("kustomize", "Kustomize", 1.0, rf"/kustomization{_YAML}",
             "Kubernetes manifests put together by Kustomize."),
    _Pattern("terraform", "Terraform", 0.95, r"/.+\.tf", "Infrastructure in Terraform."),
    _Pattern("ansible", "Ansible", 0.85, r"/ansible\.cfg",
             "Machines set up by Ansible."),
    _Pattern("github-actions", "GitHub Actions", 1.0, rf"/\.github/workflows/.+{_YAML}",
             "Continuous integration in GitHub Actions."),
    _Pattern("gitlab-ci", "GitLab CI", 1.0, rf"^/\.gitlab-ci{_YAML}",
             "Continuous integration in GitLab."),
    _Pattern("circleci", "CircleCI", 1.0, rf"^/\.circleci/config{_YAML}",
             "Continuous integration in CircleCI."),
    _Pattern("jenkins", "Jenkins", 1.0, r"/Jenkinsfile", "Continuous integration in Jenkins."),
    _Pattern("pytest", "pytest", 0.9, r"/(?:pytest\.ini|conftest\.py)", "Tests run by pytest."),
    _Pattern("tox", "tox", 1.0, r"/tox\.ini", "Tests in several environments, run by tox."),
    _Pattern("nox", "nox", 1.0, r"/noxfile\.py", "Tasks run by nox."),
    _Pattern("pre-commit", "pre-commit", 1.0, rf"/\.pre-commit-config{_YAML}",
             "Checks before each commit."),
    _Pattern("sphinx", "Sphinx", 0.9, r"/docs?(?:/source)?/conf\.py", "Documentation in Sphinx."),
    _Pattern("mkdocs", "MkDocs", 1.0, rf"/mkdocs{_YAML}", "Documentation in MkDocs."),
    _Pattern("docusaurus", "Docusaurus", 1.0, rf"/docusaurus\.config{_JS}",
             "Documentation in Docusaurus."),
    _Pattern("grpc", "Protocol Buffers", 0.9, r"/.+\.proto", "Interfaces in Protocol Buffers."),
    _Pattern("openapi", "OpenAPI", 0.9, rf"/(?:openapi|swagger)(?:\.json|{_YAML})",
             "An HTTP interface described in OpenAPI."),
    _Pattern("jupyter", "Jupyter notebooks", 0.95, r"/.+\.ipynb", "Notebooks."),
)  # fmt: skip


_SIGNS = sorted({sign for row in _PATTERNS for sign in (row.sign, row.needs, row.lacks) if sign})
_PARTS = {
    sign: (re.compile(f"(?:{place})$") if place else None, re.compile(name))
    for sign in _SIGNS
    for place, _, name in [sign.rpartition("/")]
}
_ANY_NAME = re.compile("|".join(sorted({name.pattern for _, name in _PARTS.values()})))


def detect_patterns(paths: Iterable[str]) -> list[dict[str, Any]]:
    """Layouts and frameworks of a project.

    Args:
        paths: Of all its files, relative to the root.

    Returns:
        Sorted by name: ``{name, confidence, affected_files, description, rule}``, confidence from
        0 to 1, at most ten files, the least deep ones first.
    """
    bearers = _bearers(paths)
    found = []
    for row in _PATTERNS:
        files = bearers.get(row.sign, [])
        if len(files) < row.least or (row.needs and row.needs not in bearers):
            continue
        if row.lacks and row.lacks in bearers:
            continue
        shown = sorted(files, key=lambda path: (path.count("/"), path))[:_SHOWN]
        found.append(
            {
                "name": row.name,
                "confidence": row.confidence,
                "affected_files": shown,
                "description": row.description,
                "rule": row.rule,
            }
        )
    return sorted(found, key=lambda pattern: str(pattern["name"]))


def _bearers(paths: Iterable[str]) -> dict[str, list[str]]:
    """The files that bear each sign; signs without any are left out."""
    by_name: dict[str, list[str]] = {}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        directory, slash, name = path.rpartition("/")
        signs = by_name.get(name)
        if signs is None:
            signs = by_name[name] = _signs(name)
        for sign in signs:
            place = _PARTS[sign][0]
            if place is None or place.search(slash + directory):
                found[sign].append(path)
    return dict(found)


def bears_sign(name: str) -> bool:
    """Whether a file of that name matters to any pattern; the others can be left out."""
    return bool(_signs(name))


@lru_cache(maxsize=1 << 16)
def _signs(name: str) -> list[str]:
    if not _ANY_NAME.fullmatch(name):
        return []
    return [sign for sign, (_, pattern) in _PARTS.items() if pattern.fullmatch(name)]
