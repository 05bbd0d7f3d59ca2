"""What Ruby files say, and which files they load."""

from hypothesis import given, settings
from hypothesis import strategies as st

from onextree.intelligence.facts import Definition, Import
from tests.literal_projects import Literal

RUBY = Literal("ruby", {"rb": "Ruby"})

SHOP = """\
#!/usr/bin/env ruby
require "json"
require_relative "../base"
autoload :Price, "shop/price"
load "tasks.rb"
require File.expand_path("../near", __FILE__)
require File.join(File.dirname(__FILE__), "a", "b.rb")
require "#{__dir__}/here"
require "#{name}/unknown"
module Shop
  class Orders < Base::List
    include Comparable
    autoload :Later
    def find(id)
      return if id.nil? && MAX_SIZE
      User.find(id) || ::Admin::Post.new
    end
    def self.make = new
    class << self
      def reset; end
    end
  end
end
def top; end
"""


def test_ruby_files_say_what_they_load_and_which_constants_they_use() -> None:
    facts = RUBY.facts(SHOP, "rb")
    assert facts.imports == (
        Import("json", 2),
        Import("../base", 3),
        Import("shop/price", 4, "dynamic", ("Price",)),
        Import("tasks.rb", 5, "dynamic"),
        Import("./near", 6),
        Import("::", 6, names=("File",)),
        Import("./a/b.rb", 7),
        Import("./here", 8),
        Import("::Shop::Orders", 11, names=("Base::List",)),
        Import("::Shop::Orders", 12, names=("Comparable",)),
        Import("::Shop::Orders", 13, "dynamic", ("Later",)),
        Import("::", 16, names=("Admin::Post",)),
        Import("::Shop::Orders", 16, names=("User",)),
    )
    assert (facts.package, facts.marks, facts.errors) == (None, ("main",), 0)


def test_ruby_files_define_classes_modules_and_methods_but_no_mere_namespaces() -> None:
    assert RUBY.facts(SHOP, "rb").definitions == (
        Definition("Shop::Orders", "class", 11, 22, 0, ("Base::List", "Comparable")),
        Definition("Shop::Orders.find", "method", 14, 17, 3),
        Definition("Shop::Orders.make", "method", 18, 18),
        Definition("Shop::Orders.reset", "method", 20, 20),
        Definition("top", "function", 24, 24),
    )
    assert RUBY.facts("module Mixin\n  def go; end\nend\n", "rb").definitions == (
        Definition("Mixin", "trait", 1, 3),
        Definition("Mixin.go", "method", 2, 2),
    )


def test_a_file_that_asks_whether_it_is_the_program_can_be_started() -> None:
    assert RUBY.facts("x\nif __FILE__ == $0\n  run\nend\n", "rb").marks == ("main",)
    assert RUBY.facts("if $PROGRAM_NAME == __FILE__\n  run\nend\n", "rb").marks == ("main",)
    assert RUBY.facts("puts __FILE__\n", "rb").marks == ()


def test_files_are_found_beside_a_file_and_on_the_load_path() -> None:
    texts = {
        "lib/shop.rb": 'require "shop/order"\nrequire_relative "shop/price"\nrequire "json/add"\n'
        'require "shop/gone"\nrequire_relative "gone"\nautoload :Later, "shop/later"\n',
        "lib/shop/order.rb": "",
        "lib/shop/price.rb": "",
        "lib/shop/later.rb": "",
        "spec/spec_helper.rb": 'require "shop"\n',
        "spec/shop/order_spec.rb": 'require "spec_helper"\nload "tasks/all.rake"\n',
        "tasks/all.rake": "",
    }
    assert RUBY.edges(texts) == {
        ("lib/shop.rb", "lib/shop/order.rb", 1),
        ("lib/shop.rb", "lib/shop/price.rb", 2),
        ("lib/shop.rb", "lib/shop/later.rb", 6),
        ("spec/spec_helper.rb", "lib/shop.rb", 1),
        ("spec/shop/order_spec.rb", "spec/spec_helper.rb", 1),
        ("spec/shop/order_spec.rb", "tasks/all.rake", 2),
    }
    assert RUBY.external(texts) == {"json"}
    assert RUBY.unresolved(texts) == {("lib/shop.rb", "shop/gone"), ("lib/shop.rb", "./gone")}


def test_rails_loads_constants_from_the_innermost_scope_that_has_them() -> None:
    texts = {
        "config/application.rb": "",
        "app/models/order.rb": "class Order < ApplicationRecord\n  include Priced\nend\n",
        "app/models/application_record.rb": "class ApplicationRecord < ActiveRecord::Base\nend\n",
        "app/models/concerns/priced.rb": "module Priced\nend\n",
        "app/models/admin/order.rb": "module Admin\n  class Order\n  end\nend\n",
        "app/services/html_page.rb": "class HTMLPage\nend\n",
        "app/controllers/admin/orders_controller.rb": "module Admin\n"
        "  class OrdersController\n    def index\n      Order.all\n      ::Order.all\n"
        "      HTMLPage::TITLE\n    end\n  end\nend\n",
    }
    controller = "app/controllers/admin/orders_controller.rb"
    assert RUBY.edges(texts) == {
        ("app/models/order.rb", "app/models/application_record.rb", 1),
        ("app/models/order.rb", "app/models/concerns/priced.rb", 2),
        (controller, "app/models/admin/order.rb", 4),
        (controller, "app/models/order.rb", 5),
        (controller, "app/services/html_page.rb", 6),
    }
    assert not RUBY.unresolved(texts)
    assert not RUBY.external(texts)


def test_only_projects_that_autoload_have_constants_loaded() -> None:
    texts = {
        "shop.gemspec": "spec.files = []\n",
        "lib/shop.rb": "module Shop\n  def self.order = Order.new\nend\n",
        "lib/shop/order.rb": "class Shop::Order\nend\n",
    }
    assert not RUBY.edges(texts)
    texts["shop.gemspec"] = 'spec.add_dependency "zeitwerk"\n'
    assert RUBY.edges(texts) == {("lib/shop.rb", "lib/shop/order.rb", 2)}


def test_an_autoload_without_a_path_is_for_the_file_of_its_scope() -> None:
    texts = {
        "lib/shop.rb": "module Shop\n  autoload :Order\n  autoload :Gone\nend\n",
        "lib/shop/order.rb": "class Shop::Order\nend\n",
    }
    assert RUBY.edges(texts) == {("lib/shop.rb", "lib/shop/order.rb", 2)}
    assert RUBY.unresolved(texts) == {("lib/shop.rb", "::Shop")}


def test_names_of_absurd_length_are_none() -> None:
    long = "::".join("A" * 999)
    facts = RUBY.facts(f"module {long}\n  {long}.go\n  Foo\nend\n", "rb")
    assert facts.imports == (Import("::", 3, names=("Foo",)),)
    assert not facts.definitions


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(SHOP)), st.integers(0, len(SHOP)), st.text(max_size=5))
def test_whatever_is_cut_out_of_a_file_the_rest_is_read(start: int, end: int, put: str) -> None:
    cut = SHOP[:start] + put + SHOP[end:]
    assert RUBY.facts(cut, "rb").lines >= 0
    RUBY.resolved({"config/application.rb": cut, "app/models/b.rb": SHOP})
