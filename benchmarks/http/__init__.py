"""The HTTP services under load, as `onextree serve` runs them."""
