"""A file gives away what it is for by its names, bases, decorators and imports."""

import pytest

from onextree.intelligence.architecture.signs import SIGNS, signs
from onextree.intelligence.facts import NOTHING, Definition, FileFacts, Import


def seen(*parts: Import | Definition, path: str = "app/m.py", language: str = "Python") -> set[str]:
    facts = FileFacts(
        imports=tuple(part for part in parts if isinstance(part, Import)),
        definitions=tuple(part for part in parts if isinstance(part, Definition)),
    )
    return set(signs(path, language, facts))


def defined(
    name: str, *bases: str, kind: str = "class", decorators: tuple[str, ...] = ()
) -> Definition:
    return Definition(name, kind, 1, 9, 0, bases, decorators)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (defined("UserRepository"), {"repository"}),
        (defined("UserRepo"), {"repository"}),
        (defined("OrderDAO"), {"repository"}),
        (defined("GitRepository"), set()),
        (defined("Repository"), set()),
        (defined("OrderService"), {"service"}),
        (defined("Service"), set()),
        (defined("PlaceOrderUseCase"), {"service"}),
        (defined("OrderController"), {"controller"}),
        (defined("SerialPort"), set()),
        (defined("PaymentPort", "Protocol"), {"port"}),
        (defined("PaymentPort", "typing.Protocol[T]"), {"port"}),
        (defined("PaymentPort", kind="interface"), {"port"}),
        (defined("Report", "ABC"), set()),
        (defined("StripeAdapter"), {"adapter"}),
        (defined("OrderPlacedEvent"), {"event"}),
        (defined("OrderEventHandler"), {"event-handler"}),
        (defined("DomainEventBus"), {"event-publisher"}),
        (defined("EventBus"), {"event-publisher"}),
        (defined("BasePlugin"), {"plugin-base"}),
        (defined("ImagePlugin", "BasePlugin"), {"plugin"}),
        (defined("PriceStrategy", "ABC"), {"strategy-base"}),
        (defined("IPriceStrategy", kind="interface"), {"strategy-base"}),
        (defined("Invoice.LineFactory"), {"factory"}),
        (defined("make_service", kind="function"), set()),
        (defined("Order", "models.Model"), {"orm-model"}),
        (defined("Order", "Base", decorators=("Entity",)), {"orm-model"}),
        (defined("OrdersApi", decorators=("RestController",)), {"http-route"}),
    ],
)
def test_types_give_signs_by_their_names_and_bases(
    definition: Definition, expected: set[str]
) -> None:
    assert seen(definition) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("typer", {"cli-framework"}),
        ("click.testing", {"cli-framework"}),
        ("clicker", set()),
        ("argparse", {"cli-parser"}),
        ("github.com/spf13/cobra", {"cli-framework"}),
        ("@nestjs/common", {"http-server"}),
        ("clap::Parser", {"cli-framework"}),
        ("org.apache.kafka.clients.Consumer", {"message-broker"}),
        ("./kafka", set()),
        ("..kafka", set()),
        ("myapp.kafka", set()),
        ("pluggy", {"plugin-loader"}),
    ],
)
def test_imports_give_signs_by_the_package(target: str, expected: set[str]) -> None:
    assert seen(Import(target, 1)) == expected


def test_an_import_of_types_alone_gives_none() -> None:
    assert seen(Import("kafkajs", 1, "type")) == set()


def test_what_asks_for_entry_points_loads_plugins() -> None:
    assert seen(Import("importlib.metadata", 1, names=("entry_points",))) == {"plugin-loader"}
    assert seen(Import("importlib.metadata", 1, names=("version",))) == set()


@pytest.mark.parametrize(
    ("decorator", "package", "sign"),
    [
        ("app.get", "fastapi", "http-route"),
        ("orders_router.post", "myapp.web", "http-route"),
        ("bp.route", "myapp.web", "http-route"),
        ("cache.get", "myapp.cache", None),
        ("get", "myapp", None),
        ("Get", "@nestjs/common", "http-route"),
        ("app.command", "typer", "cli-command"),
        ("bot.command", "discord", None),
        ("asset", "dagster", "dagster-asset"),
        ("dg.sensor", "dagster", "dagster-sensor"),
        ("asset", "myapp", None),
        ("hookspec", "pluggy", "plugin-hook"),
    ],
)
def test_decorators_give_signs_together_with_imports(
    decorator: str, package: str, sign: str | None
) -> None:
    found = seen(Import(package, 1), defined("run", kind="function", decorators=(decorator,)))
    told = found - {"http-server", "cli-framework", "plugin-loader"}
    assert told == ({sign} if sign else set())


def test_what_registers_routes_by_calls_is_told_by_its_place() -> None:
    gin = Import("github.com/gin-gonic/gin", 1)
    assert "http-route" in seen(gin, path="internal/handlers/orders.go", language="Go")
    assert "http-route" not in seen(gin, path="internal/orders.go", language="Go")
    assert "http-route" not in seen(Import("fastapi", 1), path="app/api/errors.py")


def test_dagster_definitions_are_told_by_import_or_by_the_files_name() -> None:
    named = Import("dagster", 1, names=("Definitions", "asset"))
    assert seen(named) == {"dagster-definitions"}
    assert seen(Import("dagster", 1), path="flow/definitions.py") == {"dagster-definitions"}
    assert seen(Import("dagster", 1)) == set()
    assert seen(Import("dagster", 1, names=("asset",)), path="flow/definitions.py") == set()


def test_an_onex_node_is_named_alike_in_file_and_class() -> None:
    node = defined("NodeTreeEffect")
    assert seen(node, path="x/node_tree_effect.py") == {"onex-node"}
    assert seen(node, path="x/node_tree_compute.py") == set()
    assert seen(node, path="x/tree.py") == set()


def test_a_file_of_which_nothing_is_known_bears_no_sign() -> None:
    assert signs("app/service.py", "Python", NOTHING) == ()


def test_signs_are_sorted_and_each_says_something() -> None:
    facts = FileFacts(
        imports=(Import("typer", 1), Import("kafka", 2)),
        definitions=(defined("UserService"), defined("UserRepository"), defined("AService")),
    )
    found = signs("a.py", "Python", facts)
    assert found == ("cli-framework", "message-broker", "repository", "service")
    assert all(SIGNS[sign] for sign in found)
