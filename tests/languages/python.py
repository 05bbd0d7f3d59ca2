"""Python: a src layout, a namespace package beside it, relative imports, types, plugins, tests."""

FILES = """\
-- pyproject.toml --
[project]
name = "acme-shop"
dependencies = ["requests"]

[project.scripts]
shop = "acme_shop.cli:main"
-- src/acme_shop/__init__.py --
from acme_shop.errors import ShopError
from .orders import Order

__version__ = "1.0"
-- src/acme_shop/errors.py --
class ShopError(Exception):
    pass
-- src/acme_shop/cli.py --
import argparse
import importlib

from acme_shop import __version__, orders
from acme_shop.storage import open_storage


def main():
    importlib.import_module("acme_shop.plugins.mail")
    orders.place(open_storage())
-- src/acme_shop/orders/__init__.py --
from .model import Order
from .placing import *
-- src/acme_shop/orders/model.py --
from __future__ import annotations
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from acme_shop.storage.base import Storage


@dataclass
class Order:
    storage: Storage
-- src/acme_shop/orders/placing.py --
from ..errors import ShopError
from . import model
from .taxes import rate


def place(storage):
    raise ShopError(model.Order(storage))
-- src/acme_shop/storage/__init__.py --
def open_storage():
    from acme_shop.storage import disk

    return disk.Disk()
-- src/acme_shop/storage/base.py --
import abc
-- src/acme_shop/storage/disk.py --
import os.path

from .base import Storage
try:
    import ujson as json
except ImportError:
    import json
-- src/acme_shop/plugins/mail.py --
import requests
import acme.billing.invoices as invoices
-- src/acme/billing/invoices.py --
from acme.billing import rates
-- src/acme/billing/rates.py --
RATE = 19
-- tests/conftest.py --
import pytest
-- tests/helpers.py --
from acme_shop.orders.model import Order
-- tests/test_orders.py --
from helpers import Order
from acme_shop import orders, ShopError
import acme_shop.storage.base
"""

EDGES = {
    "src/acme/billing/invoices.py": "src/acme/billing/rates.py",
    "src/acme_shop/__init__.py": "src/acme_shop/errors.py src/acme_shop/orders/__init__.py",
    "src/acme_shop/cli.py": "src/acme_shop/__init__.py src/acme_shop/orders/__init__.py "
    "src/acme_shop/storage/__init__.py dynamic:src/acme_shop/plugins/mail.py",
    "src/acme_shop/orders/__init__.py": "src/acme_shop/orders/model.py "
    "src/acme_shop/orders/placing.py",
    "src/acme_shop/orders/model.py": "type:src/acme_shop/storage/base.py",
    "src/acme_shop/orders/placing.py": "src/acme_shop/errors.py src/acme_shop/orders/model.py",
    "src/acme_shop/plugins/mail.py": "src/acme/billing/invoices.py",
    "src/acme_shop/storage/__init__.py": "src/acme_shop/storage/disk.py",
    "src/acme_shop/storage/disk.py": "src/acme_shop/storage/base.py",
    "tests/helpers.py": "src/acme_shop/orders/model.py",
    "tests/test_orders.py": "tests/helpers.py src/acme_shop/__init__.py "
    "src/acme_shop/orders/__init__.py src/acme_shop/storage/base.py",
}
EXTERNAL = {
    "abc": 1,
    "argparse": 1,
    "dataclasses": 1,
    "importlib": 1,
    "json": 1,
    "os": 1,
    "pytest": 1,
    "requests": 1,
    "typing": 1,
    "ujson": 1,
}
UNRESOLVED = [("src/acme_shop/orders/placing.py", 3, ".taxes")]
