"""Go: a module with commands, internal packages, a nested module, tests and generated code."""

FILES = """\
-- go.mod --
module example.org/shop

go 1.22

require (
	github.com/spf13/cobra v1.8.0
	example.org/shop/tools v0.0.0
)

replace example.org/shop/tools => ./tools
-- cmd/shop/main.go --
package main

import (
	"fmt"

	"github.com/spf13/cobra/doc"

	"example.org/shop/internal/orders"
	_ "example.org/shop/internal/storage/postgres"
)

func main() { fmt.Println(orders.Place(), doc.GenMan) }
-- internal/orders/orders.go --
package orders

import (
	"context"

	store "example.org/shop/internal/storage"
)

func Place() store.Key { return store.Key(0) }
-- internal/orders/price.go --
package orders

import "example.org/shop/internal/taxes"

func price() int { return taxes.Rate }
-- internal/orders/orders_test.go --
package orders_test

import (
	"testing"

	. "example.org/shop/internal/orders"
	"example.org/shop/tools/fakes"
)

func TestPlace(t *testing.T) { fakes.Use(Place()) }
-- internal/storage/storage.go --
package storage

type Key int
-- internal/storage/storage_linux.go --
package storage

import "golang.org/x/sys/unix"

var _ = unix.Fsync
-- internal/storage/gen.go --
//go:build ignore

package main

func main() {}
-- internal/storage/postgres/postgres.go --
package postgres

import "example.org/shop/internal/storage"

var _ storage.Key
-- tools/go.mod --
module example.org/shop/tools

go 1.22
-- tools/fakes/fakes.go --
package fakes

import "C"

func Use(any) {}
"""

EDGES = {
    "cmd/shop/main.go": "internal/orders/orders.go internal/orders/price.go "
    "internal/storage/postgres/postgres.go",
    "internal/orders/orders.go": "internal/storage/storage.go internal/storage/storage_linux.go",
    "internal/orders/orders_test.go": "internal/orders/orders.go internal/orders/price.go "
    "tools/fakes/fakes.go",
    "internal/storage/postgres/postgres.go": "internal/storage/storage.go "
    "internal/storage/storage_linux.go",
}
EXTERNAL = {"C": 1, "github.com/spf13/cobra": 1, "golang.org/x/sys": 1, "std": 3}
UNRESOLVED = [("internal/orders/price.go", 3, "example.org/shop/internal/taxes")]
