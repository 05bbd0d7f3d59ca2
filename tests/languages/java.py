"""Java: two Maven modules with packages, static and star imports, nested types, tests."""

FILES = """\
-- pom.xml --
<project><modules><module>core</module><module>web</module></modules></project>
-- core/pom.xml --
<project><artifactId>core</artifactId></project>
-- core/src/main/java/org/acme/shop/orders/Order.java --
package org.acme.shop.orders;

import java.util.List;
import org.acme.shop.prices.Price;

public class Order {
    private final List<Line> lines = List.of();
    public Price total() { return Prices.sum(lines); }
    public enum State { OPEN, CLOSED }
}
-- core/src/main/java/org/acme/shop/orders/Line.java --
package org.acme.shop.orders;

record Line(String name, org.acme.shop.prices.Price price) {}
-- core/src/main/java/org/acme/shop/orders/Prices.java --
package org.acme.shop.orders;

import static java.util.Objects.requireNonNull;
import static org.acme.shop.prices.Price.zero;

import java.util.Collection;
import org.acme.shop.prices.*;
import org.acme.shop.taxes.Tax;

final class Prices {
    static Price sum(Collection<Line> lines) {
        Rounding.check(requireNonNull(lines));
        return zero();
    }
}
-- core/src/main/java/org/acme/shop/prices/Price.java --
package org.acme.shop.prices;

public record Price(long cents) {
    public static Price zero() { return new Price(0); }
}
-- core/src/main/java/org/acme/shop/prices/Rounding.java --
package org.acme.shop.prices;

public class Rounding { public static void check(Object value) {} }
-- core/src/test/java/org/acme/shop/orders/OrderTest.java --
package org.acme.shop.orders;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.acme.shop.prices.Price;
import org.junit.jupiter.api.Test;

class OrderTest extends Fixtures {
    @Test
    void empty() { assertEquals(Price.zero(), new Order().total()); }
}
-- core/src/test/java/org/acme/shop/orders/Fixtures.java --
package org.acme.shop.orders;

class Fixtures {}
-- web/src/main/java/org/acme/web/Application.java --
package org.acme.web;

import org.acme.shop.orders.Order;
import org.acme.shop.orders.Order.State;
import org.springframework.boot.SpringApplication;

public class Application {
    public static void main(String[] args) {
        SpringApplication.run(Application.class, args);
        new OrderController().show(State.OPEN, new Order());
    }
}
-- web/src/main/java/org/acme/web/OrderController.java --
package org.acme.web;

import org.acme.shop.orders.*;

public class OrderController {
    public void show(Order.State state, Order order) {}
}
"""

_ORDERS = "core/src/main/java/org/acme/shop/orders"
_PRICES = "core/src/main/java/org/acme/shop/prices"
_TESTS = "core/src/test/java/org/acme/shop/orders"
_WEB = "web/src/main/java/org/acme/web"

EDGES = {
    f"{_ORDERS}/Line.java": f"{_PRICES}/Price.java",
    f"{_ORDERS}/Order.java": f"{_PRICES}/Price.java {_ORDERS}/Line.java {_ORDERS}/Prices.java",
    f"{_ORDERS}/Prices.java": f"{_PRICES}/Price.java {_PRICES}/Rounding.java {_ORDERS}/Line.java",
    f"{_TESTS}/OrderTest.java": f"{_PRICES}/Price.java {_TESTS}/Fixtures.java {_ORDERS}/Order.java",
    f"{_WEB}/Application.java": f"{_ORDERS}/Order.java {_WEB}/OrderController.java",
    f"{_WEB}/OrderController.java": f"{_ORDERS}/Order.java",
}
EXTERNAL = {"java.util": 2, "org.acme": 1, "org.junit": 1, "org.springframework": 1}
UNRESOLVED: list[tuple[str, int, str]] = []
