"""A PostgreSQL server of our own, from a wheel, with nothing to install or to run by hand."""
