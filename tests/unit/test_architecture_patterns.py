"""Patterns are seen where a project follows them, and nowhere else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.architecture.pattern import LEAST_CONFIDENCE, confidence, globs
from onextree.intelligence.architecture.patterns import Pattern, find_patterns, merge_patterns
from onextree.intelligence.architecture.signs import SIGNS
from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.tree.classification.patterns import detect_patterns
from tests.architecture import project


def rules(base: CodeBase) -> set[str]:
    return {pattern.rule for pattern in find_patterns(base)}


def one(base: CodeBase, rule: str) -> Pattern:
    return next(pattern for pattern in find_patterns(base) if pattern.rule == rule)


SHOP = {
    "shop/api/orders.py": "http-route",
    "shop/api/users.py": "http-route",
    "shop/services/orders.py": "service",
    "shop/services/users.py": "service",
    "shop/repositories/orders.py": "repository",
    "shop/repositories/users.py": "repository",
    "shop/models/order.py": "orm-model",
    "shop/models/user.py": "orm-model",
}
SHOP_IMPORTS = [
    "shop/api/orders.py shop/services/orders.py",
    "shop/api/users.py shop/services/users.py",
    "shop/services/orders.py shop/repositories/orders.py shop/repositories/users.py",
    "shop/services/users.py shop/repositories/users.py shop/models/user.py",
    "shop/repositories/orders.py shop/models/order.py",
    "shop/repositories/users.py shop/models/user.py",
]


def test_a_shop_has_repositories_below_a_service_layer_below_an_api() -> None:
    assert rules(project(SHOP, SHOP_IMPORTS)) == {"repository", "service-layer", "rest-api"}


def test_imports_the_wrong_way_make_a_pattern_less_sure() -> None:
    wrong = [*SHOP_IMPORTS, "shop/repositories/users.py shop/services/users.py shop/api/users.py"]
    right = one(project(SHOP, SHOP_IMPORTS), "repository").confidence
    assert one(project(SHOP, wrong), "repository").confidence < right


def test_a_pattern_that_most_imports_contradict_is_not_told() -> None:
    base = project(
        {f"shop/repositories/r{number}.py": "repository" for number in range(3)}
        | {f"shop/services/s{number}.py": "service" for number in range(3)},
        [
            *(
                f"shop/repositories/r{one}.py shop/services/s{other}.py"
                for one in range(3)
                for other in range(3)
            ),
            "shop/services/s0.py shop/repositories/r0.py",
        ],
    )
    assert "repository" not in rules(base)


@pytest.mark.parametrize(
    ("files", "imports"),
    [
        ({"a.py": "main", "b.py": "", "clean.py": "main cli-parser"}, ["a.py b.py"]),
        ({"repo.py": "repository", "app.py": ""}, ["app.py repo.py"]),
        ({"repositories/a.py": "repository", "repositories/b.py": "repository"}, []),
        ({"services/mail.py": "service", "services/sms.py": "service"}, []),
        ({"app/models/a.py": "orm-model", "app/models/b.py": "orm-model"}, []),
        ({"x/ports.py": "", "x/adapters.py": ""}, ["x/adapters.py x/ports.py"]),
        ({"gui/window.py": "event-handler event", "gui/menu.py": "event-handler event"}, []),
        ({"app/plugins/a.py": "", "app/plugins/b.py": ""}, []),
        ({"scripts/a.py": "cli-command", "lib/b.py": ""}, ["scripts/a.py lib/b.py"]),
        ({"examples/web.py": "http-route", "lib/b.py": ""}, ["examples/web.py lib/b.py"]),
        ({"tests/repositories/a.py": "repository", "tests/repositories/b.py": "repository",
          "tests/test_a.py": ""},
         ["tests/test_a.py tests/repositories/a.py tests/repositories/b.py"]),
        ({"a.py": "factory", "b.py": "factory", "c.py": ""}, ["c.py a.py b.py"]),
        ({"trade/a.py": "strategy", "trade/b.py": "strategy", "trade/c.py": "strategy"}, []),
        ({"node_modules_of_graph.py": "", "node_tree.py": ""}, []),
        ({"res.py": "dagster-resource"}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_a_project_that_follows_no_pattern_has_none(
    files: dict[str, str], imports: list[str]
) -> None:
    assert rules(project(files, imports)) == set()


def test_models_views_and_controllers() -> None:
    base = project(
        {
            "app/controllers/users_controller.rb": "controller",
            "app/controllers/posts_controller.rb": "controller",
            "app/models/user.rb": "orm-model",
        },
        ["app/controllers/users_controller.rb app/models/user.rb"],
        others=["app/views/users/show.html.erb"],
    )
    assert "mvc" in rules(base)
    without_views = project(
        [file.path for file in base.files],
        ["app/controllers/users_controller.rb app/models/user.rb"],
    )
    assert "mvc" not in rules(without_views)


def test_adapters_implement_ports_of_the_domain() -> None:
    files = {
        "bank/domain/account.py": "",
        "bank/domain/ports/ledger.py": "port",
        "bank/domain/ports/clock.py": "port",
        "bank/adapters/sql_ledger.py": "adapter",
        "bank/adapters/system_clock.py": "adapter",
    }
    imports = [
        "bank/adapters/sql_ledger.py bank/domain/ports/ledger.py bank/domain/account.py",
        "bank/adapters/system_clock.py bank/domain/ports/clock.py",
    ]
    assert rules(project(files, imports)) == {"hexagonal"}
    assert rules(project(files)) == set()


def test_events_are_published_and_handled() -> None:
    base = project(
        {
            "shop/bus.py": "event-publisher",
            "shop/events.py": "event",
            "shop/mail.py": "event-handler",
            "shop/stock.py": "event-handler",
        },
        ["shop/mail.py shop/events.py", "shop/stock.py shop/events.py shop/bus.py"],
    )
    assert rules(base) == {"event-driven"}


def test_plugins_stand_behind_an_abstract_one() -> None:
    files = {
        "app/base.py": "plugin-base",
        "app/plugins/png.py": "plugin",
        "app/plugins/jpeg.py": "plugin",
        "app/main.py": "main",
    }
    imports = ["app/plugins/png.py app/base.py", "app/plugins/jpeg.py app/base.py"]
    assert rules(project(files, imports)) == {"plugin"}
    known = [*imports, *["app/main.py app/plugins/png.py app/plugins/jpeg.py"] * 6]
    assert rules(project(files, known)) == set()


def test_commands_are_the_interface_of_the_rest() -> None:
    files = {
        "app/cli/build.py": "cli-framework cli-command",
        "app/cli/clean.py": "cli-framework cli-command",
        "app/core.py": "",
    }
    imports = ["app/cli/build.py app/core.py", "app/cli/clean.py app/core.py"]
    assert rules(project(files, imports)) == {"cli"}
    assert rules(project(files)) == set()


def test_pages_are_no_rest_api() -> None:
    files = {"site/views.py": "http-route"}
    assert rules(project(files)) == {"rest-api"}
    pages = [f"site/templates/{number}.html" for number in range(9)]
    assert rules(project(files, others=pages)) == set()


def test_a_dagster_project_is_told_by_its_code_and_replaces_what_paths_tell() -> None:
    base = project(
        {"flow/assets.py": "dagster-asset", "flow/definitions.py": "dagster-definitions"},
        others=["dagster.yaml"],
    )
    found = find_patterns(base)
    assert [pattern.rule for pattern in found] == ["dagster"]
    [merged] = merge_patterns(detect_patterns(base.paths), found)
    assert merged["affected_files"] == ["flow/assets.py", "flow/definitions.py"]
    assert set(merged) == {
        "rule", "name", "confidence", "affected_files", "description", "evidence"
    }  # fmt: skip


def test_patterns_of_both_kinds_are_sorted_by_name() -> None:
    base = project(SHOP, SHOP_IMPORTS, others=["pyproject.toml", "Dockerfile", "Makefile"])
    merged = merge_patterns(detect_patterns(base.paths), find_patterns(base))
    names = [entry["name"] for entry in merged]
    assert names == sorted(names)
    assert {"Docker", "Make", "Repository"} <= set(names)


def test_onex_nodes_are_less_sure_where_files_are_only_named_so() -> None:
    nodes = {"x/node_a_effect.py": "onex-node", "x/node_b_compute.py": "onex-node"}
    alone = one(project(nodes), "onex-nodes").confidence
    named = dict.fromkeys(("x/node_c.py", "x/node_d.py"), "")
    assert one(project(nodes | named), "onex-nodes").confidence < alone


def test_several_strategies_behind_one_interface() -> None:
    base = project(
        {"p/base.py": "strategy-base", "p/cheap.py": "strategy", "p/fast.py": "strategy"},
        ["p/cheap.py p/base.py", "p/fast.py p/base.py"],
    )
    assert rules(base) == {"strategy"}


def test_packages_with_manifests_are_a_monorepo_where_paths_do_not_tell_it_already() -> None:
    manifests = ["libs/a/pyproject.toml", "libs/b/pyproject.toml", "libs/c/pyproject.toml"]
    code = ["libs/a/m.py", "libs/b/m.py", "libs/c/m.py"]
    assert rules(project(code, others=manifests)) == {"monorepo"}
    assert rules(project(code, others=[path.replace("libs", "examples") for path in manifests])) \
        == set()  # fmt: skip
    in_javascript = [f"packages/{name}/package.json" for name in "abc"]
    assert rules(project([f"packages/{name}/m.ts" for name in "abc"], others=in_javascript)) \
        == set()  # fmt: skip


def test_services_with_images_of_their_own_are_microservices_unless_they_import_each_other() -> (
    None
):
    names = ["cart", "mail", "stock"]
    code = [f"services/{name}/{file}.py" for name in names for file in ("main", "util")]
    images = [f"services/{name}/Dockerfile" for name in names]
    inside = [f"services/{name}/main.py services/{name}/util.py" for name in names]
    assert rules(project(code, inside, others=images)) == {"microservices"}
    across = "services/cart/main.py services/mail/main.py services/stock/main.py"
    assert rules(project(code, [*inside, across], others=images)) == set()
    assert rules(project(code, inside, others=images[:2])) == set()


def test_a_pattern_says_why_with_at_most_ten_files() -> None:
    files = {f"shop/repositories/r{number:02}.py": "repository" for number in range(30)}
    files |= {f"shop/deep/{number}/x.py": "repository" for number in range(30)} | {"shop/m.py": ""}
    base = project(files, ["shop/m.py " + " ".join(sorted(set(files) - {"shop/m.py"}))])
    [pattern] = find_patterns(base)
    assert pattern.affected_files[0] == "shop/repositories/*.py"
    assert len(pattern.affected_files) == 10
    assert len(pattern.evidence) == 10
    assert pattern.evidence[0] == {
        "file": "shop/repositories/r00.py",
        "what": "a class named or marked as a repository",
    }


def test_several_files_of_a_kind_in_a_directory_are_told_as_one() -> None:
    assert globs(["a/x.py", "a/y.py", "a/z.py", "a/README", "b/c/q.py"]) == (
        "a/*.py",
        "a/README",
        "b/c/q.py",
    )


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_confidence_grows_with_what_agrees_and_falls_with_what_opposes(
    bearers: int, agreeing: int, opposing: int
) -> None:
    sure = confidence(bearers, agreeing, opposing)
    assert 0 <= sure < 1 or bearers > 40
    assert confidence(bearers + 1, agreeing, opposing) >= sure
    assert confidence(bearers, agreeing + 1, opposing) >= sure
    assert confidence(bearers, agreeing, opposing + 1) <= sure


PLACES = [f"{top}/{name}.py" for top in ("api", "services", "x", "models") for name in "abcd"]


@given(
    st.dictionaries(
        st.sampled_from(PLACES),
        st.lists(st.sampled_from(sorted(SIGNS)), max_size=3),
        max_size=12,
    ),
    st.data(),
)  # fmt: skip
@settings(max_examples=60)
def test_any_project_gives_bounded_patterns_whatever_the_order_of_its_imports(
    signs: dict[str, list[str]], data: st.DataObject
) -> None:
    paths = sorted(signs)
    files = [
        CodeFile(path, "Python", "source", b"", 1, 1, (), tuple(sorted(set(signs[path]))))
        for path in paths
    ]
    ends = st.integers(0, max(len(paths) - 1, 0))
    drawn = data.draw(st.lists(st.tuples(ends, ends), max_size=20, unique=True))
    edges = [Edge(a, b, 1, "import") for a, b in drawn if a != b and paths]
    found = find_patterns(CodeBase(files, edges, paths))
    assert found == find_patterns(CodeBase(files, edges[::-1], paths))
    for pattern in found:
        assert LEAST_CONFIDENCE <= pattern.confidence <= 1
        assert pattern.affected_files
        assert pattern.evidence
