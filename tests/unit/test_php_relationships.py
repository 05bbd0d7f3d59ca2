"""What PHP files say, and where their names and paths lead."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.extraction.syntax import LONGEST_NAME
from onextree.intelligence.facts import Definition, FileFacts, Import
from onextree.intelligence.resolution.model import Declared, Project, Resolved
from onextree.intelligence.resolution.php import make_resolver
from tests.literal_projects import Literal

PHP = Literal("php", {"php": "PHP"})

SHOP = r"""<?php
namespace Shop\Orders;
use Shop\Price;
use Shop\Tax as Vat;
use Shop\{Base, Audit\Log as AuditLog, function round};
use function Shop\half, Shop\third;
use const Shop\LIMIT;
require_once __DIR__ . '/helpers.php';
include 'config.php';
require(dirname(__FILE__) . '/near.php');
require dirname(__DIR__, 2) . '/far.php';
include __DIR__ . "/$name.php";
#[Route("/orders")]
final class Orders extends Base implements Shop, \Countable {
    use Counted;
    private ?Store $store;
    public function __construct(private Clock $clock, Vat $vat) {
        new Thing(); new self; Helper::go(); $vat instanceof Rate;
        try { Vat\Kind::all(); } catch (Missing | Price $e) {}
        if ($vat && $clock ?? null) {}
        $later = new class extends Task { function run() { if (true) {} } };
    }
}
trait Counted {}
enum State: string implements Shop { case Open = 'open'; }
function total(Order $order): int { return match($order) { 1 => 2, default => 3 }; }
"""


def test_php_files_say_what_they_import_and_what_they_use_without() -> None:
    facts = PHP.facts(SHOP, "php")
    own = r"Shop\Orders"
    assert facts.package == own
    assert facts.imports == (
        Import(r"Shop\Price", 3),
        Import(r"Shop\Tax", 4),
        Import(r"Shop\Base", 5),
        Import(r"Shop\Audit\Log", 5),
        Import(r"Shop\round", 5),
        Import(r"Shop\half", 6),
        Import(r"Shop\third", 6),
        Import(r"Shop\LIMIT", 7),
        Import("./helpers.php", 8, "include"),
        Import("config.php", 9, "include"),
        Import("./near.php", 10, "include"),
        Import("../../far.php", 11, "include"),
        Import(rf"{own}\Route", 13),
        Import(rf"{own}\Shop", 14),
        Import("Countable", 14),
        Import(rf"{own}\Store", 16),
        Import(rf"{own}\Clock", 17),
        Import(rf"{own}\Thing", 18),
        Import(rf"{own}\Helper", 18),
        Import(rf"{own}\Rate", 18),
        Import(r"Shop\Tax\Kind", 19),
        Import(rf"{own}\Missing", 19),
        Import(rf"{own}\Task", 21),
        Import(rf"{own}\Order", 26),
    )
    assert (facts.marks, facts.errors) == ((), 0)
    assert PHP.facts("#!/usr/bin/env php\n<?php\n", "php").marks == ("main",)


def test_php_files_define_types_methods_and_functions() -> None:
    assert PHP.facts(SHOP, "php").definitions == (
        Definition(
            "Orders", "class", 13, 23, 0, ("Base", "Shop", r"\Countable", "Counted"), ("Route",)
        ),
        Definition("Orders.__construct", "method", 17, 22, 5),
        Definition("Counted", "trait", 24, 24),
        Definition("State", "enum", 25, 25, 0, ("Shop",)),
        Definition("total", "function", 26, 26, 1),
    )


def composer(**settings_: object) -> str:
    return json.dumps(settings_)


def test_composer_tells_by_the_longest_prefix_where_classes_are() -> None:
    texts = {
        "composer.json": composer(
            autoload={"psr-4": {"Shop\\": "src/", "Shop\\Legacy\\": ["old", "older/"]}},
            **{"autoload-dev": {"psr-4": {"Shop\\Tests\\": "tests"}, "psr-0": {"Old_": "lib"}}},
        ),
        "src/Order.php": "<?php\nnamespace Shop;\nuse Shop\\Legacy\\Price;\nclass Order {}\n",
        "src/Legacy/Price.php": "<?php\n",
        "older/Price.php": "<?php\nnamespace Shop\\Legacy;\nclass Price {}\n",
        "tests/OrderTest.php": "<?php\nnamespace Shop\\Tests;\nuse Shop\\Order;\nuse Shop;\n"
        "class OrderTest extends Base {\n  function order(): Shop\\Order {}\n}\n",
        "tests/Base.php": "<?php\nnamespace Shop\\Tests;\nclass Base {}\n",
    }
    assert PHP.edges(texts) == {
        ("src/Order.php", "older/Price.php", 3),
        ("tests/OrderTest.php", "src/Order.php", 3),
        ("tests/OrderTest.php", "tests/Base.php", 5),
        ("tests/OrderTest.php", "src/Order.php", 6),
    }
    assert not PHP.unresolved(texts)


def test_without_composer_classes_and_functions_are_where_they_are_declared() -> None:
    texts = {
        "a.php": "<?php\nuse function Tools\\half;\nuse const Tools\\LIMIT;\nnew Shop();\n",
        "inc/shop.php": "<?php\nclass Shop {}\n",
        "inc/tools.php": "<?php\nnamespace Tools;\nconst LIMIT = 1;\nfunction half() {}\n",
    }
    assert PHP.edges(texts) == {
        ("a.php", "inc/tools.php", 2),
        ("a.php", "inc/tools.php", 3),
        ("a.php", "inc/shop.php", 4),
    }


def test_other_languages_declare_nothing_for_php() -> None:
    project = Project(["a.php", "b.py"], {}, {"b.py": Declared(None, ("Shop",))})
    resolved = make_resolver(project).resolve("a.php", Import("Shop", 1), FileFacts())
    assert resolved == Resolved(external="php")


def test_paths_are_looked_for_beside_the_file_and_at_the_top() -> None:
    texts = {
        "web/index.php": "<?php\nrequire __DIR__ . '/../vendor/autoload.php';\n"
        "include 'menu.php';\ninclude 'inc/top.php';\nrequire '../inc/top.php';\n"
        "require __DIR__ . '/gone.php';\n",
        "web/menu.php": "<?php\n",
        "inc/top.php": "<?php\n",
    }
    assert PHP.edges(texts) == {
        ("web/index.php", "web/menu.php", 3),
        ("web/index.php", "inc/top.php", 4),
        ("web/index.php", "inc/top.php", 5),
    }
    assert PHP.external(texts) == {"autoload"}
    assert PHP.unresolved(texts) == {("web/index.php", "./gone.php")}


def test_what_the_own_namespaces_lack_is_unresolved_but_for_what_composer_requires() -> None:
    texts = {
        "composer.json": composer(
            autoload={"psr-4": {"Shop\\": "src"}}, require={"shop/price-lists": "^1"}
        ),
        "src/Order.php": "<?php\nnamespace Shop;\nuse Shop\\Gone;\nuse Shop\\PriceList\\All;\n"
        "use Symfony\\Component\\Console\\Command\\Command;\nuse Carbon\\Carbon;\n"
        "new \\DateTime();\n",
    }
    assert PHP.unresolved(texts) == {("src/Order.php", r"Shop\Gone")}
    assert PHP.external(texts) == {
        "shop/price-lists",
        r"Symfony\Component\Console",
        "Carbon",
        "php",
    }


@pytest.mark.parametrize(
    "settings_", ["", "[]", '{"autoload": 1}', '{"autoload": {"psr-4": {"A": {}}}, "require": 0}']
)
def test_a_composer_file_of_any_shape_is_borne(settings_: str) -> None:
    texts = {"composer.json": settings_, "a.php": "<?php\nnew B();\n"}
    assert PHP.external(texts) == {"php"}


def test_names_of_absurd_length_are_none() -> None:
    long = "\\".join("A" * 999)
    facts = PHP.facts(f"<?php\nnamespace {long};\nuse {long};\nnew {long}\\B();\n", "php")
    assert not facts.imports
    assert len(facts.package or "") <= LONGEST_NAME


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SHOP)), st.integers(0, len(SHOP)), st.text(max_size=5))
def test_whatever_is_cut_out_of_a_file_the_rest_is_read(start: int, end: int, put: str) -> None:
    cut = SHOP[:start] + put + SHOP[end:]
    assert PHP.facts(cut, "php").lines >= 0
    PHP.resolved({"a.php": cut, "b.php": SHOP})
