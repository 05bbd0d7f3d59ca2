"""Stamps: a file's content hash, and what the tree knows of it, written where the file keeps it.

`docs/stamps.md` has the formats to the byte. Nothing here opens a database.
"""
