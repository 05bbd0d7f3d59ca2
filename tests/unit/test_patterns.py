"""Layouts and frameworks are seen in the paths of a project."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.tree.classification.patterns import detect_patterns


@pytest.mark.parametrize(
    ("paths", "rules"),
    [
        (["pyproject.toml", "src/shop/__init__.py"], {"python-src"}),
        (["pyproject.toml", "shop/__init__.py", "tests/__init__.py"], {"python-flat"}),
        (["setup.py", "src/acme/shop/__init__.py"], {"python-namespace"}),
        (["pyproject.toml", "tests/__init__.py"], set()),
        (["shop/__init__.py"], set()),
        (["go.mod", "main.go"], {"go-module"}),
        (["Cargo.toml", "src/main.rs"], {"cargo"}),
        (["Cargo.toml", "a/Cargo.toml", "b/Cargo.toml"], {"cargo", "cargo-workspace"}),
        (["pom.xml", "core/pom.xml"], {"maven", "maven-modules"}),
        (["settings.gradle.kts", "app/build.gradle"], {"gradle"}),
        (
            ["package.json", "packages/a/package.json", "packages/b/package.json"],
            {"npm", "npm-monorepo"},
        ),
        (["package.json", "pnpm-workspace.yaml"], {"npm", "js-workspace"}),
        (["workspace.yaml"], {"dagster"}),
        (["site/manage.py"], {"django"}),
        (["migrations/script.py.mako"], {"alembic"}),
        (["web/next.config.mjs", "web/tsconfig.json"], {"nextjs", "typescript"}),
        (["angular.json"], {"angular"}),
        (["vite.config.ts"], {"vite"}),
        (["Dockerfile", "docker-compose.dev.yml"], {"docker", "compose"}),
        (["ops/api.Dockerfile"], {"docker"}),
        (["chart/Chart.yaml"], {"helm"}),
        (["deploy/k8s/base/api.yaml"], {"kubernetes"}),
        (["infra/main.tf"], {"terraform"}),
        ([".github/workflows/ci.yml"], {"github-actions"}),
        ([".gitlab-ci.yml", "x/.gitlab-ci.yml"], {"gitlab-ci"}),
        (["tests/conftest.py", "tox.ini"], {"pytest", "tox"}),
        ([".pre-commit-config.yaml"], {"pre-commit"}),
        (["docs/source/conf.py", "mkdocs.yml"], {"sphinx", "mkdocs"}),
        (["conf.py", "my-manage.py", "Dockerfiles", "main.tfvars", "xgo.mod"], set()),
        ([], set()),
    ],
)
def test_signs_are_seen(paths: list[str], rules: set[str]) -> None:
    assert {pattern["rule"] for pattern in detect_patterns(paths)} == rules


def test_a_pattern_tells_at_most_ten_files_the_least_deep_first() -> None:
    paths = [f"a/b/c/{number}/Dockerfile" for number in range(20)] + ["z/Dockerfile"]
    [pattern] = detect_patterns(paths)
    assert pattern["affected_files"][0] == "z/Dockerfile"
    assert len(pattern["affected_files"]) == 10
    assert set(pattern) == {"name", "confidence", "affected_files", "description", "rule"}
    assert 0 < pattern["confidence"] <= 1


@given(st.lists(st.text(alphabet="abc/.Dockerfilemkyt-\n", max_size=20)))
def test_any_paths_give_patterns_sorted_by_name(paths: list[str]) -> None:
    found = detect_patterns(paths)
    assert [pattern["name"] for pattern in found] == sorted(pattern["name"] for pattern in found)
    assert all(set(pattern["affected_files"]) <= set(paths) for pattern in found)
