"""A tree straight from a commit's objects, without a work tree."""
