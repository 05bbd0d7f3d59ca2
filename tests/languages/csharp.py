"""C#: a solution of two projects and their tests, with global usings, partial types, extensions."""

FILES = """\
-- Shop.sln --
Microsoft Visual Studio Solution File, Format Version 12.00
-- src/Shop.Core/Shop.Core.csproj --
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup><PackageReference Include="Newtonsoft.Json" Version="13.0.3" /></ItemGroup>
</Project>
-- src/Shop.Core/GlobalUsings.cs --
global using System.Collections.Generic;
global using Shop.Core.Prices;
-- src/Shop.Core/Orders/Order.cs --
using Newtonsoft.Json;

namespace Shop.Core.Orders;

public partial class Order
{
    public List<Line> Lines { get; } = new();
    public Price Total() => Lines.Sum();
}
-- src/Shop.Core/Orders/Order.Saving.cs --
namespace Shop.Core.Orders;

public partial class Order
{
    public void Save(IStore store) => store.Save(this);
}
-- src/Shop.Core/Orders/Line.cs --
namespace Shop.Core.Orders
{
    [Priced]
    public record Line(Price Price);
}
-- src/Shop.Core/Orders/IStore.cs --
namespace Shop.Core.Orders;

public interface IStore { void Save(Order order); }
-- src/Shop.Core/Prices/Price.cs --
namespace Shop.Core.Prices;

public readonly record struct Price(long Cents);

public sealed class PricedAttribute : Attribute { }
-- src/Shop.Core/Prices/PriceExtensions.cs --
using Shop.Core.Orders;

namespace Shop.Core.Prices;

public static class PriceExtensions
{
    public static Price Sum(this IEnumerable<Line> lines) => new(0);
}
-- src/Shop.Web/Shop.Web.csproj --
<Project Sdk="Microsoft.NET.Sdk.Web">
  <ItemGroup><ProjectReference Include="..\\\\Shop.Core\\\\Shop.Core.csproj" /></ItemGroup>
</Project>
-- src/Shop.Web/Program.cs --
using Microsoft.AspNetCore.Builder;
using Shop.Core.Prices;
using Shop.Web;

var app = WebApplication.Create(args);
app.MapGet("/", () => new Endpoints().Show());
app.Run();
-- src/Shop.Web/Endpoints.cs --
using Shop.Core.Orders;
using Shop.Core.Taxes;
using Money = Shop.Core.Prices.Price;

namespace Shop.Web;

public class Endpoints
{
    public Money Show() => new Order().Total();
}
-- tests/Shop.Core.Tests/Shop.Core.Tests.csproj --
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <PackageReference Include="xunit" Version="2.9.0" />
    <ProjectReference Include="..\\\\..\\\\src\\\\Shop.Core\\\\Shop.Core.csproj" />
  </ItemGroup>
</Project>
-- tests/Shop.Core.Tests/OrderTests.cs --
using Xunit;

namespace Shop.Core.Orders;

public class OrderTests
{
    [Fact]
    public void IsEmpty() => Assert.Empty(new Order().Lines);
}
"""

_ORDERS = "src/Shop.Core/Orders"
_PRICES = "src/Shop.Core/Prices"

EDGES = {
    f"{_ORDERS}/IStore.cs": f"{_ORDERS}/Order.cs {_ORDERS}/Order.Saving.cs",
    f"{_ORDERS}/Line.cs": f"{_PRICES}/Price.cs",
    f"{_ORDERS}/Order.Saving.cs": f"{_ORDERS}/IStore.cs",
    f"{_ORDERS}/Order.cs": f"{_ORDERS}/Line.cs {_PRICES}/Price.cs",
    f"{_PRICES}/PriceExtensions.cs": f"{_ORDERS}/Line.cs {_PRICES}/Price.cs",
    # For extension methods, whose classes nobody names.
    "src/Shop.Core/GlobalUsings.cs": f"{_PRICES}/PriceExtensions.cs",
    "src/Shop.Web/Endpoints.cs": f"{_ORDERS}/Order.cs {_ORDERS}/Order.Saving.cs {_PRICES}/Price.cs",
    "src/Shop.Web/Program.cs": f"{_PRICES}/PriceExtensions.cs src/Shop.Web/Endpoints.cs",
    "tests/Shop.Core.Tests/OrderTests.cs": f"{_ORDERS}/Order.cs {_ORDERS}/Order.Saving.cs",
}
EXTERNAL = {"Microsoft": 1, "Newtonsoft.Json": 1, "System": 1, "Xunit": 1}
UNRESOLVED = [("src/Shop.Web/Endpoints.cs", 2, "Shop.Core.Taxes")]
