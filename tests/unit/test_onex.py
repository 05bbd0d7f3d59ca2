"""The naming rules of ONEX, and how well a project keeps them."""

from collections.abc import Iterable

import pytest

from onextree.intelligence.codebase import CodeFile
from onextree.intelligence.facts import Definition, FileFacts, Import, Note
from onextree.intelligence.findings import Finding
from onextree.intelligence.quality.file_rules import judge_file
from onextree.intelligence.quality.onex import PENALTIES, follows_onex, onex_compliance
from onextree.intelligence.quality.onex_names import METHODS, is_onex_class, node_kind, role_of
from onextree.intelligence.quality.onex_rules import judge_onex_file
from onextree.intelligence.quality.project_rules import findings_of_files
from tests.quality import a_class, code_base, code_file, function, rules

NODE = "shop/node_cart_effect.py"
GOOD = (
    a_class("NodeCartEffect", "NodeEffect", lines=40),
    function("NodeCartEffect.execute_effect", 2),
)


def facts_of(
    *definitions: Definition,
    imports: Iterable[str] = (),
    notes: Iterable[tuple[str, int]] = (),
    errors: int = 0,
) -> FileFacts:
    return FileFacts(
        lines=100,
        imports=tuple(Import(target, line) for line, target in enumerate(imports, 1)),
        definitions=definitions,
        errors=errors,
        notes=tuple(Note(kind, line) for kind, line in notes),
    )


def judge(path: str, *definitions: Definition, imports: Iterable[str] = ()) -> tuple[Finding, ...]:
    return judge_onex_file(path, "Python", facts_of(*definitions, imports=imports))


def judged(path: str, facts: FileFacts, category: str = "source") -> CodeFile:
    findings = judge_file(path, "Python", category, 1_000, facts)
    return code_file(path, category=category, findings=findings)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("a/node_cart_effect.py", "effect"),
        ("node_a_b_compute.py", "compute"),
        ("node_cart_reducer.py", "reducer"),
        ("node_cart_orchestrator.py", "orchestrator"),
        ("a/model_cart.py", "model"),
        ("a/model_contract_cart.py", "model_contract"),
        ("a/enum_colour.py", "enum"),
        ("node_effect.py", ""),
        ("node_cart.py", ""),
        ("a/node_cart_effect/b.py", ""),
        ("test_node_cart_effect.py", ""),
        ("node_cart_effect.pyi", ""),
        ("model.py", ""),
        ("models_cart.py", ""),
    ],
)
def test_files_have_a_role_by_their_name(path: str, role: str) -> None:
    assert role_of(path) == role


@pytest.mark.parametrize(
    ("name", "kind", "is_named_well"),
    [
        ("NodeCartEffect", "effect", True),
        ("NodeXCompute", "compute", True),
        ("Node3dReducer", "reducer", True),
        ("NodeEffectOrchestrator", "orchestrator", True),
        ("NodeEffect", "", False),
        ("NodeCart", "", False),
        ("NodecartEffect", "", False),
        ("CartEffect", "", False),
        ("ModelCart", "", True),
        ("EnumColour", "", True),
        ("ProtocolCart", "", True),
        ("ServiceCart", "", True),
        ("MixinCart", "", True),
        ("TypedDictCart", "", True),
        ("Model", "", False),
        ("Modelling", "", False),
        ("CartModel", "", False),
    ],
)
def test_classes_are_named_for_what_they_are(name: str, kind: str, is_named_well: bool) -> None:
    assert node_kind(name) == kind
    assert is_onex_class(name) is is_named_well


@pytest.mark.parametrize("kind", METHODS)
def test_a_node_that_keeps_the_rules_has_no_findings(kind: str) -> None:
    name = f"NodeCart{kind.title()}"
    method = function(f"{name}.{METHODS[kind]}", 2)
    assert judge(f"shop/node_cart_{kind}.py", a_class(name, "Base", lines=40), method) == ()


def test_a_file_that_does_not_follow_onex_has_no_findings() -> None:
    facts = facts_of(a_class("Cart", "Base"), imports=["..x"], notes=[("dict-str-any", 3)])
    assert judge_onex_file("shop/cart.py", "Python", facts) == ()
    assert judge_onex_file("shop/model_cart.ts", "TypeScript", facts) == ()


def test_a_node_file_has_its_node() -> None:
    [found] = judge(NODE, a_class("ModelCart"))
    assert (found.rule, found.severity, found.subject) == (
        "onex_missing_class",
        "critical",
        "Node*Effect",
    )
    assert rules(judge(NODE)) == ["onex_missing_class"]
    compute = a_class("NodeCartCompute", lines=9), function("NodeCartCompute.execute_compute", 2)
    assert rules(judge(NODE, *compute)) == ["onex_missing_class"]


@pytest.mark.parametrize(
    ("path", "name", "other"),
    [
        ("shop/model_cart.py", "ModelCart", "EnumCart"),
        ("shop/enum_cart.py", "EnumCart", "ModelCart"),
        ("shop/model_contract_cart.py", "ModelContractCart", "ModelCart"),
    ],
)
def test_a_model_file_has_its_model(path: str, name: str, other: str) -> None:
    assert judge(path, a_class(name), a_class(other)) == ()
    [found] = judge(path, a_class(other))
    assert (found.rule, found.severity) == ("onex_missing_class", "medium")
    assert judge(path) == ()


def test_a_node_has_the_method_of_its_kind() -> None:
    node = a_class("NodeCartEffect", "NodeEffect", lines=40)
    [found] = judge(NODE, node, function("NodeCartEffect.execute_compute", 2))
    assert (found.rule, found.severity, found.subject) == (
        "onex_method_name",
        "high",
        "NodeCartEffect",
    )
    heir = a_class("NodeCartEffect", "base.NodeShopEffect", lines=40)
    assert judge(NODE, heir) == ()


def test_a_node_lies_in_a_file_named_for_it() -> None:
    [found] = judge("shop/node.py", *GOOD)
    assert (found.rule, found.severity) == ("onex_file_name", "medium")
    assert found.evidence == {"expected": "node_*_effect.py"}
    by_method = a_class("NodeCartEffect", lines=9), function("NodeCartEffect.execute_effect", 2)
    assert rules(judge("shop/node.py", *by_method)) == ["onex_file_name"]


def test_a_class_is_no_node_by_its_name_alone() -> None:
    lookalike = a_class("NodeShaderCompute", "Shader"), function("NodeShaderCompute.run", 2)
    assert judge("engine/shaders.py", *lookalike) == ()
    assert not follows_onex(code_base([judged("engine/shaders.py", facts_of(*lookalike))]))


@pytest.mark.parametrize(
    ("found", "severity"),
    [
        (a_class("Cart"), "low"),
        (a_class("CartError", "Exception"), "low"),
        (a_class("Cart", "pydantic.BaseModel"), "medium"),
        (a_class("ServiceColour", "StrEnum"), "medium"),
        (a_class("ModelCart", "Protocol"), "medium"),
        (a_class("ModelCart", "BaseModel"), None),
        (a_class("ProtocolCart", "Protocol"), None),
        (a_class("TypedDictCart", "TypedDict"), None),
        (a_class("_Private"), None),
        (a_class("ModelCart.Inner"), None),
    ],
)
def test_public_classes_say_what_they_are(found: Definition, severity: str | None) -> None:
    judged = judge(NODE, *GOOD, found)
    assert [each.severity for each in judged] == ([severity] if severity else [])
    assert set(rules(judged)) <= {"onex_class_name"}


def test_imports_from_above_are_told_once_for_each_target() -> None:
    found = judge(NODE, *GOOD, imports=["..models", ".peer", "shop.x", "...y", "..models"])
    assert [(each.rule, each.severity, each.subject, each.line) for each in found] == [
        ("onex_parent_import", "high", "...y", 4),
        ("onex_parent_import", "high", "..models", 1),
    ]


@pytest.mark.parametrize(
    ("kind", "rule", "severity"),
    [
        ("dict-str-any", "onex_dict_str_any", "medium"),
        ("pydantic-v1", "onex_pydantic_v1", "high"),
    ],
)
def test_notes_are_told_once_for_each_definition(kind: str, rule: str, severity: str) -> None:
    notes = [(kind, 3), (kind, 4), (kind, 30), (kind, 90), ("other", 5)]
    found = judge_onex_file(NODE, "Python", facts_of(*GOOD, notes=notes))
    assert [(each.rule, each.severity, each.subject, each.line) for each in found] == [
        (rule, severity, "NodeCartEffect.execute_effect", 3),
        (rule, severity, "", 90),
        (rule, severity, "NodeCartEffect", 30),
    ]
    assert found[0].evidence == {"lines": [3, 4], "times": 2}
    assert found[0].message.endswith(", 2 times.")
    assert found[1].message.endswith(": the module.")
    assert judge_onex_file(NODE, "Python", facts_of(*GOOD, notes=[("other", 5)])) == ()


def test_a_note_belongs_to_the_definition_from_its_first_line_to_its_last() -> None:
    first, last = a_class("ModelA", line=10), a_class("ModelB", line=20, lines=5)
    notes = [("dict-str-any", line) for line in (9, 10, 19, 20, 24, 25)]
    found = judge_onex_file("shop/model_x.py", "Python", facts_of(first, last, notes=notes))
    assert {each.subject: each.evidence["lines"] for each in found} == {
        "": [9, 25],
        "ModelA": [10, 19],
        "ModelB": [20, 24],
    }


def test_of_a_file_that_cannot_be_parsed_nothing_else_is_told() -> None:
    facts = facts_of(imports=["..models"], errors=1)
    assert judge_onex_file(NODE, "Python", facts) == ()


MODEL = judged("shop/model_cart.py", facts_of(a_class("ModelCart"), imports=["..x"]))


def test_a_project_without_nodes_has_no_score_but_a_reason() -> None:
    base = code_base([MODEL, judged("tests/node_cart_effect.py", facts_of(*GOOD), "test")])
    score, reason, files, violations = onex_compliance(base)
    assert (score, files, violations) == (None, 0, 0)
    assert reason is not None
    assert reason.startswith("Not applicable: ")
    assert findings_of_files(base) == []


def test_beside_a_node_models_count_too() -> None:
    base = code_base([judged(NODE, facts_of(*GOOD)), MODEL, "shop/cart.py"])
    assert onex_compliance(base) == (0.95, None, 2, 1)
    assert rules(findings_of_files(base)) == ["onex_parent_import"]


def test_a_node_in_a_file_of_another_name_makes_a_project_follow() -> None:
    base = code_base([judged("shop/node.py", facts_of(*GOOD))])
    assert onex_compliance(base) == (0.95, None, 1, 1)


@pytest.mark.parametrize(
    ("facts", "score"),
    [
        (facts_of(*GOOD), 1.0),
        (facts_of(), 1 - PENALTIES["critical"]),
        (facts_of(*GOOD, imports=["..a"]), 1 - PENALTIES["high"]),
        (facts_of(*GOOD, notes=[("dict-str-any", 3)]), 1 - PENALTIES["medium"]),
        (facts_of(*GOOD, a_class("Cart")), 1 - PENALTIES["low"]),
        (facts_of(*GOOD, imports=["..a", "..b"], notes=[("dict-str-any", 3)]), 0.75),
        (facts_of(*GOOD, imports=[f"..{letter}" for letter in "abcdefghijklmn"]), 0.0),
        (facts_of(*GOOD, errors=1), 0.0),
    ],
)
def test_each_violation_costs_what_its_severity_says(facts: FileFacts, score: float) -> None:
    assert onex_compliance(code_base([judged(NODE, facts)])).score == pytest.approx(score)


def test_the_penalties_are_those_of_the_rules() -> None:
    assert PENALTIES == {"critical": 0.20, "high": 0.10, "medium": 0.05, "low": 0.02}


def test_files_that_could_not_be_analysed_are_left_out_of_the_mean() -> None:
    lost = code_file("shop/node_lost_effect.py", failure="timeout")
    base = code_base([judged(NODE, facts_of(*GOOD)), lost])
    assert onex_compliance(base) == (1.0, None, 1, 0)
    score, reason, *_ = onex_compliance(code_base([lost]))
    assert (score, reason) == (None, "Unknown: none of the ONEX files could be analysed.")
