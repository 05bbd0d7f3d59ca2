"""Revisions of the schema, and the same as plain SQL."""
