"""What a server offers is told by its list of tools alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onextree.intelligence.archon import AssessmentQuestion, SearchQuestion
from onextree.intelligence.archon.generations import NOTHING, offer_of

SEARCH = SearchQuestion("repository pattern")
EXAMPLES = SearchQuestion("repository pattern", "examples")
FILE = AssessmentQuestion("src/a.py", "Python", "x = 1\n")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def schema(*names: str, required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"properties": {name: {} for name in names}, "required": list(required)}


PERFORM = {
    "get_available_sources": schema(),
    "perform_rag_query": schema("query", "source", "match_count", required=("query",)),
    "search_code_examples": schema("query", "source_id", "match_count", required=("query",)),
}
RAG = {
    "rag_search_knowledge_base": schema("query", "source_domain", "match_count"),
    "rag_search_code_examples": schema("query", "source_domain", "match_count"),
}
PAGES = {
    "rag_search_knowledge_base": schema("query", "source_id", "match_count", "return_mode"),
    "rag_search_code_examples": schema("query", "source_id", "match_count"),
    "rag_read_full_page": schema("page_id", "url"),
}
ASSESS = {
    "assess_code_quality": schema("content", "source_path", "language", required=("content",))
}
MENU = {"archon_menu": schema("operation", "params", required=("operation",))}


@pytest.mark.parametrize(
    ("tools", "generation", "names"),
    [
        (PERFORM, "perform_rag_query", ("perform_rag_query", "search_code_examples")),
        (RAG, "rag_search", ("rag_search_knowledge_base", "rag_search_code_examples")),
        (PAGES, "rag_pages", ("rag_search_knowledge_base", "rag_search_code_examples")),
        (
            PERFORM | ASSESS,
            "omniarchon",
            ("perform_rag_query", "search_code_examples", "assess_code_quality"),
        ),
        (MENU, "omniarchon_menu", ("archon_menu",)),
        (ASSESS | MENU, "omniarchon", ("assess_code_quality",)),
        (PERFORM | RAG, "rag_search", ("rag_search_knowledge_base", "rag_search_code_examples")),
        ({}, "unknown", ()),
        ({"manage_tasks": schema("action")}, "unknown", ()),
    ],
)
def test_generations_are_told_apart(
    tools: dict[str, Any], generation: str, names: tuple[str, ...]
) -> None:
    offer = offer_of(tools.items())
    assert (offer.generation, offer.tools) == (generation, names)


def test_a_tool_that_wants_what_nobody_knows_is_not_used() -> None:
    wanting = {"perform_rag_query": schema("query", "tenant", required=("query", "tenant"))}
    assert offer_of(wanting.items()) == NOTHING


def test_a_menu_with_other_parameters_is_not_used() -> None:
    older = {"archon_menu": schema("menu_path", "operation", "parameters")}
    assert offer_of(older.items()) == NOTHING


@pytest.mark.parametrize(
    ("tools", "question", "arguments"),
    [
        (PERFORM, SEARCH, {"query": "repository pattern", "match_count": 5}),
        (
            PERFORM,
            SearchQuestion("mvc", source="docs"),
            {"query": "mvc", "match_count": 5, "source": "docs"},
        ),
        (
            RAG,
            SearchQuestion("mvc", source="docs"),
            {"query": "mvc", "match_count": 5, "source_domain": "docs"},
        ),
        (
            PAGES,
            SearchQuestion("mvc", source="docs"),
            {"query": "mvc", "match_count": 5, "source_id": "docs", "return_mode": "chunks"},
        ),
        (PAGES, EXAMPLES, {"query": "repository pattern", "match_count": 5}),
        (
            {"perform_rag_query": schema("query")},
            SearchQuestion("mvc", source="docs"),
            {"query": "mvc"},
        ),
        (ASSESS, FILE, {"content": "x = 1\n", "source_path": "src/a.py", "language": "python"}),
        (
            MENU,
            FILE,
            {
                "operation": "assess_code_quality",
                "params": {"content": "x = 1\n", "source_path": "src/a.py", "language": "python"},
            },
        ),
    ],
)
def test_each_tool_is_given_the_parameters_that_it_has(
    tools: dict[str, Any],
    question: SearchQuestion | AssessmentQuestion,
    arguments: dict[str, Any],
) -> None:
    tool = offer_of(tools.items()).tool(question)
    assert tool is not None
    assert tool.arguments(question) == arguments


def test_what_no_json_can_hold_is_replaced() -> None:
    tool = offer_of(ASSESS.items()).assessment
    assert tool is not None
    told = tool.arguments(AssessmentQuestion("a\udcff.py", "Python", "\ud800"))
    assert (told["source_path"], told["content"]) == ("a?.py", "?")


@given(st.dictionaries(st.sampled_from([*PERFORM, *PAGES, *ASSESS, *MENU]), st.dictionaries(
    st.sampled_from(["properties", "required", "type"]), JSON)))  # fmt: skip
def test_no_schema_is_too_strange(tools: dict[str, Any]) -> None:
    offer_of(tools.items())
