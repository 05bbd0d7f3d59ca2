"""A shop of some layers, with a circle and a large class."""

from tests.repositories import Repository

__all__ = ["write_layered_shop"]

_USES = {
    "shop/__main__.py": ("shop.api.app",),
    "shop/settings.py": (),
    "shop/api/app.py": ("shop.api.orders", "shop.api.products", "shop.api.users", "shop.settings"),
    "shop/api/orders.py": ("shop.services.checkout", "shop.services.cart", "shop.models.order"),
    "shop/api/products.py": ("shop.services.catalogue", "shop.models.product"),
    "shop/api/users.py": ("shop.services.accounts",),
    "shop/cli/main.py": ("shop.services.catalogue", "shop.services.reports", "shop.settings"),
    "shop/jobs/nightly.py": ("shop.services.reports", "shop.services.checkout"),
    "shop/services/accounts.py": ("shop.storage.users", "shop.models.user"),
    "shop/services/cart.py": ("shop.services.checkout", "shop.models.product"),
    "shop/services/catalogue.py": ("shop.storage.products", "shop.models.product"),
    "shop/services/checkout.py": (
        *("shop.services.cart", "shop.services.accounts", "shop.storage.orders"),
        *("shop.mail.sender", "shop.models.order"),
    ),
    "shop/services/reports.py": ("shop.storage.orders", "shop.storage.products"),
    "shop/mail/sender.py": ("shop.mail.templates", "shop.models.order", "shop.services.accounts"),
    "shop/mail/templates.py": (),
    "shop/storage/orders.py": ("shop.storage.database", "shop.models.order"),
    "shop/storage/products.py": ("shop.storage.database", "shop.models.product"),
    "shop/storage/users.py": ("shop.storage.database", "shop.models.user"),
    "shop/storage/database.py": ("shop.settings",),
    "shop/models/order.py": ("shop.models.product", "shop.models.user"),
    "shop/models/product.py": (),
    "shop/models/user.py": (),
    "tests/test_checkout.py": ("shop.services.checkout",),
    "tests/test_catalogue.py": ("shop.services.catalogue",),
}
_LARGE = "shop/services/checkout.py"
_STATES = ("paid", "sent", "open", "late", "lost", "kept", "back", "done")


def write_layered_shop(project: Repository) -> int:
    """Write its files.

    Returns:
        How many there are.
    """
    for path, modules in _USES.items():
        imports = "".join(f"import {module}\n" for module in ("logging", *modules))
        project.write(path, f"{imports}\n\n{_class(path)}")
    project.write("pyproject.toml", "[project]\nname = 'webshop'\n")
    project.write("README.md", "# A shop\n")
    return len(_USES) + 2


def _class(path: str) -> str:
    name = path.rpartition("/")[2].removesuffix(".py").strip("_").title()
    methods = range(45 if path == _LARGE else 3)
    return f"class {name}:\n" + "\n".join(
        f"    def step_{number}(self, order):\n" + _branches() for number in methods
    )


def _branches() -> str:
    return "".join(
        f"        if order.{word}:\n            return {place}\n"
        for place, word in enumerate(_STATES)
    )
