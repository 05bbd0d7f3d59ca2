"""From a directory to a tree: list, hash, one tree hash."""
