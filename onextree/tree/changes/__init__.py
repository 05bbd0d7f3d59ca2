"""What changed in a tree, found without looking at all of it."""
