"""Rust: a workspace of a library, a program and a macro crate, with modules in both layouts."""

FILES = """\
-- Cargo.toml --
[workspace]
members = ["crates/*"]

[workspace.package]
edition = "2021"

[workspace.dependencies]
shop-core = { path = "crates/core" }
-- crates/core/Cargo.toml --
[package]
name = "shop-core"
edition.workspace = true

[dependencies]
serde = "1"
-- crates/core/src/lib.rs --
//! Orders.
mod errors;
pub mod orders;
#[cfg(test)]
mod tests;

pub use crate::errors::ShopError;
pub use orders::{model::Order, place};
-- crates/core/src/errors.rs --
use std::fmt;

#[derive(Debug)]
pub struct ShopError;

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { f.write_str("shop") }
}
-- crates/core/src/orders/mod.rs --
pub mod model;
mod taxes;

use self::model::Order;
use super::errors::ShopError;

pub fn place() -> Result<Order, ShopError> { taxes::rate(); Ok(Order) }
-- crates/core/src/orders/model.rs --
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Order;
-- crates/core/src/tests.rs --
use super::*;
use crate::orders::model;

#[test]
fn places() { let _: model::Order = place().unwrap(); }
-- crates/core/tests/api.rs --
use shop_core::orders;

mod common;

#[test]
fn works() { common::setup(); orders::place().unwrap(); }
-- crates/core/tests/common/mod.rs --
pub fn setup() {}
-- crates/cli/Cargo.toml --
[package]
name = "shop-cli"
edition.workspace = true

[dependencies]
shop-core = { workspace = true }
clap = "4"
-- crates/cli/src/main.rs --
mod args;

use args::Args;
use clap::Parser;
use shop_core::{self as core, ShopError};

fn main() -> Result<(), ShopError> {
    let _ = Args::parse();
    core::orders::place().map(drop)
}
-- crates/cli/src/args.rs --
#[derive(clap::Parser)]
pub struct Args;
-- crates/cli/build.rs --
fn main() {}
"""

EDGES = {
    "crates/cli/src/main.rs": "module:crates/cli/src/args.rs crates/core/src/lib.rs "
    "crates/core/src/orders/mod.rs",
    "crates/core/src/lib.rs": "module:crates/core/src/errors.rs "
    "module:crates/core/src/orders/mod.rs module:crates/core/src/tests.rs "
    "reexport:crates/core/src/orders/model.rs",
    "crates/core/src/orders/mod.rs": "module:crates/core/src/orders/model.rs "
    "crates/core/src/errors.rs",
    "crates/core/src/tests.rs": "crates/core/src/lib.rs crates/core/src/orders/model.rs",
    "crates/core/tests/api.rs": "crates/core/src/orders/mod.rs "
    "module:crates/core/tests/common/mod.rs",
}
EXTERNAL = {"clap": 1, "serde": 1, "std": 1}
UNRESOLVED = [("crates/core/src/orders/mod.rs", 2, "taxes")]
