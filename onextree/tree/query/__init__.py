"""Finding files of a tree: what is asked for, and an index in memory that answers it."""
