"""What Java and Kotlin files say, and where their imports lead."""

from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.extraction.syntax import LONGEST_NAME
from onextree.intelligence.facts import Definition, Import
from onextree.intelligence.resolution.nearness import nearest_file
from tests.literal_projects import Literal

JVM = Literal("jvm", {"java": "Java", "kt": "Kotlin"})

JAVA = """\
package shop.orders;

import java.util.List;
import static shop.prices.Price.of;
import shop.prices.*;
import static shop.prices.Tax.*;

@Service("orders")
public class Orders<T> extends Base<T> implements Shop, Audit.Log {
    private final List<Order> open;
    private boolean ready = open != null && true;

    @Override
    public Order find(Request request) {
        if (request == null || open.isEmpty()) { return null; }
        Runnable later = new Runnable() { public void run() { if (ready) { Helper.go(); } } };
        switch (request.kind()) { case 1: break; default: break; }
        return new other.place.Full();
    }

    record Line(Item item) {}
    enum State implements Shop { OPEN, CLOSED; void flip() {} }
    public static void main(String[] arguments) {}
}
@interface Marked {}
"""
KOTLIN = """\
package shop.orders

import shop.prices.Price
import shop.prices.round as rounded
import shop.tax.*

@Service("orders")
class Orders(private val store: Store) : Base<Order>(store), Shop {
    fun find(request: Request): Order? {
        if (request.known && store.open) return null
        when (request.kind) { 1 -> check(request); else -> Helper.go() }
        fun local() { if (request.known) return }
        return other.place.Full()
    }
    companion object { fun make() = Orders(Store()) }
    enum class State { OPEN, CLOSED }
}

interface Marked
fun main(arguments: Array<String>) {}
fun String.short(): String = this
typealias Orders2 = Orders
"""


def test_java_files_say_what_they_import_and_what_they_use_of_their_own_package() -> None:
    facts = JVM.facts(JAVA, "java")
    assert facts.package == "shop.orders"
    assert facts.imports == (
        Import("java.util.List", 3),
        Import("shop.prices.Price", 4, names=("of",)),
        Import("shop.prices", 5, names=("*",)),
        Import("shop.prices.Tax", 6, names=("*",)),
        Import("shop.orders", 8, names=("Service",)),
        Import("shop.orders", 9, names=("T", "Base", "Shop", "Audit")),
        Import("shop.orders", 10, names=("Order",)),
        Import("shop.orders", 13, names=("Override",)),
        Import("shop.orders", 14, names=("Request",)),
        Import("shop.orders", 16, names=("Runnable", "Helper")),
        Import("other.place.Full", 18),
        Import("shop.orders", 21, names=("Item",)),
        Import("shop.orders", 23, names=("String",)),
    )
    assert facts.marks == ("main",)
    assert (facts.lines, facts.errors) == (25, 0)


def test_java_files_define_types_and_methods_and_an_anonymous_class_is_code_around_it() -> None:
    assert JVM.facts(JAVA, "java").definitions == (
        Definition(
            "Orders", "class", 8, 24, 1, ("Base", "Shop", "Audit.Log"), decorators=("Service",)
        ),
        Definition("Orders.find", "method", 13, 19, 4, decorators=("Override",)),
        Definition("Orders.Line", "class", 21, 21),
        Definition("Orders.State", "enum", 22, 22, 0, ("Shop",)),
        Definition("Orders.State.flip", "method", 22, 22),
        Definition("Orders.main", "method", 23, 23),
        Definition("Marked", "interface", 25, 25),
    )


def test_kotlin_files_say_what_they_import_and_what_they_use_of_their_own_package() -> None:
    facts = JVM.facts(KOTLIN, "kt")
    assert facts.package == "shop.orders"
    assert facts.imports == (
        Import("shop.prices.Price", 3),
        Import("shop.prices.round", 4),
        Import("shop.tax", 5, names=("*",)),
        Import("shop.orders", 7, names=("Service",)),
        Import("shop.orders", 8, names=("Store", "Base", "Order", "Shop")),
        Import("shop.orders", 9, names=("Request",)),
        Import("shop.orders", 11, names=("check", "Helper")),
        Import("shop.orders", 20, names=("Array", "String")),
    )
    assert facts.marks == ("main",)


def test_kotlin_files_define_types_methods_and_functions() -> None:
    assert JVM.facts(KOTLIN, "kt").definitions == (
        Definition("Orders", "class", 7, 17, 0, ("Base", "Shop"), ("Service",)),
        Definition("Orders.find", "method", 9, 14, 3),
        Definition("Orders.find.local", "function", 12, 12, 1),
        Definition("Orders.make", "method", 15, 15),
        Definition("Orders.State", "enum", 16, 16),
        Definition("Marked", "interface", 19, 19),
        Definition("main", "function", 20, 20),
        Definition("short", "function", 21, 21),
        Definition("Orders2", "class", 22, 22),
    )


def test_imports_lead_to_the_file_that_declares_a_type_or_what_a_type_lies_in() -> None:
    assert JVM.edges(
        {
            "src/a/Use.java": "package a;\nimport b.Outer;\nimport b.Outer.Inner;\n"
            "import static b.Tool.run;\nimport static b.Names.*;\nclass Use {}\n",
            "src/b/Outer.java": "package b;\nclass Outer { class Inner {} }\n",
            "src/b/Tool.java": "package b;\nclass Tool {}\n",
            "src/b/Names.java": "package b;\nclass Names {}\n",
            "src/b/Other.java": "package b;\nclass Other {}\n",
        }
    ) == {
        ("src/a/Use.java", "src/b/Outer.java", 2),
        ("src/a/Use.java", "src/b/Outer.java", 3),
        ("src/a/Use.java", "src/b/Tool.java", 4),
        ("src/a/Use.java", "src/b/Names.java", 5),
    }


def test_java_and_kotlin_see_each_other_and_functions_are_found_where_they_are_declared() -> None:
    assert JVM.edges(
        {
            "A.java": "package a;\nimport b.ToolsKt;\nclass A { Shared s; }\n",
            "a/shared.kt": "package a\nimport b.twice\nimport b.LIMIT\nclass Shared\n",
            "b/tools.kt": "package b\nconst val LIMIT = 1\nfun twice() = once()\nfun once() = 1\n",
        }
    ) == {
        ("A.java", "b/tools.kt", 2),
        ("A.java", "a/shared.kt", 3),
        ("a/shared.kt", "b/tools.kt", 2),
        ("a/shared.kt", "b/tools.kt", 3),
    }


def test_a_whole_package_is_only_what_is_used_of_it_and_the_own_package_goes_first() -> None:
    texts = {
        "a/Use.java": "package a;\nimport b.*;\nclass Use extends Base { Near near; String s; }\n",
        "a/Near.java": "package a;\nclass Near {}\n",
        "b/Base.java": "package b;\npublic class Base {}\n",
        "b/Near.java": "package b;\npublic class Near {}\n",
        "b/Unused.java": "package b;\npublic class Unused {}\n",
    }
    assert JVM.edges(texts) == {
        ("a/Use.java", "b/Base.java", 2),
        ("a/Use.java", "a/Near.java", 3),
    }
    assert not JVM.unresolved(texts)
    assert not JVM.external(texts)


def test_of_several_source_sets_the_nearest_counts_and_only_tests_see_tests() -> None:
    type_b = "package b;\nclass B {}\n"
    use = "package a;\nimport b.B;\nclass A {}\n"
    texts = {
        "one/src/main/java/a/A.java": use,
        "one/src/test/java/b/B.java": type_b,
        "one/src/test/java/a/ATest.java": use,
        "two/src/main/java/b/B.java": type_b,
    }
    assert JVM.edges(texts) == {
        ("one/src/main/java/a/A.java", "two/src/main/java/b/B.java", 2),
        ("one/src/test/java/a/ATest.java", "one/src/test/java/b/B.java", 2),
    }
    texts["one/src/main/java/b/B.java"] = type_b
    assert ("one/src/main/java/a/A.java", "one/src/main/java/b/B.java", 2) in JVM.edges(texts)


def test_the_nearest_of_very_many_is_found() -> None:
    candidates = sorted(f"d{number:03}/{name}.java" for number in range(500) for name in "ab")
    assert nearest_file("d250/x/c.java", candidates) == "d250/a.java"
    assert nearest_file("a.java", candidates) == "d000/a.java"
    assert nearest_file("d499/z.java", candidates) == "d499/a.java"


def test_what_a_package_of_the_project_lacks_is_unresolved_and_the_rest_is_external() -> None:
    texts = {
        "A.java": "package a.b;\nimport a.b.Gone;\nimport a.b.c.Gone;\nimport java.util.List;\n"
        "import org.apache.commons.lang3.StringUtils;\nimport static org.junit.Assert.*;\n"
    }
    assert JVM.unresolved(texts) == {("A.java", "a.b.Gone")}
    assert JVM.external(texts) == {"a.b", "java.util", "org.apache.commons", "org.junit"}


def test_names_of_absurd_length_are_none() -> None:
    long = ".".join("a" * 999)
    facts = JVM.facts(f"package {long};\nimport {long};\nclass A {{ {long}.B b; }}\n", "java")
    assert not [one for one in facts.imports if len(one.target) > LONGEST_NAME]
    assert len(facts.package or "") <= LONGEST_NAME


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([(JAVA, "java"), (KOTLIN, "kt")]), st.data())
def test_whatever_is_cut_out_of_a_file_the_rest_is_read(
    source: tuple[str, str], data: st.DataObject
) -> None:
    text, ending = source
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    cut = text[:start] + data.draw(st.text(max_size=5)) + text[end:]
    assert JVM.facts(cut, ending).lines >= 0
    JVM.resolved({f"a.{ending}": cut, f"b.{ending}": text})
