"""Checking that what is stored is what was scanned, and repairing what can be."""
