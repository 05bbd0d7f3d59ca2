"""Synthetic projects of code: files that use each other as those of real projects do."""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CodeTree", "edit_code", "write_code"]

_SEED = 20251126
_MODULES_OF_A_PACKAGE = 20
_USED = (2, 6)  # files that a file uses
_FUNCTIONS = (3, 9)
_AGAINST = 0.002  # of these uses go against the order, and may close a circle
_TESTED = 0.2
_MODIFIED = 1_700_000_000


@dataclass(frozen=True, slots=True)
class CodeTree:
    """A project that was written.

    Attributes:
        python: Its modules as paths relative to the root, all of the package ``shop``.
        typescript: The same of ``web``.
    """

    root: Path
    python: Sequence[str]
    typescript: Sequence[str]


def write_code(root: Path, files: int) -> CodeTree:
    """Write a project of that many files; the same number gives the same bytes.

    Six of ten are Python, in packages of twenty modules of about 2 KB; three are TypeScript, in
    directories of twenty; the rest is documentation. Each file uses two to six others.
    """
    rng = random.Random(_SEED + files)
    python = [_module(number) for number in range(files * 6 // 10)]
    typescript = [_component(number) for number in range(files * 3 // 10)]
    rest = files - len(python) - len(typescript)
    root.mkdir(parents=True)
    _write(root / "pyproject.toml", '[project]\nname = "shop"\n')
    _write(root / "tsconfig.json", '{"compilerOptions": {"module": "esnext"}}\n')
    for package in {str(parent) for path in python for parent in Path(path).parents[:-1]}:
        _write(root / package / "__init__.py", "")
    for number, path in enumerate(python):
        used = _used(rng, number, len(python))
        _write(root / path, _python_text(rng, number, [python[each] for each in used]))
    for number, path in enumerate(typescript):
        used = _used(rng, number, len(typescript))
        _write(
            root / path, _typescript_text(rng, number, path, [typescript[each] for each in used])
        )
    for number in range(rest):
        _write(root / f"docs/part_{number // 20}/page_{number}.md", f"# Page {number}\n")
    return CodeTree(root, python, typescript)


def edit_code(tree: CodeTree, rng: random.Random, changed: int) -> None:
    """Modify files as a commit would: every second one uses one file more than before."""
    for number in rng.sample(range(1, len(tree.python)), changed):
        file = tree.root / tree.python[number]
        text = file.read_text()
        if rng.random() < 1 / 2:
            used = tree.python[max(0, number - rng.randint(1, 3 * _MODULES_OF_A_PACKAGE))]
            text = f"import {_dotted(used)}\n{text}"
        file.write_text(
            f"{text}\n\ndef added_{rng.getrandbits(32):08x}(value):\n    return value\n"
        )


def _module(number: int) -> str:
    package = number // _MODULES_OF_A_PACKAGE
    return f"shop/area_{package // 10}/part_{package}/module_{number}.py"


def _component(number: int) -> str:
    directory = number // _MODULES_OF_A_PACKAGE
    return f"web/area_{directory // 10}/part_{directory}/component{number}.ts"


def _used(rng: random.Random, number: int, total: int) -> list[int]:
    """Files before this one, most of them near it, and rarely one behind it."""
    used = set()
    for _ in range(rng.randint(*_USED)):
        if rng.random() < _AGAINST:
            used.add(min(number + rng.randint(1, _MODULES_OF_A_PACKAGE), total - 1))
        elif number:
            used.add(max(0, number - 1 - int(rng.expovariate(1 / 60))))
    return sorted(used - {number})


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _python_text(rng: random.Random, number: int, used: Sequence[str]) -> str:
    lines = ["import os", "from dataclasses import dataclass", ""]
    for path in used:
        package, _, module = _dotted(path).rpartition(".")
        lines.append(
            f"from {package} import {module}"
            if rng.random() < 1 / 2
            else f"import {package}.{module}"
        )
    lines += [
        "",
        "",
        "@dataclass",
        f"class Thing{number}:",
        "    name: str",
        "    size: int = 0",
        "",
    ]
    for method in range(rng.randint(*_FUNCTIONS)):
        lines += [
            f"    def step_{method}(self, value: int, limit: int = {rng.randrange(100)}) -> int:",
            f'        """Step {method} of thing {number}."""',
            "        total = self.size",
            "        for each in range(value):",
            f"            if each % {rng.randrange(2, 9)} == 0 and each < limit:",
            "                total += each * len(self.name)",
            "            else:",
            "                total -= 1",
            "        return total",
            "",
        ]
    lines += [
        "",
        f"def make_{number}(name: str) -> Thing{number}:",
        f"    return Thing{number}(name)",
    ]
    return "\n".join(lines) + "\n"


def _typescript_text(rng: random.Random, number: int, path: str, used: Sequence[str]) -> str:
    directory = path.rpartition("/")[0]
    lines = []
    for each in used:
        relative = os.path.relpath(each, directory).removesuffix(".ts")
        target = relative if relative.startswith(".") else f"./{relative}"
        name = each.rpartition("component")[2].removesuffix(".ts")
        lines.append(f'import {{ make{name} }} from "{target}";')
    lines += [
        "",
        f"export interface Props{number} {{",
        "  name: string;",
        "  size?: number;",
        "}",
        "",
    ]
    lines += [
        f"export class View{number} {{",
        f"  constructor(private props: Props{number}) {{}}",
        "",
    ]
    for method in range(rng.randint(*_FUNCTIONS)):
        lines += [
            f"  step{method}(value: number, limit = {rng.randrange(100)}): number {{",
            "    let total = this.props.size ?? 0;",
            "    for (let each = 0; each < value; each++) {",
            f"      if (each % {rng.randrange(2, 9)} === 0 && each < limit) {{",
            "        total += each * this.props.name.length;",
            "      } else {",
            "        total -= 1;",
            "      }",
            "    }",
            "    return total;",
            "  }",
            "",
        ]
    lines += ["}", "", f"export function make{number}(name: string): View{number} {{"]
    lines += [f"  return new View{number}({{ name }});", "}"]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    """Long unchanged by its times, so that git need not read it once more."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (_MODIFIED, _MODIFIED))
