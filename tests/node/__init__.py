"""Packages of npm that tests compare with, as `package-lock.json` pins them."""
