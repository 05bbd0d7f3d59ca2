"""C and C++: a CMake project with public headers, private ones beside sources, tests, a library."""

FILES = """\
-- CMakeLists.txt --
cmake_minimum_required(VERSION 3.20)
project(shop CXX C)
add_subdirectory(lib)
target_include_directories(shop PUBLIC include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/detail)
-- include/shop/order.hpp --
#pragma once
#include <string>
#include <vector>
#include "shop/line.hpp"

namespace shop {
class Order {
 public:
  double total() const;
 private:
  std::vector<Line> lines_;
};
}  // namespace shop
-- include/shop/line.hpp --
#pragma once
namespace shop { struct Line { double price; }; }
-- src/order.cpp --
#include <shop/order.hpp>
#include "rounding.hpp"
#include "tables.inc"
#include "prices.hpp"

#include <algorithm>
#include <boost/asio.hpp>

namespace shop {
double Order::total() const { return rounded(0); }
}  // namespace shop
-- src/tables.inc --
static const int RATES[] = {7, 19};
-- detail/rounding.hpp --
#pragma once
extern "C" {
#include "cents.h"
}
inline double rounded(double value) { return cents(value); }
-- lib/CMakeLists.txt --
include_directories(headers)
-- lib/headers/cents.h --
#ifndef CENTS_H
#define CENTS_H
#include <stdint.h>
double cents(double value);
#endif
-- lib/cents.c --
#include "cents.h"
#include "time.h"
#include "config.h"
double cents(double value) { return value; }
-- lib/config.h.in --
#define VERSION "@VERSION@"
-- src/time.h --
int shop_time(void);
-- tests/order_test.cpp --
#include <gtest/gtest.h>
#include "../src/tables.inc"
#include "shop/order.hpp"

TEST(Order, IsEmpty) {}
"""

EDGES = {
    "detail/rounding.hpp": "include:lib/headers/cents.h",
    "include/shop/order.hpp": "include:include/shop/line.hpp",
    "lib/cents.c": "include:lib/headers/cents.h",
    "src/order.cpp": "include:include/shop/order.hpp include:detail/rounding.hpp "
    "include:src/tables.inc",
    "tests/order_test.cpp": "include:src/tables.inc include:include/shop/order.hpp",
}
EXTERNAL = {
    "algorithm": 1,
    "boost": 1,
    "gtest": 1,
    "stdint": 1,
    "string": 1,
    "time": 1,
    "vector": 1,
}
UNRESOLVED = [("lib/cents.c", 3, "config.h"), ("src/order.cpp", 4, "prices.hpp")]
