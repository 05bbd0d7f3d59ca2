"""JavaScript: a package for Node in both of its module systems."""

FILES = """\
-- package.json --
{
  "name": "shop",
  "type": "module",
  "main": "./lib/index.js",
  "imports": {
    "#prices/*": "./lib/prices/*.js",
    "#clock": {"node": "./lib/clock.js", "default": "./lib/clock.web.js"}
  },
  "bin": {"shop": "./bin/shop.js"},
  "dependencies": {"express": "4", "@acme/money": "1"}
}
-- bin/shop.js --
#!/usr/bin/env node
import { serve } from "../lib/index.js";

serve();
-- lib/index.js --
import express from "express";
import path from "path";
import * as orders from "./orders/index.js";
import { now } from "#clock";

export { sum } from "#prices/sum";
export async function serve() {
  const { mail } = await import("./mail.js");
  const chosen = await import(`./plugins/${process.argv[2]}.js`);
  express().get("/", () => mail(orders.place(now()), path.sep, chosen));
}
-- lib/clock.js --
export const now = () => Date.now();
-- lib/clock.web.js --
export const now = () => performance.now();
-- lib/mail.js --
import { createRequire } from "module";
import money from "@acme/money/format";

const require = createRequire(import.meta.url);
const legacy = require("./legacy.cjs");
export const mail = (order) => legacy.send(money(order));
-- lib/legacy.cjs --
const helpers = require("./helpers");
const { missing } = require("./missing");

module.exports = { send: helpers.send };
-- lib/helpers.js --
exports.send = (text) => text;
-- lib/orders/index.js --
export { place } from "./place.js";
-- lib/orders/place.js --
import { sum } from "shop";

export const place = (time) => sum([time]);
-- lib/prices/sum.js --
export const sum = (values) => values.length;
-- test/index.test.js --
import assert from "node:assert";
import test from "node:test";
import { serve } from "../lib/index.js";

test("serves", () => assert.ok(serve));
"""

EDGES = {
    "bin/shop.js": "lib/index.js",
    "lib/index.js": "lib/orders/index.js lib/clock.js reexport:lib/prices/sum.js "
    "dynamic:lib/mail.js",
    "lib/legacy.cjs": "lib/helpers.js",
    "lib/mail.js": "lib/legacy.cjs",
    "lib/orders/index.js": "reexport:lib/orders/place.js",
    "lib/orders/place.js": "lib/index.js",
    "test/index.test.js": "lib/index.js",
}
EXTERNAL = {
    "@acme/money": 1,
    "express": 1,
    "module": 1,
    "node:assert": 1,
    "node:test": 1,
    "path": 1,
}
UNRESOLVED = [("lib/legacy.cjs", 2, "./missing")]
