"""PHP: an application with Composer's autoloading, functions, includes and tests."""

FILES = r"""-- composer.json --
{
    "require": {"php": ">=8.2", "symfony/http-foundation": "^7.0", "acme/money": "^1.0"},
    "autoload": {"psr-4": {"Acme\\Shop\\": "src/"}, "files": ["src/functions.php"]},
    "autoload-dev": {"psr-4": {"Acme\\Shop\\Tests\\": "tests/"}}
}
-- src/Order/Order.php --
<?php

declare(strict_types=1);

namespace Acme\Shop\Order;

use Acme\Shop\Price\Price;
use JsonSerializable;
use function Acme\Shop\rounded;
use const Acme\Shop\RATE;

final class Order implements JsonSerializable
{
    use Timestamps;

    /** @var Line[] */
    private array $lines = [];

    public function total(): Price { return new Price(rounded(count($this->lines) * RATE)); }
    public function add(Line $line): static { $this->lines[] = $line; return $this; }
    public function jsonSerialize(): mixed { return \DateTimeImmutable::class; }
}
-- src/Order/Line.php --
<?php
namespace Acme\Shop\Order;

use Acme\Shop\{Price, Price\Price as Money, Tax\Tax};

class Line
{
    public function __construct(private Money $price, private Price\Currency $currency) {}
}
-- src/Order/Timestamps.php --
<?php
namespace Acme\Shop\Order;

trait Timestamps {}
-- src/Price/Price.php --
<?php
namespace Acme\Shop\Price;

use Acme\Money\Amount;

readonly class Price extends Amount {}
-- src/Price/Currency.php --
<?php
namespace Acme\Shop\Price;

enum Currency: string { case Euro = 'EUR'; }
-- src/functions.php --
<?php
namespace Acme\Shop;

const RATE = 19;

function rounded(float $value): int { return (int) $value; }
-- public/index.php --
<?php

use Acme\Shop\Order\Order;
use Symfony\Component\HttpFoundation\Response;

require __DIR__ . '/../vendor/autoload.php';
require_once dirname(__DIR__) . '/config/services.php';
include 'header.phtml';

(new Response((string) json_encode(new Order())))->send();
-- public/header.phtml --
<h1><?= htmlspecialchars('Shop') ?></h1>
-- config/services.php --
<?php
return [];
-- tests/Order/OrderTest.php --
<?php
namespace Acme\Shop\Tests\Order;

use Acme\Shop\Order\Order;
use Acme\Shop\Tests\Fixtures;
use PHPUnit\Framework\TestCase;

class OrderTest extends TestCase { public function test(): void { Fixtures::order(); } }
-- tests/Fixtures.php --
<?php
namespace Acme\Shop\Tests;

class Fixtures
{
    public static function order(): \Acme\Shop\Order\Order { return new \Acme\Shop\Order\Order(); }
}
"""

EDGES = {
    "public/index.php": "src/Order/Order.php include:config/services.php "
    "include:public/header.phtml",
    "src/Order/Line.php": "src/Price/Price.php src/Price/Currency.php",
    "src/Order/Order.php": "src/Price/Price.php src/functions.php src/Order/Timestamps.php "
    "src/Order/Line.php",
    "tests/Fixtures.php": "src/Order/Order.php",
    "tests/Order/OrderTest.php": "src/Order/Order.php tests/Fixtures.php",
}
EXTERNAL = {
    "Acme\\Money": 1,
    "PHPUnit\\Framework": 1,
    "Symfony\\Component\\HttpFoundation": 1,
    "autoload": 1,
    "php": 1,
}
UNRESOLVED = [("src/Order/Line.php", 4, "Acme\\Shop\\Tax\\Tax")]
