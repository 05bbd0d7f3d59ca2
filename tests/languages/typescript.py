"""TypeScript: a workspace of packages with paths, barrels, types, JSX and tests."""

FILES = """\
-- package.json --
{"name": "shop", "private": true, "workspaces": ["packages/*", "apps/*"]}
-- tsconfig.base.json --
{
  // Paths of the whole workspace.
  "compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["packages/lib/src/*"]}}
}
-- packages/core/package.json --
{
  "name": "@shop/core",
  "exports": {
    ".": {"types": "./dist/index.d.ts", "default": "./dist/index.js"},
    "./testing": "./src/testing.ts"
  }
}
-- packages/core/tsconfig.json --
{"extends": "../../tsconfig.base.json"}
-- packages/core/src/index.ts --
export * from "./order";
export { price as priceOf } from "./price.js";
export type { Line } from "./types";
-- packages/core/src/order.ts --
import type { Line } from "./types";
import { price } from "./price.js";
import rates from "./rates.json";
import { readFile } from "node:fs/promises";
import { sum } from "@lib/math";

export class Order {
  lines: Line[] = [];
  total() { return sum(this.lines.map(price)) * rates.standard; }
}
-- packages/core/src/price.ts --
import { type Line } from "./types";
import { round } from "./rounding";

export const price = (line: Line) => round(line.cents);
-- packages/core/src/types.ts --
export interface Line { cents: number }
-- packages/core/src/rates.json --
{"standard": 1.19}
-- packages/core/src/testing.ts --
import { Order } from ".";

export const empty = () => new Order();
-- packages/core/src/order.test.ts --
import { describe, expect, it } from "vitest";
import { empty } from "./testing";

describe("order", () => it("is empty", () => expect(empty().lines).toEqual([])));
-- packages/lib/src/math.ts --
export const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
-- apps/web/package.json --
{"name": "web", "dependencies": {"@shop/core": "workspace:*", "react": "18"}}
-- apps/web/tsconfig.json --
{"compilerOptions": {"jsx": "react-jsx", "paths": {"~/*": ["./src/*"]}}}
-- apps/web/src/main.tsx --
import { createRoot } from "react-dom/client";
import { App } from "~/components/App";
import "./main.css";

createRoot(document.body).render(<App />);
-- apps/web/src/main.css --
body { margin: 0 }
-- apps/web/src/components/App.tsx --
import { lazy } from "react";
import { Order, type Line } from "@shop/core";
import { empty } from "@shop/core/testing";
import logo from "./logo.svg?url";

const Cart = lazy(() => import("./Cart"));
export const App = () => <Cart order={empty() as Order} logo={logo} lines={[] as Line[]} />;
-- apps/web/src/components/Cart/index.tsx --
export default function Cart(props: object) { return <p>{JSON.stringify(props)}</p>; }
-- apps/web/src/components/logo.svg --
<svg xmlns="http://www.w3.org/2000/svg"/>
"""

_CORE = "packages/core/src"
_WEB = "apps/web/src"

EDGES = {
    f"{_CORE}/index.ts": f"reexport:{_CORE}/order.ts reexport:{_CORE}/price.ts "
    f"type:{_CORE}/types.ts",
    f"{_CORE}/order.ts": f"type:{_CORE}/types.ts {_CORE}/price.ts {_CORE}/rates.json "
    "packages/lib/src/math.ts",
    f"{_CORE}/price.ts": f"type:{_CORE}/types.ts",
    f"{_CORE}/testing.ts": f"{_CORE}/index.ts",
    f"{_CORE}/order.test.ts": f"{_CORE}/testing.ts",
    f"{_WEB}/main.tsx": f"{_WEB}/components/App.tsx {_WEB}/main.css",
    f"{_WEB}/components/App.tsx": f"{_CORE}/index.ts {_CORE}/testing.ts "
    f"{_WEB}/components/logo.svg dynamic:{_WEB}/components/Cart/index.tsx",
}
EXTERNAL = {"node:fs": 1, "react": 1, "react-dom": 1, "vitest": 1}
UNRESOLVED = [(f"{_CORE}/price.ts", 2, "./rounding")]
