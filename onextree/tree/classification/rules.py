"""The category of a file.

The first of these that says something decides:

1. What it is: a submodule or nested repository is vendored; a symlink has the category that its
   name and directory give.
2. `.gitattributes`: ``linguist-vendored``, ``-generated``, ``-documentation``; false takes the
   category away from the rules below.
3. Its directories: vendored (linguist's rules, virtual environments), generated (linguist's rules,
   caches, `dist`, what packagers write).
4. Its name: generated (lock files, linguist's rules), build (`Makefile`, `pyproject.toml`, ...),
   vendored (linguist's rules: `jquery.js`, `*.min.css`, ...).
5. Its content: binary (a NUL among the first 8,000 bytes), generated (a marker, minified).
6. Its directories: build (continuous integration), test, configuration, documentation.
7. Its name: test (`test_*.py`, `*.spec.ts`, ...), documentation (`README`), binary (an image).
8. Its language: documentation for prose, build for `CMake`, configuration for `YAML`, ...
9. Configuration for a dot file, data for the rest.

Linguist calls vendored what no developer does, such as `.github`, `.vscode`, `cache` and `env`:
those directories and git's own files are left to the other rules.
"""

import mimetypes
import re
from functools import cache

from onextree.tree.classification.languages import Answer, Languages
from onextree.tree.classification.model import Category

__all__ = [
    "MINIFIABLE",
    "START",
    "Verdict",
    "by_directory",
    "by_language",
    "by_name",
    "by_place",
    "generated_content",
    "late_by_name",
]

Verdict = tuple[Category, str]

_NOT_VENDORED = frozenset(
    b".github .vscode .teamcity .obsidian cache env debian dist fixtures testdata".split()
)
# Directories in a row that one of linguist's rules is about, at most.
_LONGEST_RULE = 4
_VENDORED = frozenset(b".venv venv site-packages".split())
_GENERATED = frozenset(
    b"__pycache__ __generated__ .idea Pods htmlcov .sqlx dist .next .nuxt .tox .nox .cache "
    b".mypy_cache .pytest_cache .ruff_cache .hypothesis coverage".split()
)
_PACKAGERS = (b".dist-info", b".egg-info")
_PIPELINES = frozenset(b".circleci .buildkite .teamcity .azure-pipelines .woodpecker".split())
_TESTS = frozenset(
    b"test tests spec specs __tests__ __mocks__ __snapshots__ e2e testdata unittests "
    b"integration-tests integration_tests functional_tests".split()
)
_SETTINGS = frozenset(b".vscode .devcontainer .config".split())
_DOCUMENTS = frozenset(b"doc docs documentation Documentation javadoc groovydoc".split())
_DOCUMENT_NAMES = re.compile(
    rb"(?:authors|change(?:s|log)?|citation|code_of_conduct|contributing|copying|history|install"
    rb"|licen[cs]es?|news|notice|readme|security|todo)(?:[-_.].*)?",
    re.IGNORECASE | re.DOTALL,
)

_GENERATED_NAMES = frozenset(
    b"package-lock.json npm-shrinkwrap.json pnpm-lock.yaml go.sum go.work.sum .terraform.lock.hcl "
    b"Cargo.toml.orig .DS_Store".split()
)
_GENERATED_ENDINGS = (b".lock", b".pyc", b".pyo", b".class", b".o", b".obj")
_BUILD_NAMES = frozenset(
    b"Makefile makefile GNUmakefile CMakeLists.txt package.json pyproject.toml setup.py setup.cfg "
    b"constraints.txt Pipfile MANIFEST.in tox.ini noxfile.py fabfile.py dodo.py Cargo.toml go.mod "
    b"go.work pom.xml build.xml gradlew gradlew.bat gradle.properties mvnw mvnw.cmd build.rs "
    b"build.sbt build.zig Gemfile Rakefile composer.json mix.exs Package.swift Podfile Jenkinsfile "
    b"Procfile Vagrantfile Tiltfile Justfile justfile .gitlab-ci.yml .travis.yml .appveyor.yml "
    b"appveyor.yml azure-pipelines.yml .drone.yml bitbucket-pipelines.yml .pre-commit-config.yaml "
    b"SConstruct SConscript wscript configure configure.ac configure.in meson.build "
    b"meson_options.txt BUILD BUILD.bazel WORKSPACE WORKSPACE.bazel MODULE.bazel conanfile.py "
    b"conanfile.txt vcpkg.json environment.yml environment.yaml lerna.json nx.json turbo.json "
    b"angular.json pnpm-workspace.yaml buildspec.yml cloudbuild.yaml Containerfile".split()
)
_BUILD_ENDINGS = (b".csproj", b".fsproj", b".vbproj", b".vcxproj", b".sln", b".gemspec", b".gradle")
_BUILD_HINTS = (b"file", b"compose", b"requirements", b".config.", b".gradle.")
_BUILD_PATTERNS = re.compile(
    rb"(?:.+\.)?[Dd]ockerfile(?:\..+)?|(?:docker-)?compose(?:\..+)?\.ya?ml|[Mm]akefile\..+"
    rb"|(?:.+[-_])?requirements(?:[-_.].+)?\.(?:txt|in)|.+\.gradle\.kts"
    rb"|(?:webpack|vite|rollup|esbuild|metro)\.config\.[cm]?[jt]s|(?:gulp|Grunt)file\.[cm]?[jt]s"
)
_TEST_NAMES = re.compile(
    rb"test_.+\.py|.+_test\.\w+|.+_spec\.\w+|.+\.(?:test|spec)\.\w+|conftest\.py|tests\.py"
    rb"|.+Tests?\.(?:java|kt|cs|php|swift|scala|groovy)|Test[A-Z].*\.java|.+Spec\.(?:scala|groovy)"
    rb"|pytest\.ini|jest\.config\.\w+|playwright\.config\.\w+"
)

# The endings that linguist's file rules for third-party code are about.
_VENDORABLE = tuple(b".js .css .less .scss .styl .ts .m4 .mk .sub .guess .map".split())
_MARKER = re.compile(
    rb"^\W{0,8}(?:@generated\b|code generated .{0,200}do not edit|generated (?:by|from|with) "
    rb"|(?:this (?:file|code) (?:is|was|has been) )?(?:auto(?:matically)?[- ]?)?generated\b"
    rb".{0,120}(?:do not|don't|not intended))",
    re.IGNORECASE | re.MULTILINE,
)
START = 512
"""Bytes in which a mark of generated files is looked for."""

_MINIFIED_LINE = 110
MINIFIABLE = (b".js", b".css", b".mjs", b".cjs")

_BUILD_LANGUAGES = frozenset(
    {"Ant Build System", "CMake", "Dockerfile", "Earthly", "Go Checksums", "Go Module", "Gradle"}
    | {"Just", "M4Sugar", "Makefile", "Maven POM", "Meson", "Ninja", "Pip Requirements", "QMake"}
    | {"Starlark"}
)
# Linguist's type for these is data, but people write programs in them.
_SOURCE_DATA = frozenset(
    {
        "GraphQL",
        "Mermaid",
        "Protocol Buffer",
        "Protocol Buffer Text Format",
        "SQL",
        "Graphviz (DOT)",
    }
)
_PLAIN_DATA = frozenset(
    {"Checksums", "CSV", "Diff", "Gettext Catalog", "JSON", "JSON5", "JSONLD", "N-Triples", "NumPy"}
    | {"OASv2-json", "OASv3-json", "Pickle", "Public Key", "SVG", "SubRip Text", "TSV", "Turtle"}
    | {"XML", "GeoJSON", "Jest Snapshot", "Windows Registry Entries", "Wavefront Object", "WebVTT"}
)


def by_place(languages: Languages, directory: bytes) -> Verdict | None:
    """What files of a directory are, whatever they contain (rule 3).

    Of a directory below one that has such a verdict nobody needs to ask.
    """
    parts = directory.rsplit(b"/", _LONGEST_RULE)
    if len(parts) > _LONGEST_RULE:
        parts[0] = b"_"
    if parts[-1] in _VENDORED:
        return Category.VENDORED, "vendored-path"
    if parts[-1] in _GENERATED or parts[-1].endswith(_PACKAGERS):
        return Category.GENERATED, "generated-path"
    neutral = b"/".join(b"_" if part in _NOT_VENDORED else part for part in parts) + b"/_"
    if directory and languages.is_vendored(neutral):
        return Category.VENDORED, "vendored-path"
    return None


def by_directory(languages: Languages, directory: bytes) -> Verdict | None:
    """What files of a directory are unless name or content say otherwise (rule 6).

    Of a directory below one that has such a verdict nobody needs to ask.
    """
    above, _, name = directory.rpartition(b"/")
    if name in _PIPELINES or (name == b"workflows" and above.endswith(b".github")):
        return Category.BUILD, "build-path"
    if name in _TESTS:
        return Category.TEST, "test-path"
    if name in _SETTINGS:
        return Category.CONFIGURATION, "configuration-path"
    if name in _DOCUMENTS or (name and not above and languages.is_documentation(name + b"/_")):
        return Category.DOCUMENTATION, "documentation-path"
    return None


def by_name(languages: Languages, name: bytes) -> Verdict | None:
    """What a file of that name is, whatever it contains (rule 4)."""
    if name in _GENERATED_NAMES or name.endswith(_GENERATED_ENDINGS):
        return Category.GENERATED, "generated-name"
    if name in _BUILD_NAMES or name.endswith(_BUILD_ENDINGS):
        return Category.BUILD, "build-name"
    for hint in _BUILD_HINTS:
        if hint in name and _BUILD_PATTERNS.fullmatch(name):
            return Category.BUILD, "build-name"
    if name.endswith(_VENDORABLE):
        if languages.is_vendored(name):
            return Category.VENDORED, "vendored-name"
        if languages.is_generated(name, b""):
            return Category.GENERATED, "generated-name"
    return None


def late_by_name(name: bytes, answer: Answer) -> Verdict | None:
    """What a file of that name is unless content or directory say otherwise (rule 7)."""
    if (b"est" in name or b"pec" in name) and _TEST_NAMES.fullmatch(name):
        return Category.TEST, "test-name"
    if answer.kind != "programming" and _DOCUMENT_NAMES.fullmatch(name):
        return Category.DOCUMENTATION, "documentation-name"
    if answer.rule == "fallback" and _is_media(name):
        return Category.BINARY, "media-extension"
    return None


def generated_content(languages: Languages, name: bytes, head: bytes, size: int) -> Verdict | None:
    """Whether a text is generated, from its beginning (rule 5)."""
    if name.endswith(MINIFIABLE):
        lines = head.count(b"\n") + 1
        if len(head) // lines > _MINIFIED_LINE:
            return Category.GENERATED, "minified"
        if len(head) >= size and head.find(b"sourceMappingURL=", -512) >= 0:
            return Category.GENERATED, "source-map"
    start = head[:START]
    if _MARKER.search(start) or languages.is_generated(name, start):
        return Category.GENERATED, "generated-marker"
    return None


def by_language(answer: Answer, name: bytes) -> Verdict:
    """What files of a language are (rules 8 and 9)."""
    language = answer.language
    if language is None:
        dotted = name.startswith(b".")
        return (Category.CONFIGURATION, "dot-file") if dotted else (Category.DATA, "fallback")
    if language in _BUILD_LANGUAGES:
        category = Category.BUILD
    elif language in _PLAIN_DATA:
        category = Category.DATA
    elif answer.kind == "prose":
        category = Category.DOCUMENTATION
    elif answer.kind == "data" and language not in _SOURCE_DATA:
        category = Category.CONFIGURATION
    else:
        category = Category.SOURCE
    return category, answer.rule


@cache
def _media_types() -> mimetypes.MimeTypes:
    # Without the files of the machine, so that every machine says the same.
    return mimetypes.MimeTypes()


def _is_media(name: bytes) -> bool:
    suffix = name[name.rfind(b".") :].lower().decode("latin-1")
    kind = _media_types().types_map[True].get(suffix, "")
    return kind.startswith(("image/", "audio/", "video/", "font/", "application/"))
