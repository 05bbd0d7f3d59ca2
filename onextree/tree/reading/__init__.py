"""Reads the files of a tree: here, or in worker processes where there are many."""
