"""Imports of TypeScript lead where its own compiler finds them, whatever files there are."""

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from onextree.intelligence.facts import NOTHING, Import
from onextree.intelligence.resolution.javascript import make_resolver
from onextree.intelligence.resolution.model import Project
from tests.node.install import installed_packages

pytestmark = [pytest.mark.part("npm"), pytest.mark.xdist_group("npm")]

_DIRECTORIES = ("", "a", "a/b", "src", "src/a", "b")
_NAMES = ("a", "b", "index", "src", "x.y")
_ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".js.ts")
_WRITTEN = ("", "", "", ".js", ".jsx", ".ts", ".tsx", ".d.ts", ".css")
_PATTERNS = ("lib/*", "lib/a/*", "lib/a", "lib*", "lib/*.js", "*")
_PLACES = ("./src/*", "./a/*", "./*", "./b/index.ts", "./a", "../*")
_CASES = 4_000
_PROGRAM = Path(__file__).parents[1] / "node" / "resolve.cjs"


def test_imports_lead_where_the_compiler_finds_them() -> None:
    chosen = random.Random(10)
    cases = [_case(chosen) for _ in range(_CASES)]
    expected = _compiled(cases)
    assert sum(one is not None for one in expected) > _CASES / 10
    for case, path in zip(cases, expected, strict=True):
        assert (_resolved(case), case) == (path, case)


def _case(chosen: random.Random) -> dict[str, Any]:
    files = {_path(chosen, _ENDINGS): "" for _ in range(chosen.randint(4, 20))}
    importer = os.path.join(chosen.choice(_DIRECTORIES), chosen.choice(["main.ts", "main.tsx"]))
    files[importer] = ""
    target = _path(chosen, _WRITTEN)
    tsconfig = "tsconfig.json"
    if chosen.random() < 0.5:
        start = chosen.choice(["./", "../", "./../", "../../"])
        target = chosen.choice([start + target, start + target, start + target + "/", start, ".."])
    else:
        target = chosen.choice(["lib/", "lib/", "lib", ""]) + target
        options = _options(chosen)
        if chosen.random() < 0.3:
            files["tsconfig.base.json"] = json.dumps({"compilerOptions": options})
            files[tsconfig] = json.dumps({"extends": "./tsconfig.base.json"})
        else:
            files[tsconfig] = json.dumps({"compilerOptions": options})
    return {"files": files, "importer": importer, "target": target, "tsconfig": tsconfig}


def _path(chosen: random.Random, endings: tuple[str, ...]) -> str:
    name = chosen.choice(_NAMES) + chosen.choice(endings)
    return os.path.join(chosen.choice(_DIRECTORIES), name)


def _options(chosen: random.Random) -> dict[str, Any]:
    patterns = chosen.sample(_PATTERNS, chosen.randint(0, 3))
    paths = {one: chosen.sample(_PLACES, chosen.randint(1, 2)) for one in patterns}
    base = chosen.choice([None, ".", "./src", "a"])
    return {"paths": paths} | ({} if base is None else {"baseUrl": base})


def _compiled(cases: list[dict[str, Any]]) -> list[str | None]:
    told = subprocess.run(
        ["node", str(_PROGRAM)],
        input=json.dumps(cases),
        env={**os.environ, "NODE_PATH": str(installed_packages())},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str | None] = json.loads(told.stdout)
    return found


def _resolved(case: dict[str, Any]) -> str | None:
    configs = {path: text.encode() for path, text in case["files"].items() if text}
    resolver = make_resolver(Project(sorted(case["files"]), configs, {}))
    resolved = resolver.resolve(case["importer"], Import(case["target"], 1), NOTHING)
    return resolved.targets[0] if resolved.targets else None
