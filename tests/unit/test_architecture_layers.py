"""Layers are told where they are certain, and what violates them."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.architecture.layers import Layers, find_layers
from onextree.intelligence.architecture.patterns import find_patterns
from onextree.intelligence.codebase import CodeBase
from tests.architecture import project

NAMES = ("api", "services", "repositories")


def layered(*more: str, directories: Sequence[str] = NAMES, kind: str = "import") -> CodeBase:
    """Two files in each directory, each of which imports both of the next one."""
    files = [f"shop/{directory}/{name}.py" for directory in directories for name in "ab"]
    imports = [
        f"shop/{upper}/{name}.py shop/{lower}/a.py shop/{lower}/b.py"
        for upper, lower in itertools.pairwise(directories)
        for name in "ab"
    ]
    bypass = f"shop/{directories[0]}/a.py shop/{directories[-1]}/a.py shop/{directories[-1]}/b.py"
    return project([*files, "shop/main.py"], [*imports, bypass, *more], kind=kind)


def names(layers: Layers) -> list[str]:
    return [layer.name for layer in layers.layers]


def test_names_and_imports_together_tell_layers() -> None:
    layers = find_layers(layered())
    assert layers.basis == "names"
    assert names(layers) == ["interface", "application", "infrastructure"]
    assert [layer.order for layer in layers.layers] == [0, 1, 2]
    assert layers.layers[0].directories == ("shop/api",)
    assert len(layers.layers[0].files) == 2
    assert layers.violations == ()


def test_an_import_that_leads_up_is_a_violation() -> None:
    layers = find_layers(layered("shop/services/a.py shop/api/b.py"))
    [violation] = layers.violations
    assert violation == ("shop/services/a.py", "shop/api/b.py", 1, "application", "interface")


def test_where_many_imports_lead_up_there_are_no_layers_and_no_violations() -> None:
    up = [
        "shop/services/a.py shop/api/a.py shop/api/b.py",
        "shop/services/b.py shop/api/a.py shop/api/b.py",
        "shop/repositories/a.py shop/services/a.py",
    ]
    assert find_layers(layered(*up)) == Layers()


def test_names_without_imports_are_no_layers() -> None:
    base = layered()
    assert find_layers(CodeBase(base.files, [], base.paths)) == Layers()


def test_imports_of_types_alone_tell_nothing() -> None:
    assert find_layers(layered(kind="type")) == Layers()


def test_domain_and_infrastructure_may_import_each_other_either_way() -> None:
    directories = ["web", "services", "domain", "infrastructure"]
    both = [
        "shop/infrastructure/a.py shop/domain/a.py",
        "shop/domain/b.py shop/infrastructure/b.py",
    ]
    layers = find_layers(layered(*both, directories=directories))
    assert names(layers) == ["interface", "application", "domain", "infrastructure"]
    assert layers.violations == ()


def test_infrastructure_may_implement_what_an_application_around_a_domain_asks_for() -> None:
    directories = ["web", "application", "domain", "infrastructure"]
    implements = "shop/infrastructure/a.py shop/application/a.py"
    assert find_layers(layered(implements, directories=directories)).violations == ()
    [violation] = find_layers(layered("shop/repositories/a.py shop/services/a.py")).violations
    assert violation.to_layer == "application"


def test_a_directory_that_all_import_is_no_interface_though_it_is_called_api() -> None:
    base = project(
        ["web/api/client.ts", "web/api/auth.ts"]
        + [f"web/{directory}/{name}.ts" for directory in ("pages", "services", "models")
           for name in "ab"],
        ["web/services/a.ts web/api/client.ts web/api/auth.ts web/models/a.ts",
         "web/services/b.ts web/api/client.ts web/api/auth.ts web/models/b.ts",
         "web/pages/a.ts web/services/a.ts web/services/b.ts web/models/a.ts web/models/b.ts",
         "web/pages/b.ts web/services/a.ts web/services/b.ts web/models/a.ts web/models/b.ts"],
    )  # fmt: skip
    layers = find_layers(base)
    assert names(layers) == ["interface", "application", "domain"]
    assert layers.layers[0].directories == ("web/pages",)
    assert layers.violations == ()


def test_layers_by_names_are_a_pattern() -> None:
    assert "layered" in {pattern.rule for pattern in find_patterns(layered())}
    divided = layered(directories=["w", "x", "y", "z"])
    assert "layered" not in {pattern.rule for pattern in find_patterns(divided)}


def test_imports_alone_tell_layers_of_directories() -> None:
    layers = find_layers(layered(directories=["shell", "tasks", "texts", "bytes"]))
    assert layers.basis == "imports"
    assert names(layers) == ["shell", "tasks", "texts", "bytes"]
    assert layers.violations == ()


def test_an_import_against_twenty_others_violates_layers_by_imports() -> None:
    many = [f"app/shell/{number}.py app/tasks/{number}.py" for number in range(20)]
    files = [path for line in many for path in line.split()]
    rest = ["app/tasks/0.py app/texts/a.py", "app/texts/a.py app/bytes/a.py"]
    base = project(
        [*files, "app/texts/a.py", "app/bytes/a.py"],
        [*many, *rest, "app/tasks/7.py app/shell/3.py"],
    )
    layers = find_layers(base)
    assert names(layers) == ["shell", "tasks", "texts", "bytes"]
    assert [violation[:2] for violation in layers.violations] == [
        ("app/tasks/7.py", "app/shell/3.py")
    ]


def test_directories_that_import_each_other_have_no_layers() -> None:
    knot = ["shop/y/a.py shop/x/a.py", "shop/z/a.py shop/y/a.py", "shop/x/a.py shop/w/a.py"]
    assert find_layers(layered(*knot, directories=["w", "x", "y", "z"])) == Layers()


def test_a_project_of_few_directories_has_no_layers() -> None:
    assert find_layers(layered(directories=["x", "y", "z"])) == Layers()
    assert find_layers(project(["a.py", "b.py"], ["a.py b.py"])) == Layers()
    assert find_layers(project([])) == Layers()


def test_tests_violate_nothing() -> None:
    base = layered()
    files = {file.path: "" for file in base.files} | {"tests/services/test_a.py": ""}
    paths = [file.path for file in base.files]
    imports = [f"{paths[edge.source]} {paths[edge.target]}" for edge in base.edges]
    tested = project(files, [*imports, "tests/services/test_a.py shop/api/a.py"])
    assert find_layers(tested).violations == ()


DIRECTORIES = ["api", "services", "domain", "db", "x"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(DIRECTORIES), st.sampled_from("ab"),
            st.sampled_from(DIRECTORIES), st.sampled_from("ab"),
        ),
        max_size=40,
        unique=True,
    )
)  # fmt: skip
def test_what_violates_leads_from_a_lower_to_an_upper_layer(
    ways: list[tuple[str, str, str, str]],
) -> None:
    files = [f"{directory}/{name}.py" for directory in DIRECTORIES for name in "ab"]
    imports = [f"{a}/{b}.py {c}/{d}.py" for a, b, c, d in ways if (a, b) != (c, d)]
    layers = find_layers(project(files, imports))
    order = {layer.name: layer.order for layer in layers.layers}
    assert [layer.order for layer in layers.layers] == list(range(len(layers.layers)))
    for violation in layers.violations:
        assert order[violation.from_layer] > order[violation.to_layer]
    numbers = [number for layer in layers.layers for number in layer.files]
    assert len(numbers) == len(set(numbers))
