"""What C and C++ files say, and which headers their includes are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.facts import Definition, Import
from tests.literal_projects import Literal

C = Literal("c", {"c": "C", "h": "C", "cpp": "C++", "hpp": "C++"})

HEADER = """\
#ifndef SHOP_H
#define SHOP_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
typedef struct { int id; } order_t;
struct shop { struct order *first; };
union price { int cents; };
enum kind { BOOK };
int total(const order_t *orders, size_t count);
#ifdef __cplusplus
} // extern "C"
#endif
#endif
"""

PROGRAM = """\
#include "shop.h"
#include <sys/types.h>
#include CONFIG
static char *name(struct shop *it) { return it ? it->name : 0; }
int (*chosen(void))(int) { while (1) { for (;;) { do { } while (0); } } }
int main(int argc, char **argv) {
    switch (argc) { case 1: break; default: return total(0, 0); }
    if (argc) return 1;
}
"""

CLASSES = """\
#include "order.hpp"
namespace shop::web {
class Forward;
template <typename T> class SHOP_API(1) Order final : public Base<T>, private db::Row {
 public:
  Order() : id(1) {}
  ~Order() { if (id) {} }
  int total() const override { return id ? 1 : 2; }
  bool operator==(const Order& other) { for (auto x : other) {} return true; }
  enum class Kind { book };
  struct Line { void add() {} };
};
}
template <typename T> int shop::web::Order<T>::count() { try {} catch (...) {} return 0; }
TEST(Order, Counts) { if (1) {} }
"""


def test_c_files_say_what_they_include_and_define() -> None:
    facts = C.facts(PROGRAM, "c")
    assert facts.imports == (
        Import("shop.h", 1, "include"),
        Import("<sys/types.h>", 2, "include"),
    )
    assert facts.definitions == (
        Definition("name", "function", 4, 4, branches=1),
        Definition("chosen", "function", 5, 5, branches=3),
        Definition("main", "function", 6, 9, branches=2),
    )
    assert (facts.lines, facts.package, facts.marks, facts.errors) == (9, None, ("main",), 0)


@pytest.mark.parametrize("ending", ["h", "hpp"])
def test_headers_for_both_languages_are_read_as_either(ending: str) -> None:
    facts = C.facts(HEADER, ending)
    assert facts.imports == (Import("<stddef.h>", 3, "include"),)
    assert facts.definitions == (
        Definition("order_t", "struct", 7, 7),
        Definition("shop", "struct", 8, 8),
        Definition("price", "struct", 9, 9),
        Definition("kind", "enum", 10, 10),
    )
    assert facts.errors == 0


def test_classes_have_their_members_and_bases_whatever_exports_them() -> None:
    facts = C.facts(CLASSES, "cpp")
    assert facts.definitions == (
        Definition("Order", "class", 4, 12, bases=("Base", "db::Row")),
        Definition("Order.Order", "method", 6, 6),
        Definition("Order.~Order", "method", 7, 7, branches=1),
        Definition("Order.total", "method", 8, 8, branches=1),
        Definition("Order.operator==", "method", 9, 9, branches=1),
        Definition("Order.Kind", "enum", 10, 10),
        Definition("Order.Line", "struct", 11, 11),
        Definition("Order.Line.add", "method", 11, 11),
        Definition("Order.count", "method", 14, 14, branches=1),
        Definition("TEST", "function", 15, 15, branches=1),
    )
    assert (facts.package, facts.marks, facts.errors) == ("shop::web", (), 0)


def test_quotes_look_beside_the_file_first() -> None:
    texts = {
        "src/web/page.c": '#include "page.h"\n#include "../order.h"\n#include "sub/part.h"\n',
        "src/web/page.h": "",
        "src/web/sub/part.h": "",
        "src/order.h": "",
        "include/page.h": "",
        "page.h": "",
    }
    assert C.edges(texts) == {
        ("src/web/page.c", "src/web/page.h", 1),
        ("src/web/page.c", "src/order.h", 2),
        ("src/web/page.c", "src/web/sub/part.h", 3),
    }


def test_include_roots_come_before_other_directories_and_near_ones_before_far_ones() -> None:
    texts = {
        "a/src/a.c": "#include <both.h>\n#include <shop/all.h>\n#include <odd.h>\n",
        "a/src/deep/both.h": "",
        "a/include/both.h": "",
        "include/both.h": "",
        "b/include/shop/all.h": "",
        "include/shop/all.h": "",
        "a/lib/odd.h": "",
        "b/lib/odd.h": "",
    }
    assert C.edges(texts) == {
        ("a/src/a.c", "a/include/both.h", 1),
        ("a/src/a.c", "include/shop/all.h", 2),
        ("a/src/a.c", "a/lib/odd.h", 3),
    }


def test_cmake_names_include_roots() -> None:
    texts = {
        "CMakeLists.txt": "project(shop)\n# include_directories(far)\n"
        "include_directories(api ${PROJECT_SOURCE_DIR}/more)\n",
        "lib/CMakeLists.txt": "TARGET_INCLUDE_DIRECTORIES(lib PUBLIC\n"
        '  "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/pub>"\n'
        "  ${shop_SOURCE_DIR}/top ../../out)\n",
        "lib/a.c": "#include <one.h>\n#include <two.h>\n#include <string.h>\n#include <time.h>\n",
        "lib/z/one.h": "",
        "api/one.h": "",
        "lib/z/two.h": "",
        "more/two.h": "",
        "lib/pub/string.h": "",
        "top/time.h": "",
        "far/one.h": "",
    }
    assert C.edges(texts) == {
        ("lib/a.c", "api/one.h", 1),
        ("lib/a.c", "more/two.h", 2),
        ("lib/a.c", "lib/pub/string.h", 3),
        ("lib/a.c", "top/time.h", 4),
    }


def test_a_header_of_the_system_is_not_one_that_happens_to_be_called_like_it() -> None:
    texts = {
        "a.c": "#include <string.h>\n#include <vector>\n#include <sys/stat.h>\n"
        '#include "stdio.h"\n#include <boost/any.hpp>\n#include "gtest/gtest.h"\n',
        "odd/string.h": "",
        "odd/vector": "",
        "odd/sys/stat.h": "",
    }
    assert not C.edges(texts)
    assert C.external(texts) == {"string", "vector", "sys", "stdio", "boost", "gtest"}


def test_what_should_be_the_projects_and_is_not_there_is_unresolved() -> None:
    texts = {
        "a.c": '#include "gone.h"\n#include "../../out.h"\n#include <shop/made.h>\n'
        '#include "/usr/include/x.h"\n',
        "include/shop/shop.h": "",
    }
    assert C.unresolved(texts) == {
        ("a.c", "gone.h"),
        ("a.c", "../../out.h"),
        ("a.c", "<shop/made.h>"),
        ("a.c", "/usr/include/x.h"),
    }


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([(HEADER, "h"), (PROGRAM, "c"), (CLASSES, "cpp")]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.text(max_size=5),
)
def test_whatever_is_cut_out_of_a_file_the_rest_is_read(
    whole: tuple[str, str], start: float, end: float, put: str
) -> None:
    text, ending = whole
    cut = text[: int(start * len(text))] + put + text[int(end * len(text)) :]
    assert C.facts(cut, ending).lines >= 0
    C.resolved({"CMakeLists.txt": cut, f"src/a.{ending}": cut, "include/shop.h": HEADER})
