"""Archon servers as processes: each generation that users run, and one that means no good."""
