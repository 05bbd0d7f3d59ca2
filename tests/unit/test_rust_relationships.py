"""What Rust files say, and which files their paths lead to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.facts import Definition, Import
from tests.literal_projects import Literal

RUST = Literal("rust", {"rs": "Rust"})

SHOP = """\
//! A shop.
pub mod price;
#[cfg(test)]
#[path = "../fakes/store.rs"]
mod fake;
mod inner {
    use super::*;
    mod deep;
    use self::deep::Depth;
}
pub use crate::order::{self, list::{All as Every, r#type}, *};
use ::std::{fmt, io};
use fmt::Display;
extern crate alloc as memory;

#[derive(Debug, Clone)]
/// What is sold.
pub struct Order<T> where T: Display { item: T }
pub enum Kind { Book }
pub trait Store: Base + Send + 'static {
    fn find(&self);
    fn has(&self) -> bool { if true { false } else { true } }
}
impl<T> Store for Order<T> {
    fn find(&self) { match 1 { 1 => 2, _ => 3 }; while let Some(_) = x {} for _ in y {} }
}
impl fmt::Display for Kind { fn fmt(&self) {} }
#[tokio::main(flavor = "x")]
async fn main() {
    fn helper() { if a {} }
    crate::pay::by_card::<u8>(Kind::Book);
    price::table::read();
    serde_json::from_str("1");
    log::info!("sold {}", u32::MAX);
}
"""


def test_rust_files_say_which_paths_they_use() -> None:
    facts = RUST.facts(SHOP, "rs")
    assert facts.imports == (
        Import("price", 2, "module"),
        Import("./../fakes/store.rs", 5, "module", ("fake",)),
        Import("self", 7, names=("*",)),
        Import("inner::deep", 8, "module"),
        Import("self::inner::deep::Depth", 9),
        Import("crate::order", 11, "reexport"),
        Import("crate::order::list::All", 11, "reexport"),
        Import("crate::order::list::type", 11, "reexport"),
        Import("crate::order", 11, "reexport", ("*",)),
        Import("::std::fmt", 12),
        Import("::std::io", 12),
        Import("::std::fmt::Display", 13),
        Import("alloc", 14),
        Import("crate::pay::by_card", 31),
        Import("self::price::table::read", 32),
    )
    assert (facts.package, facts.marks, facts.errors) == (None, ("main",), 0)


def test_rust_files_define_types_with_the_traits_that_they_are_given() -> None:
    assert RUST.facts(SHOP, "rs").definitions == (
        Definition("Order", "struct", 18, 18, bases=("Store",), decorators=("derive",)),
        Definition("Kind", "enum", 19, 19, bases=("fmt::Display",)),
        Definition("Store", "trait", 20, 23, bases=("Base", "Send")),
        Definition("Store.has", "method", 22, 22, branches=1),
        Definition("Order.find", "method", 25, 25, branches=3),
        Definition("Kind.fmt", "method", 27, 27),
        Definition("main", "function", 29, 35, decorators=("tokio::main",)),
        Definition("main.helper", "function", 30, 30, branches=1),
    )


def test_crates_are_seen_in_code_where_nothing_else_can_be_meant() -> None:
    text = "use std::fmt;\nfn f() { serde_json::to_string(fmt::Error); u8::MAX; Kind::Book; }\n"
    assert RUST.facts(text, "rs").imports == (
        Import("std::fmt", 1),
        Import("serde_json::to_string", 2),
    )
    assert RUST.facts(f"use a::prelude::*;\n{text}", "rs").imports[2:] == ()


def test_items_in_macros_are_items() -> None:
    text = (
        "cfg_rt! {\n    mod runtime;\n    macros! { use crate::task; }\n    pub fn spawn() {}\n}\n"
        "cfg_if::cfg_if! {\n    if #[cfg(unix)] { mod unix; } else { mod other; }\n}\n"
        "fn f() { m! { use crate::no; } }\nsql! { SELECT mod x }\n"
    )
    facts = RUST.facts(text, "rs")
    assert facts.imports == (
        Import("runtime", 2, "module"),
        Import("crate::task", 3),
        Import("unix", 7, "module"),
        Import("other", 7, "module"),
    )
    assert [one.name for one in facts.definitions] == ["spawn", "f"]


CRATE = '[package]\nname = "web-shop"\nedition = "2021"\n'


def test_modules_lie_beside_their_crate_or_below_their_own_name() -> None:
    texts = {
        "Cargo.toml": CRATE,
        "src/lib.rs": "mod order;\nmod price;\nmod gone;\nmod flat { mod inside; }\n",
        "src/order.rs": 'mod list;\n#[path = "../odd/elsewhere.rs"]\nmod odd;\n',
        "src/order/list.rs": "",
        "src/price/mod.rs": "mod table;\n",
        "src/price/table.rs": "",
        "src/flat/inside.rs": "",
        "odd/elsewhere.rs": "",
    }
    assert RUST.edges(texts) == {
        ("src/lib.rs", "src/order.rs", 1),
        ("src/lib.rs", "src/price/mod.rs", 2),
        ("src/lib.rs", "src/flat/inside.rs", 4),
        ("src/order.rs", "src/order/list.rs", 1),
        ("src/order.rs", "odd/elsewhere.rs", 3),
        ("src/price/mod.rs", "src/price/table.rs", 1),
    }
    assert RUST.unresolved(texts) == {("src/lib.rs", "gone")}


def test_a_path_leads_to_the_deepest_module_on_it_that_is_a_file() -> None:
    texts = {
        "Cargo.toml": CRATE,
        "src/lib.rs": "pub fn sell() {}\nmod tests { use super::order::list; use super::sell; }\n",
        "src/order.rs": "",
        "src/order/list.rs": "use crate::sell;\nuse crate::order::{find, list::All};\n"
        "use super::super::price::table::Row;\nuse self::own;\nuse super::super::super::x;\n",
        "src/price.rs": "use crate::order::list::deep::er;\n",
    }
    assert RUST.edges(texts) == {
        ("src/lib.rs", "src/order/list.rs", 2),
        ("src/order/list.rs", "src/lib.rs", 1),
        ("src/order/list.rs", "src/order.rs", 2),
        ("src/order/list.rs", "src/price.rs", 3),
        ("src/price.rs", "src/order/list.rs", 1),
    }
    assert RUST.unresolved(texts) == {("src/order/list.rs", "super::super::super::x")}


def test_programs_tests_and_examples_name_the_library_of_their_package() -> None:
    texts = {
        "Cargo.toml": f'{CRATE}[[bin]]\nname = "run"\npath = "cmd/run.rs"\n',
        "src/lib.rs": "pub mod order;\n",
        "src/order.rs": "",
        "src/main.rs": "use web_shop::order::All;\nmod screen;\nuse crate::screen::x;\n",
        "src/screen.rs": "",
        "src/bin/tool/main.rs": "mod order;\nuse crate::order::x;\nuse web_shop::order::y;\n",
        "src/bin/tool/order.rs": "",
        "tests/sell.rs": "mod common;\nuse web_shop::order;\n",
        "tests/common/mod.rs": "use serde::Serialize;\nuse std::io;\n",
        "cmd/run.rs": "mod beside;\n",
        "cmd/beside.rs": "",
    }
    assert RUST.edges(texts) == {
        ("src/lib.rs", "src/order.rs", 1),
        ("src/main.rs", "src/order.rs", 1),
        ("src/main.rs", "src/screen.rs", 2),
        ("src/main.rs", "src/screen.rs", 3),
        ("src/bin/tool/main.rs", "src/bin/tool/order.rs", 1),
        ("src/bin/tool/main.rs", "src/bin/tool/order.rs", 2),
        ("src/bin/tool/main.rs", "src/order.rs", 3),
        ("tests/sell.rs", "tests/common/mod.rs", 1),
        ("tests/sell.rs", "src/order.rs", 2),
        ("cmd/run.rs", "cmd/beside.rs", 1),
    }
    assert RUST.external(texts) == {"serde", "std"}
    assert not RUST.unresolved(texts)


def test_crates_of_a_workspace_are_named_as_their_dependants_call_them() -> None:
    texts = {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n[workspace.package]\nedition = "2021"\n'
        '[workspace.dependencies]\nshop-price = { path = "crates/price" }\n',
        "crates/price/Cargo.toml": '[package]\nname = "shop-price"\nedition.workspace = true\n'
        '[lib]\nname = "prices"\npath = "all.rs"\n',
        "crates/price/all.rs": "mod table;\n",
        "crates/price/table.rs": "",
        "crates/store/Cargo.toml": '[package]\nname = "store"\n',
        "crates/store/src/lib.rs": "",
        "crates/fake/Cargo.toml": '[package]\nname = "serde"\n',
        "crates/fake/src/lib.rs": "",
        "crates/web/Cargo.toml": '[package]\nname = "web"\nedition.workspace = true\n'
        "[dependencies]\nshop-price.workspace = true\n"
        '[target."cfg(unix)".dev-dependencies]\n'
        'db = { package = "store", path = "../store" }\n',
        "crates/web/src/lib.rs": "use shop_price::table::Row;\nuse db::Connection;\n"
        "use serde::Serialize;\nuse store::x;\n",
    }
    web = "crates/web/src/lib.rs"
    assert RUST.edges(texts) == {
        ("crates/price/all.rs", "crates/price/table.rs", 1),
        (web, "crates/price/table.rs", 1),
        (web, "crates/store/src/lib.rs", 2),
    }
    assert RUST.external(texts) == {"serde", "store"}


def test_before_the_edition_of_2018_paths_of_use_begin_at_the_crate() -> None:
    texts = {
        "Cargo.toml": '[package]\nname = "old"\n',
        "src/main.rs": "mod log;\nmod order;\n",
        "src/log.rs": "",
        "src/order.rs": "use log::warn;\n",
    }
    assert ("src/order.rs", "src/log.rs", 1) in RUST.edges(texts)
    texts["Cargo.toml"] += 'edition = "2018"\n'
    assert ("src/order.rs", "src/log.rs", 1) not in RUST.edges(texts)
    assert RUST.external(texts) == {"log"}


def test_crates_without_a_manifest_begin_at_the_nearest_root_file() -> None:
    texts = {
        "a/lib.rs": "mod b;\n",
        "a/b.rs": "use crate::b;\nuse crate::x;\n",
        "c.rs": "use crate::d;\n",
    }
    assert RUST.edges(texts) == {("a/lib.rs", "a/b.rs", 1), ("a/b.rs", "a/lib.rs", 2)}
    assert RUST.unresolved(texts) == {("c.rs", "crate::d")}


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[",
        "package = 1",
        'package = {name = 1}\nlib = "x"\nbin = [1, {path = 2}]\ndependencies = [1]',
        '[package]\nname = "x"\nedition = 1\n[dependencies]\ny = 1\nz = {path = "../../.."}\n',
        'workspace = 1\n[package]\nname = "x"\nedition.workspace = true\n[target]\nx = 1\n',
    ],
)
def test_a_manifest_of_any_shape_is_borne(manifest: str) -> None:
    texts = {"Cargo.toml": manifest, "src/lib.rs": "mod a;\nuse y::z;\n", "src/a.rs": ""}
    assert RUST.edges(texts) == {("src/lib.rs", "src/a.rs", 1)}
    assert RUST.external(texts) == {"y"}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SHOP)), st.integers(0, len(SHOP)), st.text(max_size=5))
def test_whatever_is_cut_out_of_a_file_the_rest_is_read(start: int, end: int, put: str) -> None:
    cut = SHOP[:start] + put + SHOP[end:]
    assert RUST.facts(cut, "rs").lines >= 0
    RUST.resolved({"Cargo.toml": CRATE, "src/lib.rs": cut, "src/price.rs": SHOP})


def test_braces_may_be_nested_deeper_than_calls() -> None:
    for deep, told in ((100, True), (3000, False)):  # such a name names nothing
        facts = RUST.facts("use " + "a::{" * deep + "b" + "}" * deep + ";", "rs")
        path = Import("::".join(["a"] * deep + ["b"]), 1)
        assert facts.imports == ((path,) if told else ())
