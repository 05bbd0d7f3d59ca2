"""Facts from source files by their syntax, in processes that may be lost."""
