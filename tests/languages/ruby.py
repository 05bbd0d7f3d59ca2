"""Ruby: a Rails application whose constants are loaded by name, and a gem that requires files."""

FILES = """\
-- Gemfile --
source "https://rubygems.org"
gem "rails"
gem "ledger", path: "gems/ledger"
-- config/application.rb --
require_relative "boot"

require "rails/all"

module Shop
  class Application < Rails::Application
  end
end
-- config/boot.rb --
require "bundler/setup"
-- app/models/application_record.rb --
class ApplicationRecord < ActiveRecord::Base
end
-- app/models/order.rb --
class Order < ApplicationRecord
  include Priced

  has_many :lines, class_name: "Line"

  STATES = Orders::State::ALL
end
-- app/models/concerns/priced.rb --
module Priced
  def total
    Ledger::Money.new(0)
  end
end
-- app/models/orders/state.rb --
module Orders
  class State
    ALL = %w[open closed].freeze
  end
end
-- app/controllers/orders_controller.rb --
class OrdersController < ApplicationController
  def show
    @order = Order.find(params[:id])
    PlaceOrder.new(@order).call
  end
end
-- app/controllers/application_controller.rb --
class ApplicationController < ActionController::Base
end
-- app/services/place_order.rb --
class PlaceOrder
  def initialize(order)
    @order = order
  end

  def call
    Orders::State.new
  end
end
-- spec/spec_helper.rb --
require "rspec"
-- spec/models/order_spec.rb --
require "spec_helper"

RSpec.describe Order do
end
-- gems/ledger/ledger.gemspec --
Gem::Specification.new { |spec| spec.name = "ledger" }
-- gems/ledger/lib/ledger.rb --
require "bigdecimal"
require "ledger/money"
require_relative "ledger/version"
require "ledger/rounding"

module Ledger
  autoload :Tax, "ledger/tax"
end
-- gems/ledger/lib/ledger/money.rb --
module Ledger
  class Money
    def initialize(cents)
      @cents = cents
    end
  end
end
-- gems/ledger/lib/ledger/tax.rb --
module Ledger
  class Tax
  end
end
-- gems/ledger/lib/ledger/version.rb --
module Ledger
  VERSION = "1.0"
end
-- gems/ledger/spec/money_spec.rb --
require "ledger"
require File.expand_path("../lib/ledger/money", __dir__)
"""

_LEDGER = "gems/ledger/lib/ledger"

EDGES = {
    "app/controllers/orders_controller.rb": "app/controllers/application_controller.rb "
    "app/models/order.rb app/services/place_order.rb",
    "app/models/concerns/priced.rb": f"{_LEDGER}/money.rb",
    "app/models/order.rb": "app/models/application_record.rb app/models/concerns/priced.rb "
    "app/models/orders/state.rb",
    "app/services/place_order.rb": "app/models/orders/state.rb",
    "config/application.rb": "config/boot.rb",
    f"{_LEDGER}.rb": f"{_LEDGER}/money.rb {_LEDGER}/version.rb dynamic:{_LEDGER}/tax.rb",
    "gems/ledger/spec/money_spec.rb": f"{_LEDGER}.rb {_LEDGER}/money.rb",
    "spec/models/order_spec.rb": "spec/spec_helper.rb app/models/order.rb",
}
EXTERNAL = {"bigdecimal": 1, "bundler": 1, "rails": 1, "rspec": 1}
UNRESOLVED = [(f"{_LEDGER}.rb", 4, "ledger/rounding")]
