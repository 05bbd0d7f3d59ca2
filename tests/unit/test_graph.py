"""Cycles, what to cut, what matters and what a change reaches, by the imports of a project."""

import itertools
import random
from collections.abc import Collection, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rustworkx import PyDiGraph, ancestors, is_directed_acyclic_graph, strongly_connected_components

from onextree.intelligence.codebase import CodeBase, CodeFile, Edge
from onextree.intelligence.graph.centrality import key_modules
from onextree.intelligence.graph.cuts import Effort, smallest_cut
from onextree.intelligence.graph.cycles import find_cycles
from onextree.intelligence.graph.impact import impact

Pair = tuple[int, int]


def code(files: int, pairs: Iterable[Pair], kind: str = "import") -> CodeBase:
    names = [f"m{number:05}.py" for number in range(files)]
    edges = [Edge(source, target, 1, kind) for source, target in pairs]
    return CodeBase([file(name) for name in names], edges, names)


def file(path: str, category: str = "source") -> CodeFile:
    return CodeFile(path, "Python", category, path.encode(), 100, 10)


def graph(pairs: Iterable[Pair]) -> "PyDiGraph[None, None]":
    built: PyDiGraph[None, None] = PyDiGraph()
    built.extend_from_edge_list(list(pairs))
    return built


def is_free_of_cycles(pairs: Iterable[Pair]) -> bool:
    return is_directed_acyclic_graph(graph(pairs))


def fewest(pairs: Collection[Pair]) -> int:
    """The size of a smallest cut, by trying all."""
    return next(
        size
        for size in range(len(pairs) + 1)
        for cut in itertools.combinations(pairs, size)
        if is_free_of_cycles(set(pairs) - set(cut))
    )


def graphs(nodes: int, most: int) -> st.SearchStrategy[list[Pair]]:
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    return st.lists(pair.filter(lambda ends: ends[0] != ends[1]), max_size=most, unique=True)


@given(graphs(30, 120))
def test_nothing_goes_round_without_the_cut(pairs: list[Pair]) -> None:
    cut = smallest_cut(pairs)
    assert set(cut.edges) <= set(pairs)
    assert is_free_of_cycles(set(pairs) - set(cut.edges))


@given(graphs(6, 10))
@settings(max_examples=60, deadline=None)
def test_no_smaller_cut_does(pairs: list[Pair]) -> None:
    cut = smallest_cut(pairs)
    assert cut.is_smallest
    assert len(cut.edges) == fewest(pairs)


@given(graphs(12, 60), st.randoms(use_true_random=False))
def test_the_order_of_edges_makes_no_difference(pairs: list[Pair], chance: random.Random) -> None:
    shuffled = chance.sample(pairs, len(pairs))
    assert smallest_cut(shuffled) == smallest_cut(pairs)
    assert find_cycles(code(12, shuffled)) == find_cycles(code(12, pairs))
    assert key_modules(code(12, shuffled)) == key_modules(code(12, pairs))


@given(graphs(20, 60))
def test_cycles_are_the_components_of_more_than_one_file(pairs: list[Pair]) -> None:
    components = strongly_connected_components(graph(pairs))
    expected = sorted(tuple(sorted(nodes)) for nodes in components if len(nodes) > 1)
    found = find_cycles(code(20, pairs))
    assert [cycle.files for cycle in found] == expected
    cut = {edge[:2] for cycle in found for edge in cycle.cut}
    assert is_free_of_cycles(set(pairs) - cut)
    assert all(
        {edge.source, edge.target} <= set(cycle.files) for cycle in found for edge in cycle.cut
    )


def test_a_project_without_cycles_has_none() -> None:
    assert find_cycles(code(3, [(0, 1), (1, 2), (0, 2)])) == []
    assert find_cycles(code(0, [])) == []


def test_a_cycle_is_cut_where_all_ways_round_pass() -> None:
    pairs = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 0)]
    [cycle] = find_cycles(code(4, pairs))
    assert [edge[:2] for edge in cycle.cut] == [(3, 0)]
    assert cycle.is_smallest


@pytest.mark.parametrize("kind", ["type", "module"])
def test_imports_that_bind_nothing_make_no_cycle(kind: str) -> None:
    base = code(2, [(0, 1), (1, 0)], kind)
    assert find_cycles(base) == []
    assert [cycle.files for cycle in find_cycles(base, ignoring=())] == [(0, 1)]


def test_a_package_and_its_many_modules_are_one_cycle_with_the_smallest_cut() -> None:
    modules = range(1, 201)
    pairs = [(0, module) for module in modules] + [(module, 0) for module in modules]
    [cycle] = find_cycles(code(201, pairs))
    assert len(cycle.cut) == len(modules)
    assert cycle.is_smallest


def test_a_search_that_takes_long_is_given_up_for_a_good_cut() -> None:
    pairs = [(one, other) for one in range(14) for other in range(14) if one != other]
    pairs = [pair for pair in pairs if sum(pair) % 3]
    effort = Effort(looks=50)
    cut = smallest_cut(pairs, effort)
    assert not cut.is_smallest
    assert effort.looks < 0
    assert is_free_of_cycles(set(pairs) - set(cut.edges))


def test_a_large_component_is_cut_where_its_layers_are_broken() -> None:
    chance = random.Random(1)
    down = {(number + 1, number) for number in range(2999)}
    while len(down) < 12_000:
        lower, upper = sorted(chance.sample(range(3000), 2))
        down.add((upper, lower))
    up = [(0, 2999), (10, 2990), (50, 2800)]
    [cycle] = find_cycles(code(3000, sorted([*down, *up])))
    assert cycle.files == tuple(range(3000))
    assert len(cycle.cut) <= len(up)
    assert is_free_of_cycles({*down, *up} - {edge[:2] for edge in cycle.cut})
    assert not cycle.is_smallest


def test_the_key_module_is_what_most_files_lead_to() -> None:
    pairs = [(1, 0), (2, 0), (3, 2), (4, 2), (5, 4), (0, 6)]
    first, second, *_ = key_modules(code(7, pairs))
    assert {first.path, second.path} == {"m00000.py", "m00006.py"}
    by_path = {key.path: key for key in key_modules(code(7, pairs))}
    assert by_path["m00000.py"][2:] == (1, 2)
    assert "m00005.py" not in by_path


def test_tests_make_no_module_a_key_one() -> None:
    files = [file("a.py"), file("b.py"), file("c.py"), file("t1.py", "test"), file("t2.py", "test")]
    edges = [Edge(1, 0, 1, "import"), Edge(3, 2, 1, "import"), Edge(4, 2, 1, "import")]
    assert [key.path for key in key_modules(CodeBase(files, edges))] == ["a.py"]


@given(graphs(20, 60), st.integers(0, 5))
def test_as_many_key_modules_as_are_wanted_sorted_by_score(pairs: list[Pair], most: int) -> None:
    found = key_modules(code(20, pairs), most)
    assert len(found) == min(most, len({target for _, target in pairs}))
    assert [key.score for key in found] == sorted((key.score for key in found), reverse=True)
    assert all(0 <= key.score <= 1 for key in found)


def test_a_change_reaches_those_that_import_a_file_and_those_behind_them() -> None:
    pairs = [("b", "a"), ("c", "b"), ("d", "b"), ("d", "a"), ("a", "e"), ("f", "e")]
    assert impact(pairs, "a") == [("b", 1), ("d", 1), ("c", 2)]
    assert impact(pairs, "c") == []
    assert impact(pairs, "nobody") == []


def test_a_change_does_not_reach_itself_in_a_cycle() -> None:
    assert impact([("a", "b"), ("b", "a")], "a") == [("b", 1)]


@given(graphs(12, 30), st.integers(0, 11))
def test_a_change_reaches_whoever_has_a_way_to_it(pairs: list[Pair], number: int) -> None:
    links = [(f"{source:02}", f"{target:02}") for source, target in pairs]
    ways: PyDiGraph[int, None] = PyDiGraph()
    ways.add_nodes_from(range(12))
    ways.add_edges_from_no_data(list(pairs))
    reached = {f"{each:02}" for each in ancestors(ways, number)} - {f"{number:02}"}
    assert {path for path, _ in impact(links, f"{number:02}")} == reached
