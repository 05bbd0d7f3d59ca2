"""Kotlin for several platforms: common, JVM and test source sets, and Java that uses it."""

FILES = """\
-- settings.gradle.kts --
include(":shop")
-- shop/build.gradle.kts --
plugins { kotlin("multiplatform") }
-- shop/src/commonMain/kotlin/shop/Order.kt --
package shop

import kotlinx.serialization.Serializable
import shop.prices.Price
import shop.prices.MAX_CENTS
import shop.prices.sum as total

@Serializable
data class Order(val lines: List<Line>) {
    fun price(): Price = total(lines.map { it.price }).coerceAtMost(MAX_CENTS)
    companion object { fun empty() = Order(emptyList()) }
}

class Line(val price: Price)

expect fun now(): Long
-- shop/src/commonMain/kotlin/shop/prices/Prices.kt --
@file:JvmName("Pricing")

package shop.prices

typealias Price = Long

const val MAX_CENTS = 1_000L

fun sum(prices: List<Price>): Price = prices.sum()
-- shop/src/commonMain/kotlin/shop/Shop.kt --
package shop

import shop.taxes.Tax

interface Store { fun save(order: Order) }

class Shop(private val store: Store) {
    fun place(): Order = Order.empty().also { store.save(it); println(now()) }
}
-- shop/src/jvmMain/kotlin/shop/Clock.kt --
package shop

import java.time.Clock

actual fun now(): Long = Clock.systemUTC().millis()
-- shop/src/jvmMain/kotlin/shop/disk/Disk.kt --
package shop.disk

import shop.*

class Disk : Store { override fun save(order: Order) {} }

fun main() { Shop(Disk()).place() }
-- shop/src/jvmMain/java/shop/disk/Legacy.java --
package shop.disk;

import shop.Order;
import shop.prices.Pricing;
import shop.ShopKt;

class Legacy extends Disk { Order order; Pricing pricing; }
-- shop/src/commonTest/kotlin/shop/ShopTest.kt --
package shop

import kotlin.test.Test

class ShopTest {
    @Test
    fun places() { Shop(Fake()).place() }
}

private class Fake : Store { override fun save(order: Order) {} }
"""

_COMMON = "shop/src/commonMain/kotlin/shop"
_JVM = "shop/src/jvmMain/kotlin/shop"
_JAVA = "shop/src/jvmMain/java/shop/disk"

EDGES = {
    f"{_COMMON}/Order.kt": f"{_COMMON}/prices/Prices.kt",
    f"{_COMMON}/Shop.kt": f"{_COMMON}/Order.kt",
    f"{_JVM}/disk/Disk.kt": f"{_COMMON}/Shop.kt {_COMMON}/Order.kt",
    f"{_JAVA}/Legacy.java": f"{_COMMON}/Order.kt {_COMMON}/prices/Prices.kt {_COMMON}/Shop.kt "
    f"{_JVM}/disk/Disk.kt",
    "shop/src/commonTest/kotlin/shop/ShopTest.kt": f"{_COMMON}/Shop.kt {_COMMON}/Order.kt",
}
EXTERNAL = {"java.time": 1, "kotlin.test": 1, "kotlinx.serialization": 1, "shop.taxes": 1}
UNRESOLVED: list[tuple[str, int, str]] = []
