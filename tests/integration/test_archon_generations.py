"""Every generation of Archon that users run is asked for what it offers, and for nothing else."""

import pytest

from onextree.intelligence.archon import AssessmentAnswer, archon_health, ask_archon
from onextree.intelligence.archon.conclusions import architectural_patterns, assessed_quality
from onextree.intelligence.archon.model import SearchQuestion
from tests.archon.asking import ASSESSMENTS, EVERYTHING, SEARCHES, config
from tests.archon.running import RunningArchon, RunningArchons

pytestmark = pytest.mark.xdist_group("archon")

OFFERED = {
    "perform_rag_query": ["perform_rag_query", "search_code_examples"],
    "rag_search": ["rag_search_knowledge_base", "rag_search_code_examples"],
    "rag_pages": ["rag_search_knowledge_base", "rag_search_code_examples"],
    "omniarchon": ["perform_rag_query", "search_code_examples", "assess_code_quality"],
    "omniarchon_menu": ["archon_menu"],
    "unknown": [],
}


@pytest.fixture(params=OFFERED)
def archon(request: pytest.FixtureRequest, archons: RunningArchons) -> RunningArchon:
    return archons[request.param]


def test_what_it_offers_is_answered_and_what_it_does_not_is_not_asked(
    archon: RunningArchon,
) -> None:
    offered = OFFERED[archon.generation]
    searches = SEARCHES if len(offered) > 1 else []
    assessments = ASSESSMENTS if {"assess_code_quality", "archon_menu"} & {*offered} else []
    asked = ask_archon(config(archon.url), EVERYTHING)
    expected = [*searches, *assessments]
    assert asked.answers.keys() == {question.key for question in expected}
    assert asked.not_asked == [each for each in EVERYTHING if each not in expected]
    assert (asked.unanswered, asked.reason, asked.message) == ([], None, "")
    assert asked.generation == archon.generation
    archon.wait_for(method="DELETE")
    assert set(archon.tools) == set(offered)


def test_its_answers_become_patterns_and_insights(archon: RunningArchon) -> None:
    asked = ask_archon(config(archon.url), EVERYTHING)
    searches = [each for each in EVERYTHING if isinstance(each, SearchQuestion)]
    patterns = architectural_patterns(searches, asked.answers)
    if len(OFFERED[archon.generation]) > 1:
        assert [(each["name"], each["confidence"], each["files"]) for each in patterns] == [
            ("Repository Pattern", 0.45, ["src/a.py"]),
            ("Service Layer", 0.42, []),
        ]
    else:
        assert patterns == []
    quality = assessed_quality(asked.answers)
    if any(isinstance(answer, AssessmentAnswer) for answer in asked.answers.values()):
        assert (quality["onex_compliance"], quality["anti_patterns"]) == (0.85, ["god_object"])
        assert quality["low_signal_files"] == ["src/b.py"]
    else:
        assert quality["onex_compliance"] is None


def test_its_health_names_the_tools_that_are_asked(archon: RunningArchon) -> None:
    health = archon_health(config(archon.url))
    assert health.is_reachable
    assert health.latency_ms is not None
    assert (health.generation, list(health.tools)) == (
        archon.generation,
        OFFERED[archon.generation],
    )


def test_pages_are_understood_though_chunks_were_asked_for(archons: RunningArchons) -> None:
    archon = archons["rag_pages"]
    question = SearchQuestion("Repository Pattern as pages")
    asked = ask_archon(config(archon.url), [question])
    patterns = architectural_patterns([question], asked.answers)
    assert (patterns[0]["name"], patterns[0]["confidence"]) == ("Repository Pattern", 0.45)
    archon.wait_for(query=question.text, return_mode="chunks")


def test_a_server_without_its_own_backend_leaves_all_to_be_asked_again(
    archons: RunningArchons,
) -> None:
    asked = ask_archon(config(archons["broken"].url), SEARCHES)
    assert not asked.answers
    assert asked.unanswered == SEARCHES[:1]
    assert asked.reason == "ARCHON_UNAVAILABLE"
    assert "no embedding" not in asked.message


def test_files_are_assessed_over_http_where_that_is_named(archons: RunningArchons) -> None:
    archon, assessor = archons["omniarchon"], archons["http"]
    both = config(archon.url, http_url=assessor.base_url)
    before = archon.tools.count("assess_code_quality")
    asked = ask_archon(both, EVERYTHING)
    assert asked.is_complete
    assert len(asked.answers) == len(EVERYTHING)
    assert archon_health(both).is_reachable
    alone = ask_archon(config(http_url=assessor.base_url), EVERYTHING)
    assert alone.not_asked == SEARCHES
    assert len(alone.answers) == len(ASSESSMENTS)
    assert archon.tools.count("assess_code_quality") == before


def test_where_one_interface_is_gone_the_other_answers(archons: RunningArchons) -> None:
    gone = config("http://127.0.0.1:9", http_url=archons["http"].base_url)
    asked = ask_archon(gone, EVERYTHING)
    assert not archon_health(gone).is_reachable
    assert len(asked.answers) == len(ASSESSMENTS)
    assert asked.unanswered == SEARCHES
    assert asked.reason == "ARCHON_UNAVAILABLE"
    assert "cannot be reached" in asked.message
