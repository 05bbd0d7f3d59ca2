"""What C# files say, and which files declare the types that they mention."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.facts import Definition, Import
from onextree.intelligence.resolution.csharp import make_resolver
from onextree.intelligence.resolution.model import Declared, Project
from tests.literal_projects import Literal

CSHARP = Literal("csharp", {"cs": "C#"})

SHOP = """\
global using System.Text;
using static Shop.Tools.Money;
using Row = Shop.Data.Row<int>;
[assembly: Marked]
namespace Shop.Orders
{
    using Shop.Pay;
    [Serializable, Route("x")]
    public partial class OrderService<T> : BaseService<T>, IOrderService where T : Entity
    {
        public Order? Current { get; set; }
        public Color Colour { get { if (ready) { return Color.Red; } return null; } }
        public OrderService(ILogger logger) { }
        ~OrderService() { }
        [HttpGet("{id}")]
        public async Task<Customer[]> Get(int id, [FromBody] Dto dto)
        {
            var made = new Invoice { Name = Factory.Create(Kind: 1) };
            Shop.Far.Deep.Thing far = mapper.Map<Target>(made);
            if (made is Special special) { Run(); }
            foreach (var one in made.Lines) { }
            switch (id) { case 1: break; default: break; }
            var word = id switch { 1 => Words.One, _ => null };
            try { } catch (ShopException) { }
            int Local(int a) { return a > 1 ? 2 : 3; }
        }
        class Nested { void M() { } }
    }
    public record Line(string Text, Amount Sum);
    public interface IStore : IDisposable { void Save(); }
    enum Kind { Book }
    struct Point { }
    delegate void Sold(Event what);
}
"""


def test_csharp_files_say_what_they_use_and_which_types_they_mention() -> None:
    facts = CSHARP.facts(SHOP, "cs")
    own = "Shop.Orders"
    assert facts.imports == (
        Import("System.Text", 1),
        Import("Shop.Tools.Money", 2, names=("*",)),
        Import("Shop.Data.Row", 3),
        Import(own, 4, names=("Marked", "MarkedAttribute")),
        Import("Shop.Pay", 7),
        Import(own, 8, names=("Serializable", "SerializableAttribute", "Route", "RouteAttribute")),
        Import(own, 9, names=("BaseService", "T", "IOrderService", "Entity")),
        Import(own, 11, names=("Order",)),
        Import(own, 12, names=("Color",)),
        Import(own, 13, names=("ILogger",)),
        Import(own, 15, names=("HttpGet", "HttpGetAttribute")),
        Import(own, 16, names=("Task", "Customer", "FromBody", "FromBodyAttribute", "Dto")),
        Import(own, 18, names=("Invoice", "Factory")),
        Import(own, 19, names=("Shop.Far.Deep.Thing", "Target")),
        Import(own, 20, names=("Special",)),
        Import(own, 23, names=("Words",)),
        Import(own, 24, names=("ShopException",)),
        Import(own, 29, names=("Amount",)),
        Import(own, 30, names=("IDisposable",)),
        Import(own, 33, names=("Event",)),
    )
    assert (facts.lines, facts.package, facts.errors) == (34, own, 0)


def test_csharp_files_define_types_and_methods() -> None:
    assert CSHARP.facts(SHOP, "cs").definitions == (
        Definition(
            *("OrderService", "class", 8, 28),
            bases=("BaseService", "IOrderService"),
            decorators=("Serializable", "Route"),
        ),
        Definition("OrderService.OrderService", "method", 13, 13),
        Definition("OrderService.~OrderService", "method", 14, 14),
        Definition("OrderService.Get", "method", 15, 26, branches=5, decorators=("HttpGet",)),
        Definition("OrderService.Get.Local", "function", 25, 25, branches=1),
        Definition("OrderService.Nested", "class", 27, 27),
        Definition("OrderService.Nested.M", "method", 27, 27),
        Definition("Line", "class", 29, 29),
        Definition("IStore", "interface", 30, 30, bases=("IDisposable",)),
        Definition("IStore.Save", "method", 30, 30),
        Definition("Kind", "enum", 31, 31),
        Definition("Point", "struct", 32, 32),
        Definition("Sold", "class", 33, 33),
    )


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("class A { static void Main(string[] args) { } }", ("main",)),
        ("class A { public static async Task<int> Main() => 0; }", ("main",)),
        ('using System;\nConsole.WriteLine("x");', ("main",)),
        ("class A { void Main() { } }", ()),
    ],
)
def test_a_program_starts_at_a_static_main_or_at_statements_outside_of_types(
    text: str, marks: tuple[str, ...]
) -> None:
    assert CSHARP.facts(text, "cs").marks == marks


def test_a_using_leads_to_files_with_types_that_are_mentioned() -> None:
    texts = {
        "Web/Page.cs": "using System;\nusing Shop.Orders;\nusing Shop.Unused;\nnamespace Web;\n"
        "class Page {\n  Order order;\n  IList<Line> lines;\n}\n",
        "Orders/Order.cs": "namespace Shop.Orders;\nclass Order { }\n",
        "Orders/Lines.cs": "namespace Shop.Orders\n{ record Line(int Id); }\n",
        "Orders/Other.cs": "namespace Shop.Orders;\nclass Other { }\n",
        "Unused/Order.cs": "namespace Shop.Unused.Deep;\nclass Order { }\n",
        "Unused/More.cs": "namespace Shop.Unused;\nclass More { }\n",
    }
    assert CSHARP.edges(texts) == {
        ("Web/Page.cs", "Orders/Order.cs", 2),
        ("Web/Page.cs", "Orders/Lines.cs", 2),
    }
    assert CSHARP.external(texts) == {"System"}
    assert not CSHARP.unresolved(texts)


def test_the_own_namespace_and_those_around_it_need_no_using() -> None:
    texts = {
        "a.cs": "using Shop.Other;\nnamespace Shop.Web;\n[Audited]\nclass A {\n  B b;\n  Top top;\n"
        "  Bare bare;\n  Pay.Card card;\n  B.Inner inner;\n}\n",
        "b.cs": "namespace Shop.Web;\npartial class B { class Inner { } }\n",
        "b2.cs": "namespace Shop.Web;\npartial class B { A Back() => null; B Self; }\n",
        "top.cs": "namespace Shop;\nclass Top { }\nclass AuditedAttribute { }\n",
        "bare.cs": "class Bare { }\n",
        "card.cs": "namespace Shop.Pay;\nclass Card { }\n",
        "other.cs": "namespace Shop.Other;\nclass Top { }\n",
    }
    assert CSHARP.edges(texts) == {
        ("a.cs", "top.cs", 3),
        ("a.cs", "b.cs", 5),
        ("a.cs", "b2.cs", 5),
        ("a.cs", "b.cs", 9),
        ("a.cs", "b2.cs", 9),
        ("a.cs", "top.cs", 6),
        ("a.cs", "bare.cs", 7),
        ("a.cs", "card.cs", 8),
        ("b2.cs", "a.cs", 2),
    }


def test_types_are_used_statically_and_under_other_names() -> None:
    texts = {
        "a.cs": "using static Shop.Money;\nusing Cash = Shop.Money;\nusing static Shop.Gone;\n",
        "money.cs": "namespace Shop;\nstatic class Money { }\n",
    }
    assert CSHARP.edges(texts) == {("a.cs", "money.cs", 1), ("a.cs", "money.cs", 2)}
    assert CSHARP.unresolved(texts) == {("a.cs", "Shop.Gone")}


def test_a_using_of_which_no_type_is_mentioned_is_for_extension_methods() -> None:
    texts = {
        "a.cs": "using Shop.Text;\nclass A { int F(string s) => s.Twice(); }\n",
        "text/extensions.cs": "namespace Shop.Text;\nstatic class StringExtensions { }\n",
        "text/other.cs": "namespace Shop.Text;\nclass Other { }\n",
    }
    assert CSHARP.edges(texts) == {("a.cs", "text/extensions.cs", 1)}


def test_usings_for_all_of_a_project_count_in_it_alone() -> None:
    code = "namespace Here;\nclass Uses { Order order; Card card; Tax tax; }\n"
    texts = {
        "a/deep/a.cs": code,
        "b/b.cs": code,
        "shop/order.cs": "namespace Shop.Orders;\nclass Order { }\n",
        "shop/card.cs": "namespace Shop.Pay;\nclass Card { }\n",
        "shop/tax.cs": "namespace Shop.Tax;\nclass Tax { }\n",
    }
    configs = {
        "Directory.Build.props": b'<Project><Using Include="Shop.Tax" /></Project>',
        "a/a.csproj": b'<Project><Using Include="Shop.Orders" /></Project>',
        "a/setup/GlobalUsings.cs": b"global using System;\nglobal using Shop.Pay;\n",
        "b/b.csproj": b"",
    }
    facts = {path: CSHARP.facts(text, "cs") for path, text in texts.items()}
    declared = {
        path: Declared(one.package, tuple(each.name for each in one.definitions))
        for path, one in facts.items()
    }
    resolver = make_resolver(Project(sorted({*texts, *configs}), configs, declared))
    targets = {
        path: resolver.resolve(path, facts[path].imports[0], facts[path]).targets
        for path in ("a/deep/a.cs", "b/b.cs")
    }
    assert targets == {
        "a/deep/a.cs": ("shop/card.cs", "shop/order.cs", "shop/tax.cs"),
        "b/b.cs": ("shop/tax.cs",),
    }


def test_of_types_in_several_projects_the_own_one_counts_then_a_referenced_one() -> None:
    use = "namespace Shop;\nclass Page { Order order; }\n"
    order = "namespace Shop;\nclass Order { }\n"
    texts = {
        "own/own.csproj": "",
        "own/page.cs": use,
        "own/order.cs": order,
        "uses/uses.csproj": '<ProjectReference Include="..\\own\\own.csproj" />',
        "uses/page.cs": use,
        "third/third.csproj": "",
        "third/page.cs": use,
        "fourth/fourth.csproj": "",
        "fourth/order.cs": order,
    }
    assert CSHARP.edges(texts) == {
        ("own/page.cs", "own/order.cs", 2),
        ("uses/page.cs", "own/order.cs", 2),
        ("third/page.cs", "own/order.cs", 2),
        ("third/page.cs", "fourth/order.cs", 2),
    }


def test_namespaces_of_packages_are_external_and_missing_ones_of_the_project_unresolved() -> None:
    texts = {
        "a.csproj": '<PackageReference Include="Shop.Client.Core" Version="1" />'
        '<PackageReference Include="Newtonsoft.Json" />',
        "a.cs": "using System.Linq;\nusing Newtonsoft.Json.Linq;\nusing Shop.Client.Core.Http;\n"
        "using Shop.Gone;\nusing Serilog.Events;\nnamespace Shop.Web;\nclass A { }\n",
        "polyfill.cs": "namespace System.Runtime;\nclass IsExternalInit { }\n",
    }
    assert CSHARP.external(texts) == {"System", "Newtonsoft.Json", "Shop.Client.Core", "Serilog"}
    assert CSHARP.unresolved(texts) == {("a.cs", "Shop.Gone")}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SHOP)), st.integers(0, len(SHOP)), st.text(max_size=5))
def test_whatever_is_cut_out_of_a_file_the_rest_is_read(start: int, end: int, put: str) -> None:
    cut = SHOP[:start] + put + SHOP[end:]
    assert CSHARP.facts(cut, "cs").lines >= 0
    CSHARP.resolved({"a.csproj": cut, "a.cs": cut, "b.cs": SHOP})
