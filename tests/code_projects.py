"""A small shop in three languages, with a circle, a duplicate and a god object."""

from tests.repositories import Repository

__all__ = ["cut_circle", "write_shop"]

_MOST_METHODS = 41
_LINES_OF_A_METHOD = 21

_FILES = {
    "README.md": "# Shop\n",
    "src/shop/__init__.py": "",
    "src/shop/main.py": "from shop import cart\n\n\nif __name__ == '__main__':\n    cart.fill()\n",
    "src/shop/cart.py": "from shop import prices\nfrom shop.stock import Stock\n\n\n"
    "def fill():\n    return prices.of(Stock())\n",
    "src/shop/prices.py": "from shop import cart\n\n\n"
    "def of(thing):\n    return cart.__name__, thing\n",
    "web/tsconfig.json": "{}\n",
    "web/src/index.ts": "import { draw } from './page';\ndraw();\n",
    "web/src/page.ts": "export function draw() {}\n",
    "go.mod": "module example.org/shop\n\ngo 1.22\n",
    "cmd/main.go": 'package main\n\nimport "example.org/shop/mail"\n\n'
    "func main() { mail.Send() }\n",
    "mail/send.go": "package mail\n\nfunc Send() {}\n",
}


def write_shop(project: Repository) -> None:
    """Write its files."""
    for path, content in _FILES.items():
        project.write(path, content)
    project.write("src/shop/stock.py", _god("Stock"))
    rates = "".join(f"RATE_{number} = {number} * 1.19  # of a country\n" for number in range(40))
    for path in ("src/shop/rates.py", "src/shop/old_rates.py"):
        project.write(path, rates)


def cut_circle(project: Repository) -> None:
    """Have its two files of a circle depend on each other in one direction alone."""
    project.write("src/shop/prices.py", "def of(thing):\n    return 'free', thing\n")


def _god(name: str) -> str:
    lines = ["", *(f"        total += {number}" for number in range(_LINES_OF_A_METHOD - 4))]
    body = "\n".join(["        total = 0", *lines[1:], "        return total", ""])
    methods = (f"    def part_{number}(self):\n{body}" for number in range(_MOST_METHODS))
    return f"class {name}:\n" + "\n".join(methods)
