"""The payload has one form, whoever tells it, and its schema in the documentation is right."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, ValidationError, meta

from onextree.intelligence.architecture.describe import describe_architecture
from onextree.intelligence.architecture.entry_points import KINDS
from onextree.intelligence.archon import Answer, AssessmentQuestion, Question, SearchQuestion
from onextree.intelligence.archon.model import AssessmentAnswer, CodePattern, Hit, SearchAnswer
from onextree.intelligence.basic import describe
from onextree.intelligence.payload import (
    ArchonPart,
    EnrichmentPayload,
    with_archon,
    with_relationships,
)
from onextree.intelligence.payload_parts import ArchitecturePart, EntryPointPart
from onextree.intelligence.schemas import document, main
from onextree.intelligence.shapes import answer_of, payload_of
from onextree.store.relationships import Relationship
from onextree.tree.structure import entries_of
from tests.architecture import project

SCHEMA = Path(__file__).parents[2] / "docs" / "enrichment.schema.json"
VALIDATOR = Draft202012Validator(orjson.loads(SCHEMA.read_bytes()), validate_formats=True)

SPECIFIED: dict[str, Any] = orjson.loads("""{
  "version": "1.0",
  "enriched_at": "2025-10-24T10:30:00Z",
  "sources": ["archon", "local"],
  "architectural_patterns": [
    {
      "name": "Repository Pattern",
      "confidence": 0.92,
      "affected_files": ["src/repositories/*.py"],
      "description": "Data access abstraction layer"
    }
  ],
  "file_relationships": {
    "src/api/routes.py": {
      "imports": ["src/services/user_service.py"],
      "imported_by": ["src/main.py"],
      "similar_files": ["src/api/auth_routes.py"]
    }
  },
  "quality_insights": {
    "onex_compliance_score": 0.85,
    "anti_patterns_detected": ["god_object", "circular_dependency"],
    "recommendations": [
      "Split UserService into smaller services",
      "Resolve circular dependency between module A and B"
    ]
  },
  "statistics": {
    "total_files_analyzed": 8432,
    "patterns_detected": 12,
    "relationships_mapped": 1520
  }
}""")
"""Section 5 of the specification, to the letter."""

ANSWERED: dict[str, Any] = {
    "patterns": [
        {
            "name": "Repository Pattern",
            "confidence": 0.92,
            "files": ["src/repositories/user_repo.py"],
            "description": "Data access abstraction layer",
        }
    ],
    "relationships": [
        {
            "source": "api/routes.py",
            "target": "services/user_service.py",
            "type": "dependency",
        }
    ],
    "quality_insights": {"onex_compliance": 0.85, "anti_patterns": ["god_object"]},
}
"""What `get_architectural_patterns` returns, by the same section."""

FIRST_STORED: dict[str, Any] = {
    "version": "1.0",
    "enriched_at": "2025-11-23T08:00:00Z",
    "sources": ["local"],
    "architectural_patterns": [
        {
            "name": "npm package",
            "confidence": 1.0,
            "affected_files": ["package.json"],
            "description": "A JavaScript package.",
            "rule": "npm",
        }
    ],
    "directory_purposes": {"src": "source"},
    "file_relationships": {},
    "quality_insights": {},
    "statistics": {
        "total_files_analyzed": 1,
        "patterns_detected": 1,
        "relationships_mapped": 0,
        "file_type_distribution": {"json": 1},
        "categories": {"configuration": 1},
        "languages": [{"language": "JSON", "files": 1, "size": 2}],
        "largest_files": [{"path": "package.json", "size": 2}],
    },
    "carried_from_version": 3,
}
"""As it was stored before code was analysed."""


def check(payload: dict[str, Any]) -> None:
    VALIDATOR.validate(orjson.loads(orjson.dumps(payload)))
    EnrichmentPayload.model_validate(payload)


def test_what_is_checked_in_is_what_is_generated() -> None:
    assert SCHEMA.read_text() == document(), f"run python -m {main.__module__}"
    meta.validate(orjson.loads(document()))


@pytest.mark.parametrize("payload", [SPECIFIED, FIRST_STORED])
def test_the_specifications_example_and_older_payloads_are_valid(payload: dict[str, Any]) -> None:
    check(payload)


def test_what_the_specification_has_is_required() -> None:
    assert set(VALIDATOR_REQUIRED) == set(SPECIFIED)
    for name in SPECIFIED:
        less = {key: value for key, value in SPECIFIED.items() if key != name}
        assert not VALIDATOR.is_valid(less), name
    with pytest.raises(ValidationError):
        VALIDATOR.validate({**SPECIFIED, "surprise": 1})


VALIDATOR_REQUIRED = orjson.loads(SCHEMA.read_bytes())["required"]


def test_a_tree_alone_makes_a_payload() -> None:
    check(describe([]))
    root = {
        "name": "shop",
        "path": "",
        "type": "directory",
        "children": [{"name": "package.json", "path": "package.json", "type": "file", "size": 2}],
    }
    check(describe(list(entries_of(root))))


def test_every_part_of_an_architecture_has_its_place() -> None:
    circle = [f"services/{number:02}.py" for number in range(60)]
    files = dict.fromkeys(circle, "main") | {"api/a.py": "http-route", "domain/x.py": ""}
    imports = [
        f"{one} {other}" for one, other in zip(circle, [*circle[1:], circle[0]], strict=True)
    ]
    imports += ["domain/x.py services/00.py", *(f"api/a.py {one}" for one in circle)]
    told = describe_architecture(project(files, imports)).as_dict()
    del told["patterns"]
    part = ArchitecturePart.model_validate(told)
    assert part.cycles[0].files_total == 60
    assert len(part.entry_points) < part.entry_points_total
    assert part.model_dump(exclude_defaults=False) == told


def test_each_kind_of_entry_points_may_be_told() -> None:
    for kind in KINDS:
        EntryPointPart(path="a.py", kind=kind)


def test_what_archon_says_has_its_place_beside_what_is_found_here() -> None:
    questions: list[Question] = [
        SearchQuestion("Repository Pattern Python", files=("src/repositories/user.py",)),
        AssessmentQuestion("src/app.py", "Python", "print()\n"),
    ]
    hit = Hit(title="The repository pattern", url="https://example.org", similarity=0.9)
    smell = CodePattern(name="God object", kind="code_smell", confidence=0.9)
    answers: dict[str, Answer] = {
        questions[0].key: SearchAnswer(hits=(hit,)),
        questions[1].key: AssessmentAnswer(
            path="src/app.py",
            onex_compliance=0.7,
            low_signals=("quality",),
            patterns=(smell,),
            recommendations=("Split it.",),
        ),
    }
    part = ArchonPart(
        status="partial", asked=3, answered=2, not_asked=0, reason="TIMEOUT", rounds=1
    )
    told = with_archon(describe([]), part, questions, answers)
    check(told)
    (pattern,) = told["architectural_patterns"]
    assert (pattern["source"], pattern["affected_files"]) == (
        "archon",
        ["src/repositories/user.py"],
    )
    assert told["quality_insights"]["archon"]["anti_patterns"] == ["god_object"]
    assert (told["partial_enrichment"], told["error_code"]) == (True, "TIMEOUT")


def test_relationships_join_a_stored_payload() -> None:
    links = [Relationship("a.py", "b.py", 1, "import"), Relationship("c.py", "b.py", 4, "type")]
    told = with_relationships(FIRST_STORED, links, {"a.py": ["c.py"]})
    check(told)
    assert told["file_relationships"] == {
        "a.py": {"imports": ["b.py"], "imported_by": [], "similar_files": ["c.py"]},
        "b.py": {"imports": [], "imported_by": ["a.py", "c.py"], "similar_files": []},
        "c.py": {"imports": ["b.py"], "imported_by": [], "similar_files": []},
    }


def test_a_clients_answer_has_the_payloads_names_and_back() -> None:
    told = payload_of(ANSWERED)
    assert told == {
        "architectural_patterns": [
            {
                "name": "Repository Pattern",
                "confidence": 0.92,
                "affected_files": ["src/repositories/user_repo.py"],
                "description": "Data access abstraction layer",
            }
        ],
        "file_relationships": {
            "api/routes.py": {
                "imports": ["services/user_service.py"],
                "imported_by": [],
                "similar_files": [],
            },
            "services/user_service.py": {
                "imports": [],
                "imported_by": ["api/routes.py"],
                "similar_files": [],
            },
        },
        "quality_insights": {
            "onex_compliance_score": 0.85,
            "anti_patterns_detected": ["god_object"],
        },
    }
    assert answer_of(told) == ANSWERED
    check({**SPECIFIED, **told})


def test_a_payload_answers_with_the_clients_names_alone() -> None:
    assert answer_of(SPECIFIED) == {
        "patterns": [
            {
                "name": "Repository Pattern",
                "confidence": 0.92,
                "files": ["src/repositories/*.py"],
                "description": "Data access abstraction layer",
            }
        ],
        "relationships": [
            {
                "source": "src/api/routes.py",
                "target": "src/services/user_service.py",
                "type": "dependency",
            }
        ],
        "quality_insights": {
            "onex_compliance": 0.85,
            "anti_patterns": ["god_object", "circular_dependency"],
        },
    }


PATHS = st.sampled_from("abcdefg")


@given(st.sets(st.tuples(PATHS, PATHS)))
def test_relationships_are_the_same_in_both_shapes(links: set[tuple[str, str]]) -> None:
    answer = {
        "patterns": [],
        "relationships": [
            {"source": source, "target": target, "type": "dependency"}
            for source, target in sorted(links)
        ],
        "quality_insights": {},
    }
    assert answer_of(payload_of(answer)) == answer
