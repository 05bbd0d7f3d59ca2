"""Stamping over HTTP, with upstream's routes and shapes."""
