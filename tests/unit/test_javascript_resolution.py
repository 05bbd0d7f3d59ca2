"""Where imports of JavaScript and TypeScript lead: as Node, TypeScript and bundlers find it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.facts import NOTHING, Import
from onextree.intelligence.resolution.javascript import make_resolver
from onextree.intelligence.resolution.model import UNRESOLVED, Project, Resolved

Configs = Mapping[str, Any]


def resolved(
    paths: str, path: str, target: str, configs: Configs | None = None, kind: str = "import"
) -> Resolved:
    """Where an import of a file leads.

    Args:
        paths: Of the other files, with blanks between them.
        path: Of the file.
        target: As it is written.
        configs: Of configuration files the text, or what is written as JSON.
    """
    contents = {
        name: (text if isinstance(text, str) else json.dumps(text)).encode()
        for name, text in (configs or {}).items()
    }
    project = Project(sorted({*paths.split(), path, *contents}), contents, {})
    return make_resolver(project).resolve(path, Import(target, 1, kind), NOTHING)


@pytest.mark.parametrize(
    ("paths", "target", "expected"),
    [
        ("src/x.ts", "./x", "src/x.ts"),
        ("src/x.tsx", "./x", "src/x.tsx"),
        ("src/x.mts", "./x", "src/x.mts"),
        ("src/x.js", "./x", "src/x.js"),
        ("src/x.vue", "./x", "src/x.vue"),
        ("src/x.json", "./x", "src/x.json"),
        ("src/x.ts src/x.js", "./x", "src/x.ts"),
        ("src/x.ts src/x/index.ts", "./x", "src/x.ts"),
        ("src/x.ts src/x/index.ts", "./x/", "src/x/index.ts"),
        ("src/x/index.tsx", "./x", "src/x/index.tsx"),
        ("src/index.ts src.ts", ".", "src/index.ts"),
        ("src/index.ts src.ts", "./", "src/index.ts"),
        ("index.ts", "..", "index.ts"),
        ("x.ts", "../x", "x.ts"),
        ("lib/x.ts", "../lib/./y/../x", "lib/x.ts"),
        ("src/x.ts", "./x.ts", "src/x.ts"),
        ("src/x.ts", "./x.js", "src/x.ts"),
        ("src/x.tsx", "./x.js", "src/x.tsx"),
        ("src/x.tsx", "./x.jsx", "src/x.tsx"),
        ("src/x.mts", "./x.mjs", "src/x.mts"),
        ("src/x.cts", "./x.cjs", "src/x.cts"),
        ("src/x.ts src/x.js", "./x.js", "src/x.ts"),
        ("src/x.js.ts", "./x.js", "src/x.js.ts"),
        ("src/x.service.ts", "./x.service", "src/x.service.ts"),
        ("src/x.css", "./x.css", "src/x.css"),
        ("src/x.svg", "./x.svg?url", "src/x.svg"),
        ("src/x.ts", "./x?worker", "src/x.ts"),
        ("src/x?y.ts", "./x?y", "src/x?y.ts"),
        ("src/[id]/page.tsx", "./[id]/page", "src/[id]/page.tsx"),
    ],
)
def test_a_path_leads_to_the_file_that_typescript_takes(
    paths: str, target: str, expected: str
) -> None:
    assert resolved(paths, "src/main.ts", target) == Resolved((expected,))


@pytest.mark.parametrize("target", ["./y", "../../out", "..", "./x.js/z", "./", "./x.css", "./X"])
def test_a_path_that_leads_nowhere_is_unresolved(target: str) -> None:
    assert resolved("src/x.ts", "src/main.ts", target) is UNRESOLVED


def test_a_hidden_directory_is_a_directory() -> None:
    found = resolved(".storybook/x.ts", ".storybook/main.ts", "./x")
    assert found == Resolved((".storybook/x.ts",))


def test_javascript_takes_its_own_files_first() -> None:
    both = "x.ts x.js"
    assert resolved(both, "main.js", "./x") == Resolved(("x.js",))
    assert resolved(both, "main.js", "./x.js") == Resolved(("x.js",))
    assert resolved("x.ts", "main.js", "./x.js") == Resolved(("x.ts",))


def test_a_declaration_leads_on_to_the_code_that_it_declares() -> None:
    assert resolved("x.d.ts x.js", "main.ts", "./x") == Resolved(("x.d.ts", "x.js"))
    assert resolved("x.d.mts x.mjs", "main.ts", "./x.mjs") == Resolved(("x.d.mts", "x.mjs"))
    assert resolved("x.d.ts x.js", "main.js", "./x") == Resolved(("x.js",))
    assert resolved("x.d.ts", "main.ts", "./x") == Resolved(("x.d.ts",))


def test_a_reference_in_a_comment_is_a_path_with_a_dot_or_without() -> None:
    for target in ("x.d.ts", "./x.d.ts"):
        assert resolved("x.d.ts", "main.ts", target, kind="include") == Resolved(("x.d.ts",))


def test_a_directory_leads_to_what_its_manifest_names() -> None:
    configs = {"lib/package.json": {"main": "./start.js"}}
    files = "lib/start.js lib/index.js"
    assert resolved(files, "main.js", "./lib", configs) == Resolved(("lib/start.js",))
    assert resolved("lib/index.js", "main.js", "./lib", configs) == Resolved(("lib/index.js",))
    assert resolved("lib/src/start.ts", "main.ts", "./lib", configs) == Resolved(
        ("lib/src/start.ts",)
    )


@pytest.mark.parametrize(
    ("target", "external"),
    [
        ("react", "react"),
        ("react/jsx-runtime", "react"),
        ("@scope/name", "@scope/name"),
        ("@scope/name/deep/x.js", "@scope/name"),
        ("node:fs", "node:fs"),
        ("node:fs/promises", "node:fs"),
        ("bun:test", "bun:test"),
        ("npm:chalk@5", "npm:chalk@5"),
        ("https://deno.land/std/x.ts", "https://deno.land"),
        ("src", "src"),
        ("toString", "toString"),
    ],
)
def test_other_names_are_packages_from_outside(target: str, external: str) -> None:
    assert resolved("src/index.ts", "src/main.ts", target) == Resolved(external=external)


PATHS = {
    "compilerOptions": {
        "paths": {
            "@/*": ["./src/*"],
            "@app/*": ["./src/app/*", "./generated/*"],
            "@app/deep/*": ["./deep/*"],
            "exact": ["./src/exact/main.ts"],
            "*.css": ["./styles/*.css"],
            "vendored": ["./node_modules/vendored"],
        }
    }
}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("@/x", Resolved(("src/x.ts",))),
        ("@/x.js", Resolved(("src/x.ts",))),
        ("@/app", Resolved(("src/app/index.ts",))),
        ("@app/y", Resolved(("generated/y.ts",))),
        ("@app/deep/z", Resolved(("deep/z.ts",))),
        ("@app/deep/y", UNRESOLVED),
        ("@app/missing", UNRESOLVED),
        ("@/../../out", UNRESOLVED),
        ("exact", Resolved(("src/exact/main.ts",))),
        ("exact/more", Resolved(external="exact")),
        ("main.css", Resolved(("styles/main.css",))),
        ("vendored", Resolved(external="vendored")),
        ("react", Resolved(external="react")),
    ],
)
def test_names_of_paths_lead_where_the_configuration_says(target: str, expected: Resolved) -> None:
    files = "src/x.ts src/app/index.ts generated/y.ts deep/z.ts src/exact/main.ts styles/main.css"
    assert resolved(files, "src/main.ts", target, {"tsconfig.json": PATHS}) == expected


def test_a_pattern_of_every_name_leaves_packages_outside() -> None:
    configs = {"tsconfig.json": {"compilerOptions": {"paths": {"*": ["./typings/*"]}}}}
    files = "typings/x.d.ts"
    assert resolved(files, "main.ts", "x", configs) == Resolved(("typings/x.d.ts",))
    assert resolved(files, "main.ts", "react", configs) == Resolved(external="react")


def test_a_name_of_paths_that_is_asked_for_as_a_package_is_outside() -> None:
    configs = {
        "tsconfig.json": {"compilerOptions": {"paths": {"@acme/*": ["./libs/*/src"]}}},
        "package.json": {"devDependencies": {"@acme/tools": "^1"}},
    }
    assert resolved("", "main.ts", "@acme/tools", configs) == Resolved(external="@acme/tools")
    assert resolved("", "main.ts", "@acme/other", configs) is UNRESOLVED


def test_names_are_looked_for_below_the_base_url() -> None:
    configs = {"tsconfig.json": {"compilerOptions": {"baseUrl": "./src"}}}
    files = "src/app/x.ts"
    assert resolved(files, "src/main.ts", "app/x", configs) == Resolved(("src/app/x.ts",))
    assert resolved(files, "src/main.ts", "react", configs) == Resolved(external="react")


def test_the_nearest_configuration_counts() -> None:
    configs = {
        "tsconfig.json": {"compilerOptions": {"paths": {"~x": ["./x.ts"]}}},
        "web/tsconfig.json": {"compilerOptions": {"paths": {"~x": ["./y.ts"]}}},
        "old/jsconfig.json": {"compilerOptions": {"paths": {"~x": ["./z.js"]}}},
        "bare/tsconfig.json": {},
    }
    files = "x.ts web/y.ts old/z.js"
    assert resolved(files, "lib/main.ts", "~x", configs) == Resolved(("x.ts",))
    assert resolved(files, "web/deep/main.ts", "~x", configs) == Resolved(("web/y.ts",))
    assert resolved(files, "old/main.js", "~x", configs) == Resolved(("old/z.js",))
    assert resolved(files, "bare/main.ts", "~x", configs) == Resolved(external="~x")


@pytest.mark.parametrize(
    "extends", ["../tsconfig.base.json", "../tsconfig.base", ["./other.json", "../tsconfig.base"]]
)
def test_a_configuration_has_what_it_extends(extends: object) -> None:
    configs = {
        "tsconfig.base.json": {"compilerOptions": {"paths": {"~/*": ["./src/*"]}}},
        "web/tsconfig.json": {"extends": extends, "compilerOptions": {"strict": True}},
    }
    assert resolved("src/x.ts", "web/main.ts", "~/x", configs) == Resolved(("src/x.ts",))


def test_what_a_configuration_sets_itself_counts_before_what_it_extends() -> None:
    configs = {
        "tsconfig.base.json": {
            "compilerOptions": {"baseUrl": ".", "paths": {"~/*": ["x/*"], "-/*": ["x/*"]}}
        },
        "web/tsconfig.json": {
            "extends": "../tsconfig.base.json",
            "compilerOptions": {"baseUrl": ".", "paths": {"~/*": ["y/*"]}},
        },
    }
    files = "x/a.ts web/y/a.ts"
    assert resolved(files, "web/main.ts", "~/a", configs) == Resolved(("web/y/a.ts",))
    assert resolved(files, "web/main.ts", "-/a", configs) == Resolved(external="-")


def test_paths_may_begin_at_the_configuration_that_is_extended_from() -> None:
    configs = {
        "tsconfig.base.json": {"compilerOptions": {"paths": {"~/*": ["${configDir}/src/*"]}}},
        "web/tsconfig.json": {"extends": "../tsconfig.base.json"},
    }
    assert resolved("web/src/x.ts src/x.ts", "web/main.ts", "~/x", configs) == Resolved(
        ("web/src/x.ts",)
    )


def test_a_configuration_of_references_stands_for_those() -> None:
    configs = {
        "tsconfig.json": {
            "files": [],
            "references": [{"path": "./tsconfig.node.json"}, {"path": "./tsconfig.app.json"}],
        },
        "tsconfig.node.json": {},
        "tsconfig.app.json": {"compilerOptions": {"paths": {"~/*": ["./src/*"]}}},
    }
    assert resolved("src/x.ts", "src/main.ts", "~/x", configs) == Resolved(("src/x.ts",))


def test_configurations_that_extend_each_other_are_read_once() -> None:
    configs = {
        "tsconfig.json": {"extends": "./tsconfig.a.json"},
        "tsconfig.a.json": {
            "extends": "./tsconfig.json",
            "compilerOptions": {"paths": {"~/*": ["./src/*"]}},
        },
    }
    assert resolved("src/x.ts", "main.ts", "~/x", configs) == Resolved(("src/x.ts",))


def test_root_directories_are_one() -> None:
    configs = {"tsconfig.json": {"compilerOptions": {"rootDirs": ["src", "generated/types"]}}}
    assert resolved("generated/types/a/x.ts", "src/a/main.ts", "./x", configs) == Resolved(
        ("generated/types/a/x.ts",)
    )
    assert resolved("src/a/x.ts", "generated/types/main.ts", "./a/x", configs) == Resolved(
        ("src/a/x.ts",)
    )


def test_a_configuration_may_have_comments_and_trailing_commas() -> None:
    text = """\ufeff{
      // "paths": a comment
      "compilerOptions": { /* "baseUrl": "x", */
        "paths": { "//*": ["./no"], "~/*": ["./src/*",], }, // ","
      },
    }"""
    assert resolved("src/x.ts", "main.ts", "~/x", {"tsconfig.json": text}) == Resolved(
        ("src/x.ts",)
    )


WORKSPACE: Configs = {
    "package.json": {"name": "root", "workspaces": ["packages/*", "!packages/private"]},
    "packages/ui/package.json": {"name": "@acme/ui", "main": "./dist/index.js"},
    "packages/core/package.json": {
        "name": "core",
        "exports": {
            ".": {"types": "./dist/index.d.ts", "default": {"import": "./dist/index.mjs"}},
            "./deep": "./lib/esm/deep.js",
            "./features/*": {"import": "./dist/features/*.js"},
            "./features/hidden/*": None,
            "./package.json": "./package.json",
        },
    },
    "packages/private/package.json": {"name": "private", "main": "x.js"},
    "examples/react/package.json": {"name": "react", "main": "x.js"},
}
WORKSPACE_FILES = (
    "packages/ui/src/index.tsx packages/ui/src/button.tsx packages/ui/styles.css"
    " packages/core/src/index.ts packages/core/src/deep.ts packages/core/src/features/a/b.ts"
    " packages/core/src/features/hidden/c.ts packages/core/src/other.ts"
    " packages/private/x.js examples/react/x.js"
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("@acme/ui", Resolved(("packages/ui/src/index.tsx",))),
        ("@acme/ui/button", Resolved(("packages/ui/src/button.tsx",))),
        ("@acme/ui/dist/button", Resolved(("packages/ui/src/button.tsx",))),
        ("@acme/ui/styles.css", Resolved(("packages/ui/styles.css",))),
        ("@acme/ui/missing", UNRESOLVED),
        ("core", Resolved(("packages/core/src/index.ts",))),
        ("core/deep", Resolved(("packages/core/src/deep.ts",))),
        ("core/features/a/b", Resolved(("packages/core/src/features/a/b.ts",))),
        ("core/package.json", Resolved(("packages/core/package.json",))),
        ("private", Resolved(external="private")),
        ("react", Resolved(external="react")),
    ],
)
@pytest.mark.parametrize("importer", ["packages/app/src/main.ts", "scripts/main.ts"])
def test_packages_of_a_workspace_know_each_other(
    target: str, expected: Resolved, importer: str
) -> None:
    assert resolved(WORKSPACE_FILES, importer, target, WORKSPACE) == expected


@pytest.mark.parametrize(
    "workspace",
    [
        {"package.json": {"workspaces": {"packages": ["libs/**"]}}},
        {"pnpm-workspace.yaml": "packages:\n  - 'libs/**' # all\n"},
        {"pnpm-workspace.yaml": "packages: ['./libs/{a,b}/']"},
    ],
)
def test_workspaces_of_yarn_and_pnpm_are_known(workspace: Configs) -> None:
    configs = {**workspace, "libs/a/package.json": {"name": "a"}}
    assert resolved("libs/a/index.js", "main.js", "a", configs) == Resolved(("libs/a/index.js",))


def test_a_workspace_is_not_known_outside_of_it() -> None:
    configs = {
        "web/package.json": {"workspaces": ["*"]},
        "web/a/package.json": {"name": "a"},
    }
    assert resolved("web/a/index.js", "main.js", "a", configs) == Resolved(external="a")


def test_what_is_built_and_in_the_tree_counts_before_its_source() -> None:
    files = f"{WORKSPACE_FILES} packages/ui/dist/index.js"
    assert resolved(files, "main.js", "@acme/ui", WORKSPACE) == Resolved(
        ("packages/ui/dist/index.js",)
    )


def test_a_package_knows_itself() -> None:
    configs = {"lib/package.json": {"name": "me", "exports": {"./x": "./dist/x.js"}}}
    files = "lib/src/x.ts"
    assert resolved(files, "lib/test/main.ts", "me/x", configs) == Resolved(("lib/src/x.ts",))
    assert resolved(files, "main.ts", "me/x", configs) == Resolved(external="me")


def test_a_dependency_on_a_directory_leads_there() -> None:
    configs = {
        "app/package.json": {"dependencies": {"a": "file:../libs/a", "b": "link:../../out"}},
        "libs/a/package.json": {"name": "other"},
    }
    files = "libs/a/index.js"
    assert resolved(files, "app/main.js", "a", configs) == Resolved(("libs/a/index.js",))
    assert resolved(files, "app/main.js", "b", configs) == Resolved(external="b")


def test_names_with_a_hash_are_those_of_the_package() -> None:
    configs = {
        "package.json": {
            "imports": {
                "#x": "./src/x.js",
                "#lib/*": {"node": "./lib/*.js", "default": "./lib/*-browser.js"},
                "#dep": {"node": "left-pad", "default": "./polyfill.js"},
                "#fs": "node:fs",
                "#cycle": "#cycle",
            }
        }
    }
    files = "src/x.ts lib/a-browser.js polyfill.js"
    assert resolved(files, "src/main.ts", "#x", configs) == Resolved(("src/x.ts",))
    assert resolved(files, "src/main.ts", "#lib/a", configs) == Resolved(("lib/a-browser.js",))
    assert resolved(files, "src/main.ts", "#dep", configs) == Resolved(("polyfill.js",))
    assert resolved(files, "src/main.ts", "#fs", configs) == Resolved(external="node:fs")
    assert resolved(files, "src/main.ts", "#cycle", configs) is UNRESOLVED
    assert resolved(files, "src/main.ts", "#unknown", configs) is UNRESOLVED


def test_usual_aliases_lead_to_the_sources_of_the_package() -> None:
    configs: Configs = {"web/package.json": {}}
    files = "web/src/a/x.js web/app/y.vue web/public/logo.svg src/z.js"
    importer = "web/src/main.js"
    assert resolved(files, importer, "@/a/x", configs) == Resolved(("web/src/a/x.js",))
    assert resolved(files, importer, "~/y", configs) == Resolved(("web/app/y.vue",))
    assert resolved(files, importer, "/src/a/x", configs) == Resolved(("web/src/a/x.js",))
    assert resolved(files, importer, "/logo.svg", configs) == Resolved(("web/public/logo.svg",))
    assert resolved(files, importer, "@/missing", configs) is UNRESOLVED


def test_a_manifest_in_node_modules_is_none_of_the_projects() -> None:
    configs = {
        "package.json": {"workspaces": ["**"]},
        "node_modules/a/package.json": {"name": "a"},
    }
    assert resolved("node_modules/a/index.js", "main.js", "a", configs) == Resolved(external="a")


KEYS = [
    *("name", "main", "exports", "imports", "workspaces", "packages", "dependencies", "path"),
    *("compilerOptions", "paths", "baseUrl", "rootDirs", "extends", "references"),
    *(".", "./x", "./*", "#x", "#*", "x", "*", "**", "x*x"),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(["./x", "../x", "*", "./*", "x", ".", "", "{", "!"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
TARGETS = ["./x", "..", ".", "x", "x/y", "#x", "#", "@/x", "/", "//", "@", "?", ":", "./?", "\0"]


@given(
    st.fixed_dictionaries({"package.json": JSON, "x/package.json": JSON}),
    st.fixed_dictionaries({"tsconfig.json": JSON, "x/tsconfig.json": JSON}),
    st.text(alphabet='{}[]":,/*\\\n x&*-', max_size=30),
    st.sampled_from(TARGETS),
)
def test_whatever_a_configuration_says_an_import_leads_to_files_or_out(
    manifests: dict[str, object], configurations: dict[str, object], text: str, target: str
) -> None:
    configs = {**manifests, **configurations, "pnpm-workspace.yaml": text, "jsconfig.json": text}
    found = resolved("x/x.ts x/index.js x.js src/x.ts", "x/main.ts", target, configs)
    known = {"x/x.ts", "x/index.js", "x.js", "src/x.ts", "x/main.ts", *configs}
    assert set(found.targets) <= known
    assert not (found.targets and found.external)
